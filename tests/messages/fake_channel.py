"""A way out that answers as told and remembers what it was given."""

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime

from companion.messages.channel import Accepted, Caps, LookupResult, NotFound, Outgoing, SendResult

ONE_BY_ONE = Caps(receipts=True, looks_up=True, per_second=math.inf, at_once=1)
"""It takes them in the order in which they waited."""


class FakeChannel:
    """Accepts everything unless `answers` (or `lookups`) say otherwise. `during_send` is called in mid-send."""

    def __init__(
        self,
        *answers: SendResult,
        name: str = "fake",
        caps: Caps = ONE_BY_ONE,
        lookups: tuple[LookupResult, ...] = (),
        during_send: Callable[[Outgoing], None] | None = None,
    ) -> None:
        self.name, self.caps = name, caps
        self.sent: list[Outgoing] = []
        self.looked_up: list[Outgoing] = []
        self._answers = deque(answers)
        self._lookups = deque(lookups)
        self._during_send = during_send

    def send(self, outgoing: Outgoing) -> SendResult:
        self.sent.append(outgoing)
        if self._during_send:
            self._during_send(outgoing)
        return self._answers.popleft() if self._answers else Accepted(f"SM{outgoing.correlation_id}")

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        self.looked_up.append(outgoing)
        return self._lookups.popleft() if self._lookups else NotFound()
