"""What the team of team.py said, in English and in Spanish."""

from collections.abc import Callable
from dataclasses import dataclass

# English, Spanish.
Both = tuple[str, str]
Words = Callable[[Both], str]


def in_language(language: str) -> Words:
    return lambda both: both[1 if language == "es" else 0]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody says something. `key`: what a later line calls it, to reply to it."""

    day: str
    hour: int
    minute: int
    by: str
    said: Both
    key: str = ""
    reply_to: str = ""
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pictures: tuple[Both, ...] = ()


DAYS_BEFORE = {"wednesday": 2, "yesterday": 1, "today": 0}

ABOUT = ("Orders, accounts and the window display. Mornings.", "Pedidos, cuentas y el escaparate. Por las mañanas.")

LOBBY_TALK = [
    Line(
        "wednesday",
        9,
        4,
        "berto",
        ("Good morning! The coffee machine is back ☕", "¡Buenos días! Ha vuelto la cafetera ☕"),
        reactions=(("🎉", ("ana", "diego", "elena")), ("☕", ("ana",))),
    ),
    Line("wednesday", 9, 6, "diego", ("You have saved this company.", "Has salvado esta empresa.")),
    Line(
        "wednesday",
        9,
        41,
        "ana",
        (
            "A reminder: the stock count is on **Monday at 8:30**. With three of us it is done by ten.",
            "Os recuerdo: el inventario es el **lunes a las 8:30**. Si somos tres, a las diez está hecho.",
        ),
        key="count",
    ),
    Line("wednesday", 9, 44, "elena", ("I am in.", "Me apunto."), reply_to="count"),
    Line(
        "yesterday",
        12,
        15,
        "diego",
        (
            "Somebody left *The Hearing Trumpet* on the counter with a note: “read it before you sell it”.",
            "Alguien ha dejado *La trompetilla acústica* en el mostrador con una nota: «leedlo antes de venderlo».",
        ),
        reactions=(("📚", ("elena", "berto")),),
    ),
    Line(
        "yesterday",
        12,
        17,
        "berto",
        ("That was me. I stand by it.", "Fui yo. Lo mantengo."),
        reactions=(("😂", ("ana", "diego")),),
    ),
    Line(
        "today", 16, 2, "elena", ("The new catalogue is at the printer's.", "El catálogo nuevo ya está en la imprenta.")
    ),
    Line(
        "today",
        16,
        3,
        "elena",
        ("They promise it for Thursday.", "Lo prometen para el jueves."),
        reactions=(("👍", ("ana", "berto")),),
    ),
    Line(
        "today",
        16,
        20,
        "berto",
        (
            "@ana can you open on Saturday? I have the van until two.",
            "@ana ¿puedes abrir el sábado? Tengo la furgoneta hasta las dos.",
        ),
        key="saturday",
    ),
    Line(
        "today",
        16,
        24,
        "ana",
        ("Yes, no problem.", "Sí, sin problema."),
        reply_to="saturday",
        reactions=(("🙏", ("berto",)),),
    ),
    Line("today", 16, 38, "diego", ("Then I bring the cake on Monday.", "Entonces yo traigo la tarta el lunes.")),
]

FAIR = [
    Line(
        "yesterday",
        10,
        30,
        "elena",
        (
            (
                "Our stall is number 14, next to the fountain. What we need:\n\n1. the folding tables\n"
                "2. two lamps\n3. change, mostly coins"
            ),
            (
                "Nuestro puesto es el 14, junto a la fuente. Nos hace falta:\n\n1. las mesas plegables\n"
                "2. dos lámparas\n3. cambio, sobre todo monedas"
            ),
        ),
        reactions=(("✅", ("berto", "ana")),),
    ),
    Line(
        "yesterday",
        10,
        33,
        "berto",
        ("Tables and lamps are in the van already.", "Las mesas y las lámparas ya están en la furgoneta."),
    ),
    Line(
        "today",
        11,
        5,
        "elena",
        (
            "> 28 and 29 November, Plaza Mayor\n\nThat is what the town hall wrote: https://example.com/fair/stalls",
            (
                "> 28 y 29 de noviembre, Plaza Mayor\n\n"
                "Es lo que escribió el ayuntamiento: https://example.com/feria/puestos"
            ),
        ),
    ),
    Line(
        "today",
        11,
        9,
        "berto",
        ("And who does the readings? @diego you promised two.", "¿Y quién hace las lecturas? @diego prometiste dos."),
        key="readings",
    ),
    Line(
        "today",
        11,
        12,
        "diego",
        ("Three, if somebody holds the umbrella.", "Tres, si alguien sujeta el paraguas."),
        reply_to="readings",
        reactions=(("☔", ("elena", "ana")), ("🙋", ("berto",))),
    ),
    Line(
        "today",
        16,
        4,
        "diego",
        ("A first draft of the poster:", "Un primer boceto del cartel:"),
        key="poster",
        reactions=(("😍", ("ana", "elena")), ("👏", ("berto",))),
        pictures=(("poster-draft.png", "boceto-cartel.png"),),
    ),
    Line(
        "today",
        16,
        9,
        "ana",
        ("I love the awning. Could the date be larger?", "Me encanta el toldo. ¿Puede ir la fecha más grande?"),
        reply_to="poster",
        key="date",
    ),
    Line(
        "today",
        16,
        12,
        "diego",
        ("It can, once there is one 😅", "Podrá, en cuanto la haya 😅"),
        reply_to="date",
        reactions=(("😂", ("ana", "elena", "berto")),),
    ),
]

SHELVES = [
    Line(
        "yesterday",
        17,
        10,
        "elena",
        ("The opening hours on the page are last year's.", "El horario de la página es el del año pasado."),
        key="hours",
    ),
    Line(
        "yesterday",
        17,
        32,
        "diego",
        (
            (
                "Found it. The year stood in the template:\n\n```python\ndef hours(day: date) -> str:\n"
                "    season = Season.of(day)  # not of 2025\n"
                '    return f"{season.opens:%H:%M} - {season.closes:%H:%M}"\n```'
            ),
            (
                "Lo tengo. El año estaba en la plantilla:\n\n```python\ndef horario(dia: date) -> str:\n"
                "    temporada = Temporada.de(dia)  # no la de 2025\n"
                '    return f"{temporada.abre:%H:%M} - {temporada.cierra:%H:%M}"\n```'
            ),
        ),
        reply_to="hours",
        reactions=(("🚀", ("elena",)),),
    ),
    Line("yesterday", 17, 40, "deploys", ("Release 2026.11.19 is live.", "La versión 2026.11.19 está en línea.")),
    Line(
        "today",
        16,
        30,
        "elena",
        ("Thank you! Now it also works on my phone.", "¡Gracias! Ahora también va en mi móvil."),
    ),
    Line("today", 16, 31, "berto", ("@ana the gift cards are online, too.", "@ana las tarjetas regalo también están.")),
    Line("today", 16, 35, "deploys", ("Release 2026.11.20 is live.", "La versión 2026.11.20 está en línea.")),
]

TO_BERTO = [
    Line("today", 14, 11, "ana", ("Did the distributor answer?", "¿Contestó la distribuidora?")),
    Line(
        "today",
        14,
        15,
        "berto",
        ("They take back the twelve copies.", "Se quedan con los doce ejemplares."),
        reactions=(("🥳", ("ana",)),),
    ),
    Line("today", 14, 16, "ana", ("Then coffee is on me.", "Entonces el café lo pago yo.")),
    Line("today", 16, 40, "berto", ("I will remember that.", "Me acordaré.")),
]
