"""How a person is reached, in words: their addresses, what each is good for, and what they agreed to hear."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from companion.care.consent_texts import agreement
from companion.care.contact_codes import BY_CODE
from companion.care.contact_models import TOPICS, ContactPoint, ContactState, Kind, Topic
from companion.care.contacts import shown_address
from companion.care.people import Person, Role
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

KINDS: Words = {
    Kind.SMS: _l("Text message"),
    Kind.VOICE: _l("Call that reads aloud"),
    Kind.PUSH: _l("Notification on a device"),
    Kind.WECHAT: _l("WeChat"),
    Kind.EMAIL: _l("E-mail"),
    Kind.APPRISE: _l("Another service"),
}
ADD: Words = {
    Kind.SMS: _l("Add a number for text messages"),
    Kind.VOICE: _l("Add a number for calls"),
    Kind.EMAIL: _l("Add an e-mail address"),
    Kind.APPRISE: _l("Add another service"),
}
HINTS: Words = {
    Kind.SMS: _l("With its country code, like +8613800138000."),
    Kind.VOICE: _l(
        "With its country code, like +8613800138000. A voice reads the message and takes your answer by key."
    ),
    Kind.EMAIL: _l("Like anna@example.org."),
    Kind.APPRISE: _l("The address of the service as Apprise writes it, like ntfys://ntfy.example.org/topic."),
}
INPUTS = {Kind.SMS: "tel", Kind.VOICE: "tel", Kind.EMAIL: "email", Kind.APPRISE: "text"}
"""What kind of field each is typed into."""

WORKS = _l("works")
NOT_PROVEN = _l("not used: nobody has confirmed it")
NO_CHANNEL = _l("not used: the clinic cannot send this way")
NOTHING_AGREED = _l("not used: nothing was agreed to")
FAULTS: Words = {
    ContactState.SUSPECT: _l("the last message could not be delivered"),
    ContactState.BAD: _l("not used: messages could not be delivered"),
    ContactState.OPTED_OUT: _l("switched off by STOP; answer START from there to undo it"),
}


@dataclass(frozen=True)
class Line:
    """One address as it is shown. `is_fine`: messages go there; `takes_code`: a code makes it so."""

    point: ContactPoint
    shown: str
    kind: str
    state: str
    is_fine: bool
    takes_code: bool


@dataclass(frozen=True)
class Said:
    """One topic by one kind of channel: the sentence, and whether it is agreed to."""

    topic: Topic
    sentence: str
    is_agreed: bool


@dataclass(frozen=True)
class Agreements:
    """What there is to agree to by one kind of channel."""

    kind: Kind
    name: str
    topics: Sequence[Said]

    @property
    def agreed(self) -> int:
        return sum(said.is_agreed for said in self.topics)


def lines(points: Sequence[ContactPoint], agreed: Collection[str], usable: Collection[str]) -> list[Line]:
    """A person's addresses in their order. `agreed`: kinds of which any topic stands; `usable`: with a channel here."""
    return [_line(point, agreed, usable) for point in points]


def _line(point: ContactPoint, agreed: Collection[str], usable: Collection[str]) -> Line:
    fault = _fault(point, agreed, usable)
    return Line(
        point,
        shown(point),
        str(KINDS[point.kind]),
        str(fault or WORKS),
        is_fine=fault is None or point.state == ContactState.SUSPECT,
        takes_code=fault in (NOT_PROVEN, FAULTS[ContactState.BAD]) and Kind(point.kind) in BY_CODE,
    )


def _fault(point: ContactPoint, agreed: Collection[str], usable: Collection[str]) -> object | None:
    if point.kind not in usable:
        return NO_CHANNEL
    if point.verified_at is None:
        return NOT_PROVEN
    if point.state in (ContactState.OPTED_OUT, ContactState.BAD):
        return FAULTS[point.state]
    if point.kind not in agreed:
        return NOTHING_AGREED
    return FAULTS.get(point.state)


def shown(point: ContactPoint) -> str:
    """The address for those who may see it, with the name that the person gave it."""
    return ": ".join(filter(None, [point.label, shown_address(point)]))


def agreements(
    person: Person, points: Sequence[ContactPoint], stands: Collection[tuple[int, str, str]], language: str
) -> list[Agreements]:
    """For each kind of address that the person has, what was said to each topic of their role."""
    kinds = dict.fromkeys(Kind(point.kind) for point in points)
    return [
        Agreements(
            kind,
            str(KINDS[kind]),
            [
                Said(topic, agreement(language, kind, topic), (person.id, kind.value, topic.value) in stands)
                for topic in TOPICS[Role(person.role)]
            ],
        )
        for kind in kinds
    ]
