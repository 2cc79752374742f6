"""A provider on this machine, in a process of its own, as quick as Python can be: what a client costs is measured, not
what answers it. It speaks as much of Twilio's Messages as its client looks at, and takes every notification unopened.

`python -m companion.benches.local_provider SECONDS`: every answer takes so long. Prints its port.
"""

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
NOTIFIED = b"HTTP/1.1 201 Created\r\nLocation: /m/1\r\nContent-Length: 0\r\n\r\n"


class Provider:
    """What it took, by the `Body` of the message."""

    def __init__(self, answer_takes_s: float) -> None:
        self._answer_takes_s = answer_takes_s
        self._taken: dict[str, list[dict[str, str]]] = {}
        self._bodies: Counter[str] = Counter()
        self._number = 0

    async def serve(self) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, backlog=256)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, target, _ = head[0].split(" ")
                writer.write(await self._answer(method, target, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # the client hung up, or was killed

    async def _answer(self, method: str, target: str, body: bytes) -> bytes:
        path = urlsplit(target).path
        if path == "/taken":
            return _response(200, self._bodies)
        if path.startswith("/push/"):
            return NOTIFIED
        if method == "GET":
            (to,) = parse_qs(urlsplit(target).query)["To"]
            return _response(200, _page(list(reversed(self._taken.get(to, [])))))
        taken = self._take({name: value for name, [value] in parse_qs(body.decode()).items()})
        await asyncio.sleep(self._answer_takes_s)
        return _response(201, taken)

    def _take(self, form: dict[str, str]) -> dict[str, str]:
        self._number += 1
        self._bodies[form["Body"]] += 1
        taken = {
            "sid": f"SM{self._number:032}",
            "status": "queued",
            "body": form["Body"],
            "to": form["To"],
            "date_created": format_datetime(datetime.now(UTC)),
        }
        self._taken.setdefault(form["To"], []).append(taken)
        return taken


def _page(messages: list[dict[str, str]]) -> dict[str, object]:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return {"messages": messages, "page": 0, "page_size": 50, "uri": path, "next_page_uri": None}


def _response(status: int, found: object) -> bytes:
    body = json.dumps(found).encode()
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


if __name__ == "__main__":
    asyncio.run(Provider(float(sys.argv[1])).serve())
