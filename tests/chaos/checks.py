"""The books against what the service holds, and what it holds against what it promises (docs/messages.md,
docs/chaos.md). Each check gives what is wrong, a line each; nothing where all is well."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.advice.models import Review, Suggestion
from companion.care.anchor import public_key_of
from companion.care.anchors import kept_anchors, signing_key
from companion.care.audit_check import check
from companion.care.people import Person, Role
from companion.care.regimens import RegimenRevision
from companion.db import reading
from companion.messages.delivery_state import UNSETTLED
from companion.messages.models import Delivery, Inbound, Message, MessageState, Purpose
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web.identifiers import find_dose
from tests.chaos.books import ANSWER, APPROVAL, READING, RECEIPT, REPLY, SUGGESTION
from tests.chaos.clinics import Clinic

WITH_A_PROVIDER = (MessageState.HANDED_OVER.value, MessageState.DELIVERED.value)
LATE = timedelta(hours=2)
DECIDED = ("approved", "amended")

Check = Callable[[Clinic, Session], Iterable[str]]


def faults(clinic: Clinic) -> list[str]:
    """Everything that is wrong."""
    with reading(clinic.world.engine) as session:
        return [f"{check.__name__}: {fault}" for check in CHECKS for fault in check(clinic, session)]


def readings(clinic: Clinic, _session: Session) -> Iterator[str]:
    """Each acknowledged value is there, and no record of a meter is there twice."""
    acknowledged = defaultdict[str, set[int]](set)
    for line in clinic.books.read(READING):
        acknowledged[line["patient"]].add(line["sequence"])
    for patient in clinic.patients:
        found = Counter(each.sequence for each in clinic.world.stores.readings.export_patient(patient.person.public_id))
        yield from _lost("reading", acknowledged[patient.person.public_id], found)
        yield from (f"patient {patient.number}: record {n} is there twice" for n, times in found.items() if times > 1)


def home(clinic: Clinic, _session: Session) -> Iterator[str]:
    """What the devices at home remember is at the service, once."""
    assert clinic.home is not None
    life = clinic.home.life
    kept = list(clinic.world.stores.readings.export_patient(clinic.home.person.public_id))
    found = Counter(each.metric.value for each in kept)
    wanted = {"glucose": len(life.glucose), "blood_pressure": len(life.blood_pressure)}
    if dict(found) != wanted:
        yield f"{dict(found)} in place of {wanted}"


def answers(clinic: Clinic, session: Session) -> Iterator[str]:
    """An answered dose stays answered, and was answered once."""
    for line in clinic.books.read(ANSWER):
        dose = find_dose(session, line["dose"])
        if dose is None or dose.state != "taken":
            yield f"dose {line['dose']} is {dose.state if dose else 'gone'}"
    events = select(DoseEvent.dose_id, DoseEvent.event).group_by(DoseEvent.dose_id, DoseEvent.event)
    for dose_id, event in session.execute(events.having(func.count() > 1)):
        yield f"dose {dose_id} is {event} twice"


def doses(clinic: Clinic, session: Session) -> Iterator[str]:
    """None was forgotten: what is long past its time was looked at."""
    past = Dose.due_at < clinic.clocks.world() - LATE, Dose.state.in_(("planned", "due", "snoozed"))
    count = session.scalar(select(func.count()).select_from(Dose).where(*past))
    if count:
        yield f"{count} are past their time and nobody looked"


def replies(clinic: Clinic, session: Session) -> Iterator[str]:
    """A text that came in is kept, once."""
    found = Counter(session.scalars(select(Inbound.provider_id)))
    yield from _lost("reply", {line["sid"] for line in clinic.books.read(REPLY)}, found)
    yield from (f"reply {sid} is there twice" for sid, times in found.items() if times > 1)


def suggestions(clinic: Clinic, session: Session) -> Iterator[str]:
    """What was on a doctor's screen is there."""
    found = Counter(session.scalars(select(Suggestion.public_id)))
    yield from _lost("suggestion", {line["suggestion"] for line in clinic.books.read(SUGGESTION)}, found)


def approvals(clinic: Clinic, session: Session) -> Iterator[str]:
    """What she approved is decided so, with one change of the dose and one message."""
    query = select(Suggestion.public_id, Review).join(Review, Review.suggestion_id == Suggestion.id)
    reviews: dict[str, Review] = {row[0]: row[1] for row in session.execute(query)}
    for line in clinic.books.read(APPROVAL):
        review = reviews.get(line["suggestion"])
        if review is None or review.decision != "approved":
            yield f"the approval of {line['suggestion']} is lost"
    advice = Counter(session.scalars(select(Message.review_id).where(Message.purpose == Purpose.ADVICE.value)))
    approved = Counter(review.id for review in reviews.values() if review.decision in DECIDED)
    if advice != approved:
        yield f"{advice.total()} messages of advice for {approved.total()} approvals"


def advice(clinic: Clinic, session: Session) -> Iterator[str]:
    """Nothing that advises a dose left, and no dose was changed, without a named clinician's act."""
    of_message = _messages_by_attempt(session)
    reviews = {review.id: review for review in session.scalars(select(Review))}
    clinicians = set(session.scalars(select(Person.id).where(Person.role == Role.CLINICIAN.value)))
    for text in clinic.twilio.ledger:
        message = of_message.get(_attempt(text.status_callback))
        if message is not None and message.purpose == Purpose.ADVICE.value:
            review = reviews.get(message.review_id)
            if review is None or review.decision not in DECIDED or review.clinician_id not in clinicians:
                yield f"a text of message {message.id} left without an approval"
    changed = select(RegimenRevision.id).where(RegimenRevision.clinician_id.not_in(clinicians))
    yield from (f"revision {number} is nobody's" for number in session.scalars(changed))


def messages(clinic: Clinic, session: Session) -> Iterator[str]:
    """Each text that the provider has belongs to a message, which has no other; what we say it has, it has."""
    of_message = _messages_by_attempt(session)
    texts = Counter[int]()
    for text in clinic.twilio.ledger:
        message = of_message.get(_attempt(text.status_callback))
        if message is None:
            yield f"the provider has {text.sid}, of which nothing is known"
        else:
            texts[message.id] += 1
    yield from (f"message {number} left {times} times" for number, times in texts.items() if times > 1)
    said = session.scalars(select(Message.id).where(Message.state.in_(WITH_A_PROVIDER))).all()
    yield from (f"message {number} never reached the provider" for number in said if not texts[number])
    waiting = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(UNSETTLED)))
    if waiting:
        yield f"{waiting} attempts are not settled"


def receipts(clinic: Clinic, session: Session) -> Iterator[str]:
    """What the provider told us of a delivery, and we heard, is kept."""
    delivered = Counter(session.scalars(select(Delivery.correlation_id).where(Delivery.state == "delivered")))
    yield from _lost("receipt", {line["attempt"] for line in clinic.books.read(RECEIPT)}, delivered)


def audit(clinic: Clinic, session: Session) -> Iterator[str]:
    """The chain holds, against every anchor."""
    path = clinic.world.settings.audit_anchor_key_file
    keys = [public_key_of(signing_key(path))] if path.exists() else []
    report = check(session, kept_anchors(session), keys)
    if report.wrong:
        yield f"{report.wrong} faults in {report.entries} entries, the first: {report.faults[0]}"


CHECKS: tuple[Check, ...] = (
    readings,
    home,
    answers,
    doses,
    replies,
    suggestions,
    approvals,
    advice,
    messages,
    receipts,
    audit,
)


def _lost(what: str, acknowledged: Iterable[Any], found: Counter[Any]) -> Iterator[str]:
    missing = sorted(str(each) for each in acknowledged if not found[each])
    if missing:
        yield f"{len(missing)} lost: {what} {', '.join(missing[:5])}"


def _attempt(status_callback: str) -> str:
    """Our name for an attempt stands at the end of the address that the provider calls back."""
    return status_callback.rpartition("/")[2]


def _messages_by_attempt(session: Session) -> dict[str, Message]:
    query = select(Delivery.correlation_id, Message).join(Message, Message.id == Delivery.message_id)
    return {row[0]: row[1] for row in session.execute(query)}
