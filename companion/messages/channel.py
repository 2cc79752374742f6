"""What the outbox asks of a way out, and the few answers a way out may give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from companion.messages.models import DeliveryState


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text for one number. `valid_for_s`: after so many seconds nobody may deliver it any more."""

    to: str
    text: str
    correlation_id: str
    valid_for_s: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider does not have it, and says why. Permanent: the same text to the same number never will."""

    code: str
    is_permanent: bool
    has_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The provider surely does not have it; asking again later is safe."""

    seconds: int
    code: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The provider may have it. Never answered by sending again: a callback or a look-up settles it."""

    reason: str


SendResult: TypeAlias = Accepted | Rejected | RetryAfter | Ambiguous


@dataclass(frozen=True, slots=True)
class Found:
    """The provider had it after all."""

    provider_id: str
    status: DeliveryState


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider has no such text: it may be sent again."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """This way out cannot look anything up."""


LookupResult: TypeAlias = Found | NotFound | Unsupported | RetryAfter


class Channel(Protocol):
    """A way out. Both calls answer within seconds and raise nothing that a provider can cause."""

    name: str

    def send(self, outgoing: Outgoing) -> SendResult:
        """Hands the text over once."""
        ...

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        """Whether the provider took exactly this text at or after `since`.

        `known`: provider ids that belong to other attempts and so cannot be this one.
        """
        ...


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a provider says about a text it took. `may_retry`: it was surely not shown, and could be next time."""

    provider_id: str
    status: DeliveryState
    error_code: str | None
    may_retry: bool


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text somebody sent us. `opts_out`: True for STOP, False for START, None for anything else."""

    provider_id: str
    from_number: str
    body: str
    opts_out: bool | None


@runtime_checkable
class Webhooks(Protocol):
    """What a channel with callbacks knows about the requests its provider sends us."""

    def is_genuine(self, url: str, form: Mapping[str, str], signature: str) -> bool:
        """Whether the provider signed exactly this form for exactly this public URL."""
        ...

    def parse_callback(self, form: Mapping[str, str]) -> StatusReport:
        """A genuine status callback. Raises BadInput when it is not one."""
        ...

    def parse_inbound(self, form: Mapping[str, str]) -> InboundText:
        """A genuine incoming text. Raises BadInput when it is not one."""
        ...
