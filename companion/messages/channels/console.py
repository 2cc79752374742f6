"""The way out when no provider is set up: texts are appended to a file that only its owner may read."""

import json
import math
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from companion.messages.channel import Accepted, Caps, Found, LookupResult, NotFound, Outgoing, SendResult
from companion.messages.models import DeliveryState


class Console:
    """One JSON object a line: `correlation_id`, `to`, `text`, and `link` where there is one. Exactly settled after a
    crash: the file knows."""

    name = "console"
    caps = Caps(links=True, looks_up=True, per_second=math.inf, at_once=1)

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def send(self, outgoing: Outgoing) -> SendResult:
        text = {"correlation_id": outgoing.correlation_id, "to": outgoing.to, "text": outgoing.text}
        if outgoing.link:
            text["link"] = outgoing.link
        line = json.dumps(text, ensure_ascii=False) + "\n"
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())  # one write, so that a line is there as a whole or not at all
            os.fsync(file)
        finally:
            os.close(file)
        return Accepted(_provider_id(outgoing))

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        if any(text["correlation_id"] == outgoing.correlation_id for text in self._texts()):
            return Found(_provider_id(outgoing), DeliveryState.ACCEPTED)
        return NotFound()

    def _texts(self) -> Iterator[dict[str, str]]:
        if self._path.exists():
            with self._path.open(encoding="utf-8") as lines:
                yield from (json.loads(line) for line in lines)


def _provider_id(outgoing: Outgoing) -> str:
    return f"console-{outgoing.correlation_id}"
