"""What the outbox asks of a way out, and the few answers a way out may give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from companion.messages.models import DeliveryState


@dataclass(frozen=True, slots=True)
class Caps:
    """What a way out can do. `words_for` composes by it, and routing waits by it."""

    receipts: bool = False
    """It tells when a message reached the person; without, being accepted is all we ever learn."""
    replies: bool = False
    """The person can answer on it."""
    links: bool = False
    """A message may hold a link. Never where a provider or a country forbids it."""
    looks_up: bool = False
    """It can be asked whether it took a message."""
    longest: int | None = None
    """Characters; None: no limit that matters."""
    is_live: bool = False
    """The person is on the line: what is said back is the answer to their request, not another message."""
    per_second: float = 10.0
    """Messages a second that its provider bears from all our processes together."""
    at_once: int = 8
    """Messages that one process hands to it at the same time."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one address, whole. `valid_for_s`: after so many seconds nobody may deliver it any more.

    `text` alone says everything; the rest is for channels that can show more. Nothing in it names a medicine, an
    amount or a value unless the patient chose so.
    """

    to: str
    text: str
    correlation_id: str
    valid_for_s: int
    language: str = "en"
    title: str = ""
    """What it is about, in a few words: the subject of a mail, the headline of a notification."""
    spoken: str = ""
    """The same said aloud by a call, with what to press; empty: `text` is read."""
    link: str = ""
    """The page to open, whole; empty: none."""
    asks: bool = False
    """Whether it can be answered: taken, later, skip."""
    topic: str = ""
    """At most 32 of A-Z a-z 0-9 - _: a later message with the same topic takes the place of an earlier one."""
    is_urgent: bool = False
    purpose: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """For channels with templates: `time`, `what`, `advice`."""


class Refusal(StrEnum):
    """What a refusal means for what is done next."""

    TRY_AGAIN = "try_again"  # the same message may be taken later
    OTHER_WAY = "other_way"  # this person cannot be reached by this channel now
    BAD_ADDRESS = "bad_address"  # nobody will ever be reached there
    OPTED_OUT = "opted_out"  # the person said stop
    NOT_THESE_WORDS = "not_these_words"  # the text was filtered: never the same words again this way


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider does not have it, and says why."""

    code: str
    means: Refusal

    @property
    def is_permanent(self) -> bool:
        """The same message to the same address never will be taken."""
        return self.means is not Refusal.TRY_AGAIN


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
    """A way out. Both calls answer within seconds and raise nothing that a provider can cause. Used by many threads
    at once."""

    name: str
    caps: Caps

    def send(self, outgoing: Outgoing) -> SendResult:
        """Hands the text over once."""
        ...

    def lookup(self, outgoing: Outgoing, since: datetime, known: frozenset[str]) -> LookupResult:
        """Whether the provider took exactly this text at or after `since`.

        `known`: provider ids that belong to other attempts and so cannot be this one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that a provider sends us. `url` is the public one, as the provider called it; header names in lower
    case. `correlation_id`: ours, where the address carries it."""

    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a provider says about a message it took: `correlation_id` where its address carried ours, else
    `provider_id` tells which. `means`: what a failure asks for."""

    provider_id: str
    status: DeliveryState
    error_code: str | None = None
    means: Refusal | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text somebody sent us. `opts_out`: True for STOP, False for START, None for anything else.

    `correlation_id`: the attempt it answers, where the provider tells: a key pressed in a call, a button of a
    notification. Then the answer is its recipient's, whoever's address it came from.
    """

    provider_id: str
    from_address: str
    body: str
    opts_out: bool | None = None
    correlation_id: str | None = None


@runtime_checkable
class Webhooks(Protocol):
    """What a channel with callbacks knows about the requests its provider sends us."""

    def verify(self, heard: Heard) -> bool:
        """Whether the provider itself sent exactly this request."""
        ...

    def parse_callback(self, heard: Heard) -> Sequence[StatusReport]:
        """What a genuine request says of messages it took; empty when it says nothing. Raises BadInput when it is
        broken."""
        ...

    def parse_inbound(self, heard: Heard) -> Sequence[InboundText]:
        """The texts in a genuine request; empty when there are none. Raises BadInput when it is broken."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What is said back at once to a person who is on the line. `asks`: another answer is waited for."""

    text: str
    language: str
    asks: bool


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What a provider's request is answered with."""

    body: str
    mimetype: str


@runtime_checkable
class Answering(Protocol):
    """A channel whose provider wants an answer of a certain form; the others get the word "success"."""

    def answer(self, heard: Heard, said: Said | None) -> HookAnswer:
        """The answer to a genuine request. `said`: for a person on the line (`Caps.is_live`)."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A channel that will not send to every address of its kind."""

    def check(self, address: str) -> None:
        """Raises BadInput for an address that it would never send to."""
        ...


@runtime_checkable
class Scanned(Protocol):
    """A channel to accounts that introduce themselves by a code."""

    def scan_link(self, code: str, good_for_s: int) -> str | None:
        """What a picture holds that says this code to us when the account's owner scans it; None when the provider
        gives none now."""
        ...


@runtime_checkable
class Subscribed(Protocol):
    """A channel to browsers, which make its addresses themselves."""

    public_key: str
    """What a browser subscribes to: `applicationServerKey`."""
