"""Somebody in front of a browser of their own: what they do there, and what they see."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.browser.socket_log import SocketLog
from tests.waiting import DEADLINE, until

DESK: ViewportSize = {"width": 1200, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the page shows it."""

    author: str
    text: str
    state: str


class Visitor:
    """One browser profile with one tab. `complaints`: what the browser had to say against our pages, in all tabs."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        cookies: dict[str, str] | None = None,
        locale: str = "en-GB",
        phone: bool = False,
        dark: bool = False,
        own_clock: bool = False,
    ) -> None:
        self.url = url
        self._phone = phone
        self.context = browser.new_context(
            base_url=url,
            locale=locale,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
        )
        self.context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in (cookies or {}).items()]
        )
        self.context.set_default_timeout(DEADLINE * 1000)
        if own_clock:
            self.context.clock.install()
        self.complaints: list[str] = []
        self.context.on("console", self._note)
        self.context.on("weberror", lambda caught: self.complaints.append(f"uncaught: {caught.error}"))
        self._open_tab()

    def in_another_tab(self) -> Self:
        """The same person, in a second tab of the same profile."""
        other = copy(self)
        other._open_tab()
        return other

    def signs_in_as(self, session_key: str) -> None:
        """Somebody takes over the profile; pages that are open do not know yet."""
        self.context.add_cookies([{"name": "sessionid", "value": session_key, "url": self.url}])

    def _open_tab(self) -> None:
        self.page: Page = self.context.new_page()
        self.sockets = SocketLog(self.page)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def forgives(self, pattern: str) -> None:
        """The test provoked this complaint: there must be one, and it is forgotten."""
        assert any(re.search(pattern, complaint) for complaint in self.complaints), self.complaints
        self.may_complain(pattern)

    def may_complain(self, pattern: str) -> None:
        # In its place: the other tabs have the same list.
        self.complaints[:] = [complaint for complaint in self.complaints if not re.search(pattern, complaint)]

    # --- going about ---

    def goes_to(self, path: str) -> int:
        """The status of the answer."""
        response = self.page.goto(path)
        assert response is not None
        return response.status

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    def arrives_at(self, path: str) -> None:
        self.page.wait_for_url(f"{self.url}{path}")

    def follows(self, name: str) -> None:
        """A link."""
        self.page.get_by_role("link", name=name, exact=True).click()

    def presses(self, name: str) -> None:
        """A button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def unfolds(self, name: str) -> None:
        """What lies behind a heading."""
        self.page.locator("summary", has_text=name).first.click()

    def opens_menu(self, name: str = "Account") -> None:
        """The person's own, or that of the room: `This room`."""
        if self._phone and name == "Account" and self.page.locator("#rooms").count():
            self.presses("Rooms")
        self.page.get_by_role("button", name=name).click()

    def looks_after(self, name: str) -> None:
        """Unfolds what may be done about a member, among the settings of a room."""
        self.page.get_by_label(f"Look after {name}", exact=True).click()

    def fills_in(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def signs_in(self, name: str, password: str) -> None:
        self.fills_in("Name", name)
        self.fills_in("Password", password)
        with self.page.expect_navigation():
            self.presses("Sign in")

    # --- seeing ---

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def sees_heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", name=text, exact=True)).to_be_visible()

    def sees_nothing_of(self, text: str) -> None:
        assert text not in self.page.content()

    @property
    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def prints(self, script: str) -> list[object]:
        """What the console prints first when `script` is typed into it."""
        with self.page.expect_console_message() as printed:
            console = self.context.new_cdp_session(self.page)
            console.send("Runtime.evaluate", {"expression": script, "replMode": True})
        return [argument.json_value() for argument in printed.value.args]

    def asks_socket(self, path: str, frame: dict[str, object] | None = None) -> str:
        """Opens a socket of the page's own, sends it a frame and gives the answer to that, or how the socket ended.

        With a frame in the typed form, else in the plain form.
        """
        answer = self.page.evaluate(
            """([path, frame]) => new Promise((done) => {
                const socket = new WebSocket(location.origin.replace('http', 'ws') + path, frame ? ['chat.v1'] : []);
                socket.onclose = ({ code }) => done(`closed with ${code}`);
                socket.onopen = () => frame && socket.send(JSON.stringify(frame));
                socket.onmessage = ({ data }) => {
                    if (JSON.parse(data).type === 'welcome') return;
                    done(data);
                    socket.close();
                };
            })""",
            [path, frame],
        )
        return str(answer)

    # --- in a room ---

    def enters(self, slug: str) -> Self:
        """Goes to a room and waits for its connection."""
        assert self.goes_to(f"/rooms/{slug}/") == 200
        self.is_connected()
        return self

    def is_connected(self) -> None:
        expect(self.page.locator("#status")).to_have_attribute("data-state", "online")

    def is_connected_by(self, via: str) -> None:
        """`websocket` or `events`."""
        expect(self.page.locator(f"#status[data-state=online][data-via={via}]")).to_be_attached()

    def is_reconnecting(self) -> None:
        expect(self.page.locator("#status")).to_have_attribute("data-state", re.compile("waiting|connecting|offline"))

    @property
    def composer(self) -> Locator:
        return self.page.locator("#body")

    def says(self, text: str) -> None:
        self.composer.fill(text)
        if self._phone:
            self.page.locator(".send").click()
        else:
            self.composer.press("Enter")

    def hears(self, text: str) -> None:
        """The message is on the page, and it is the room's: after an ack alone it has no place yet."""
        message = self.bubble(text)
        expect(message).to_have_attribute("data-seq", re.compile(r"\d"))
        expect(message).to_have_attribute("data-state", "delivered")

    def bubble(self, text: str) -> Locator:
        """The message with exactly this text."""
        exactly = re.compile(rf"^\s*{re.escape(text)}\s*$")
        return self.page.locator(".message", has=self.page.locator(".body").filter(has_text=exactly))

    def shown(self) -> list[Shown]:
        """All messages on the page, in order."""
        rows = self.page.locator(".message").evaluate_all(
            """rows => rows.map(row => [
                row.querySelector('.author').textContent, row.querySelector('.body').innerText.trim(), row.dataset.state
            ])"""
        )
        return [Shown(*row) for row in rows]

    def texts(self) -> list[str]:
        return [message.text for message in self.shown()]

    # --- time and trouble ---

    def waits_until(self, found: Callable[[], object]) -> None:
        """As tests.waiting.until, while the page's events come in."""

        def found_now() -> object:
            self.page.wait_for_timeout(10)
            return found()

        until(found_now)

    def time_passes(self, seconds: int) -> None:
        """For the page, which is told so; wants `own_clock`."""
        self.page.clock.fast_forward(seconds * 1000)

    def time_stops(self) -> None:
        """For all tabs, at a moment a little ahead; from then on it passes as it is told to. Wants `own_clock`."""
        self.context.clock.pause_at(self.page.evaluate("Date.now()") + DEADLINE * 1000)

    def looks_again(self) -> None:
        """Comes back to the tab, which tries at once what it was waiting to try."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")

    def loses_the_network(self) -> None:
        """The page is told, asks the server, and gives the connection up when no answer comes."""
        before = len(self.sockets.sent)
        self.context.set_offline(True)
        self.waits_until(lambda: any(frame["type"] == "ping" for frame in self.sockets.sent[before:]))
        self.time_passes(10)
        self.is_reconnecting()

    def is_behind_a_firewall(self) -> None:
        """From the next page on no WebSocket of this tab gets through, until the firewall falls."""
        self.page.add_init_script(
            """
            const Open = WebSocket;
            self.firewall = true;
            self.WebSocket = function (...given) {
                if (!self.firewall) return new Open(...given);
                const refused = { readyState: 3, close() {}, send() {} };
                setTimeout(() => refused.onclose({ code: 1006 }));
                return refused;
            };
            """
        )

    def firewall_falls(self) -> None:
        self.page.evaluate("self.firewall = false")

    def speaks_to(self, port: int) -> None:
        """From the next page on its sockets lead to another process, on the port that `self.port` says."""
        # The page's policy allows sockets to where it came from, and nowhere else.
        self.context.new_cdp_session(self.page).send("Page.setBypassCSP", {"enabled": True})
        self.page.add_init_script(
            f"""
            const Open = WebSocket;
            self.port = {port};
            self.WebSocket = function (url, protocols) {{
                return new Open(url.replace(location.host, `localhost:${{self.port}}`), protocols);
            }};
            """
        )

    def is_cut_off(self) -> None:
        """From the next page on this tab reaches no server once it stands, and does not know it; others do."""
        self.page.add_init_script(
            """
            self.WebSocket = function () { return { readyState: 0, close() {}, send() {} }; };
            self.fetch = () => new Promise(() => {});
            """
        )

    def has_the_network_again(self) -> None:
        self.context.set_offline(False)
        self.is_connected()
        self.may_complain("ERR_INTERNET_DISCONNECTED")
