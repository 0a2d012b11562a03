"""Where the clients go, who they are, and the part of the API that they use."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

# As long as nginx waits for a worker; a request that takes longer is given up and made again.
REQUEST_SECONDS = 20
# As much as a browser's pages ask for at once, for a crowd that comes from one address.
CONNECTIONS = 64
PAGE = 100


@dataclass(frozen=True, slots=True)
class Account:
    """Who a client is, the room that it is in, and the head of that room when it came."""

    name: str
    token: str
    room: str
    since: int


@dataclass(frozen=True, slots=True)
class Site:
    """`sockets`: the addresses of the chat, of which each connection takes any; `api`: the root of the API."""

    sockets: Sequence[str]
    api: str


class Unavailable(Exception):
    """Not now; again after `retry_after` seconds, where the answer says so."""

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Refused(Exception):
    """The API will not do it, however often it is asked."""


class Api:
    """The calls of docs/protocol.md that a client makes. Raises Unavailable and Refused."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        # Not the environment's proxies: all of this stays on this machine.
        self._http = httpx.AsyncClient(base_url=url, timeout=REQUEST_SECONDS, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, account: Account, client_id: str, body: str) -> int:
        """The seq that the message got."""
        answer = await self._ask(account, "POST", "messages/", json={"client_id": client_id, "body": body})
        return int(answer["seq"])

    async def head(self, account: Account) -> int:
        """The seq that the room has reached."""
        return int((await self._ask(account, "GET", ""))["seq"])

    async def afresh(self, account: Account, after: int) -> tuple[dict[int, str], int]:
        """The room's messages after `after` as they stand now, by seq, and the room's head."""
        page = await self._ask(account, "GET", "messages/", params={"limit": PAGE})
        head = int(page["seq"])
        found: dict[int, str] = {}
        while True:
            found |= {message["seq"]: message["client_id"] for message in page["messages"]}
            if not page["more"] or min(found) <= after:
                return {seq: client_id for seq, client_id in found.items() if after < seq <= head}, head
            page = await self._ask(account, "GET", "messages/", params={"limit": PAGE, "before": min(found)})

    async def log(self, account: Account) -> list[tuple[int, str | None]]:
        """The room's log since the client came: seq, and client_id where it is a message."""
        found: list[tuple[int, str | None]] = []
        since = account.since
        while page := (await self._ask(account, "GET", "events/", params={"since": since}))["events"]:
            found += [(event["seq"], event["data"].get("client_id")) for event in page]
            since = found[-1][0]
        return found

    async def _ask(self, account: Account, method: str, call: str, **what: Any) -> Any:
        headers = {"Authorization": f"Bearer {account.token}"}
        try:
            answer = await self._http.request(method, f"rooms/{account.room}/{call}", headers=headers, **what)
        except httpx.TransportError as error:
            raise Unavailable from error
        if answer.status_code in {429, 500, 502, 503, 504}:
            after = answer.headers.get("Retry-After", "")
            raise Unavailable(float(after) if after.isdecimal() else None)
        if answer.status_code != 200:
            raise Refused(f"{method} {call}: {answer.status_code} {answer.text[:200]}")
        return answer.json()


async def patiently(call: Any, *arguments: Any, within: float) -> Any:
    """What a call of the API returns, asked again while it is unavailable. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await call(*arguments)
            except Unavailable as error:
                await asyncio.sleep(error.retry_after or random.random())  # noqa: S311 - a pause is no secret
