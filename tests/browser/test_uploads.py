"""Files in a room: picked, pasted or dropped, seen by the others at once, and nothing moves when they are loaded."""

from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Route, expect

from accounts.models import User
from chat.models import Room, Upload
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.pictures.samples import bomb, drawing, file_of, photo
from tests.rooms import room_of

pytestmark = pytest.mark.browser

TEXT = b"hola a todos\n"


def a_file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


PLANO = a_file("plano.png", file_of(drawing(1440, 960)))
FOTO = a_file("foto.jpg", photo("JPEG", 6, 1600, 1200))
NOTAS = a_file("notas.txt", TEXT)


def picks(visitor: Visitor, *files: FilePayload) -> None:
    with visitor.page.expect_file_chooser() as chosen:
        visitor.presses("Attach files")
    chosen.value.set_files(list(files))


def waiting(visitor: Visitor, state: str = "") -> Locator:
    """The files beside the composer."""
    return visitor.page.locator(f".to-send .upload[data-state={state}]" if state else ".to-send .upload")


def has_uploaded(visitor: Visitor, number: int) -> None:
    expect(waiting(visitor, "done")).to_have_count(number)


def given(visitor: Visitor, event: str, target: str, *files: tuple[str, bytes], text: str = "") -> None:
    """As the browser hands over what is pasted or dropped."""
    visitor.page.locator(target).evaluate(
        """(element, [event, files, text]) => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
            if (text) data.setData('text/plain', text);
            const options = { bubbles: true, cancelable: true };
            element.dispatchEvent(
                event === 'paste'
                    ? new ClipboardEvent(event, { ...options, clipboardData: data })
                    : new DragEvent(event, { ...options, dataTransfer: data }),
            );
        }""",
        [event, [[name, list(data)] for name, data in files], text],
    )


def sends(visitor: Visitor) -> None:
    visitor.page.locator(".send").click()


# --- the whole way ---


def test_what_one_picks_the_other_sees(visit: Visit, ana: User, berto: User) -> None:
    anas, bertos = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    picks(anas, FOTO, NOTAS)
    has_uploaded(anas, 2)
    expect(waiting(anas).first).to_contain_text("1200 \u00d7 1600")
    anas.says("mira")
    anas.hears("mira")
    expect(waiting(anas)).to_have_count(0)
    for visitor in (anas, bertos):
        picture = visitor.bubble("mira").get_by_role("img", name="foto.jpg")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [360, 480]
        expect(visitor.bubble("mira").get_by_role("link", name="notas.txt")).to_be_visible()
    with bertos.page.expect_download() as download:
        bertos.bubble("mira").get_by_role("link", name="notas.txt").click()
    assert download.value.path().read_bytes() == TEXT
    assert download.value.suggested_filename == "notas.txt"
    with bertos.page.expect_popup() as opened:
        bertos.bubble("mira").get_by_role("link", name="foto.jpg").click()
    expect(opened.value.locator("img")).to_have_js_property("naturalWidth", 1200)
    opened.value.close()
    # How the browser would like to dress a picture that stands alone, the policy of what is uploaded does not allow.
    bertos.may_complain("Applying inline style")


def test_it_is_there_when_the_room_is_entered_again(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    picks(anas, PLANO)
    has_uploaded(anas, 1)
    anas.says("mira")
    anas.hears("mira")
    anas.enters("lobby")
    expect(anas.bubble("mira").get_by_role("img", name="plano.png")).to_be_visible()


def test_a_picture_needs_no_words(visit: Visit, ana: User, berto: User) -> None:
    anas, bertos = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    expect(anas.page.locator(".send")).to_be_disabled()
    picks(anas, PLANO)
    has_uploaded(anas, 1)
    sends(anas)
    expect(bertos.page.locator(".message").get_by_role("img", name="plano.png")).to_be_visible()


def test_the_order_is_the_one_in_which_they_were_picked(visit: Visit, ana: User, berto: User) -> None:
    anas, bertos = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    names = [f"{number}.txt" for number in range(5)]
    picks(anas, *(a_file(name, TEXT) for name in names))
    has_uploaded(anas, 5)
    anas.says("cinco")
    bertos.hears("cinco")
    expect(bertos.bubble("cinco").locator(".file-name")).to_have_text(names)


# --- pasted, dropped ---


def test_a_picture_is_pasted(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    given(anas, "paste", "#body", ("captura.png", file_of(drawing())))
    has_uploaded(anas, 1)


def test_text_that_is_pasted_stays_text_whatever_picture_comes_with_it(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    given(anas, "paste", "#body", ("captura.png", file_of(drawing())), text="hola")
    given(anas, "paste", "#body", ("sola.png", file_of(drawing())))
    has_uploaded(anas, 1)
    expect(waiting(anas)).to_contain_text("sola.png")


def test_a_file_is_dropped_anywhere_in_the_room(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    room = anas.page.locator("main")
    given(anas, "dragover", "#scroller", ("notas.txt", TEXT))
    expect(room).to_contain_class("dropping")
    given(anas, "dragleave", "main", ("notas.txt", TEXT))
    expect(room).not_to_contain_class("dropping")
    given(anas, "dragover", "#scroller", ("notas.txt", TEXT))
    given(anas, "drop", "#scroller", ("notas.txt", TEXT))
    expect(room).not_to_contain_class("dropping")
    has_uploaded(anas, 1)


# --- while it is on its way ---


class Held:
    """Requests that are held back until they are let go."""

    def __init__(self, visitor: Visitor, pattern: str) -> None:
        self.routes: list[Route] = []
        visitor.page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        self.routes.append(route)


UPLOADS = "**/api/v1/rooms/lobby/uploads/"


def test_a_message_waits_for_its_files_and_they_go_one_after_another(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    held = Held(anas, UPLOADS)
    anas.composer.fill("mira")
    picks(anas, PLANO, NOTAS)
    anas.waits_until(lambda: held.routes)
    expect(waiting(anas).first.get_by_role("progressbar")).to_be_visible()
    expect(anas.page.locator(".send")).to_be_disabled()
    anas.composer.press("Enter")
    assert anas.texts() == []
    assert len(held.routes) == 1
    held.routes[0].continue_()
    anas.waits_until(lambda: len(held.routes) == 2)
    held.routes[1].continue_()
    has_uploaded(anas, 2)
    anas.composer.press("Enter")
    anas.hears("mira")


def test_it_goes_on_its_way_while_another_room_is_open_and_waits_in_its_own(
    visit: Visit, ana: User, lobby: Room
) -> None:
    room_of(ana, "plaza")
    anas = visit(ana).enters("lobby")
    held = Held(anas, UPLOADS)
    anas.composer.fill("mira")
    picks(anas, PLANO, NOTAS)
    anas.waits_until(lambda: held.routes)
    anas.follows("Plaza")
    anas.sees_heading("Plaza")
    expect(waiting(anas)).to_have_count(0)
    held.routes[0].continue_()
    anas.waits_until(lambda: len(held.routes) == 2)
    expect(anas.page.locator(".send")).to_be_disabled()
    anas.says("of the plaza alone")
    anas.hears("of the plaza alone")
    expect(anas.bubble("of the plaza alone").locator(".uploads")).to_be_empty()

    anas.follows("Lobby")
    anas.sees_heading("Lobby")
    has_uploaded(anas, 1)
    expect(anas.page.locator(".send")).to_be_disabled()
    held.routes[1].continue_()
    has_uploaded(anas, 2)
    anas.presses("Remove plano.png")
    expect(anas.page.get_by_role("button", name="Attach files")).to_be_focused()
    expect(anas.composer).to_have_value("mira")
    sends(anas)
    anas.hears("mira")
    expect(anas.bubble("mira").locator(".file-name")).to_have_text("notas.txt")
    expect(waiting(anas)).to_have_count(0)
    expect(anas.composer).to_have_value("")


def test_the_words_beside_a_file_can_be_taken_back(visit: Visit, ana: User, berto: User) -> None:
    anas, bertos = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    picks(anas, NOTAS)
    has_uploaded(anas, 1)
    anas.says("the wrong words")
    for visitor in (anas, bertos):
        visitor.hears("the wrong words")
    anas.composer.press("ArrowUp")
    expect(anas.composer).to_have_value("the wrong words")
    anas.composer.fill("")
    anas.composer.press("Enter")
    for visitor in (anas, bertos):
        expect(visitor.page.locator(".message .body")).to_be_hidden()
        expect(visitor.page.locator(".message .file-name")).to_have_text("notas.txt")


def test_one_that_is_on_its_way_is_taken_back(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    held = Held(anas, UPLOADS)
    picks(anas, PLANO, NOTAS)
    anas.waits_until(lambda: held.routes)
    anas.presses("Remove plano.png")
    expect(waiting(anas)).to_have_count(1)
    anas.waits_until(lambda: len(held.routes) == 2)
    held.routes[1].continue_()
    has_uploaded(anas, 1)
    assert [upload.name for upload in Upload.objects.all()] == ["notas.txt"]
    anas.may_complain("ERR_")


def test_one_that_is_there_is_taken_back_from_the_server_too(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    picks(anas, PLANO)
    has_uploaded(anas, 1)
    assert Upload.objects.count() == 1
    anas.presses("Remove plano.png")
    expect(waiting(anas)).to_have_count(0)
    expect(anas.page.get_by_role("button", name="Attach files")).to_be_focused()
    anas.waits_until(lambda: not Upload.objects.exists())
    expect(anas.page.locator(".send")).to_be_disabled()


def test_a_lost_connection_is_tried_again_by_itself(visit: Visit, ana: User) -> None:
    anas = visit(ana, own_clock=True).enters("lobby")
    held = Held(anas, UPLOADS)
    picks(anas, NOTAS)
    anas.waits_until(lambda: held.routes)
    held.routes[0].abort()
    anas.waits_until(lambda: any("ERR_FAILED" in complaint for complaint in anas.complaints))
    anas.time_passes(3)
    anas.waits_until(lambda: len(held.routes) == 2)
    held.routes[1].continue_()
    has_uploaded(anas, 1)
    anas.forgives("ERR_FAILED")


# --- what is refused ---


def test_a_picture_of_too_many_pixels_is_refused_in_words(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    picks(anas, a_file("bomba.png", bomb(60_000, 60_000)), NOTAS)
    expect(waiting(anas, "failed")).to_contain_text("This is too large")
    has_uploaded(anas, 1)
    anas.says("solo las notas")
    anas.hears("solo las notas")
    expect(anas.bubble("solo las notas").locator(".file")).to_have_count(1)
    # What failed stays to be read.
    expect(waiting(anas)).to_have_count(1)
    anas.presses("Remove bomba.png")
    expect(waiting(anas)).to_have_count(0)
    anas.forgives("413")


def test_a_file_over_the_limit_is_not_even_sent(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    held = Held(anas, UPLOADS)
    picks(anas, a_file("grande.bin", bytes(20_971_521)))
    expect(waiting(anas, "failed")).to_contain_text("21 MB")
    assert held.routes == []


def test_the_eleventh_file_is_refused(visit: Visit, ana: User) -> None:
    anas = visit(ana).enters("lobby")
    picks(anas, *(a_file(f"{number}.txt", TEXT) for number in range(11)))
    has_uploaded(anas, 10)
    expect(waiting(anas, "failed")).to_contain_text("10 files at most")


# --- nothing moves, everybody can ---


def test_a_picture_has_its_place_before_it_is_loaded(visit: Visit, ana: User, berto: User) -> None:
    anas, bertos = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    held = Held(bertos, "**/files/thumbs/**")
    picks(anas, PLANO)
    has_uploaded(anas, 1)
    anas.says("mira")
    bertos.hears("mira")
    picture = bertos.bubble("mira").get_by_role("img", name="plano.png")
    bertos.waits_until(lambda: held.routes)
    before: Any = picture.bounding_box()
    assert before["width"] > 200
    assert before["height"] == pytest.approx(before["width"] * 2 / 3, abs=1)
    held.routes[0].continue_()
    bertos.waits_until(lambda: picture.evaluate("image => image.complete && image.naturalWidth"))
    assert picture.bounding_box() == before


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing_wrong_with_files(visit: Visit, ana: User, phone: bool) -> None:
    anas = visit(ana, phone=phone).enters("lobby")
    picks(anas, PLANO, NOTAS)
    has_uploaded(anas, 2)
    sends(anas)
    expect(anas.page.locator(".message .picture img")).to_be_visible()
    picks(anas, PLANO, a_file("bomba.png", bomb(60_000, 60_000)))
    has_uploaded(anas, 1)
    expect(waiting(anas, "failed")).to_have_count(1)
    assert violations(anas) == []
    assert not anas.scrolls_sideways
    anas.forgives("413")
