"""What people agree to be told, by what kind of channel, and the word that ends it. Only ever added to."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from companion.care.addresses import at_address
from companion.care.consent_texts import STARTED, STOPPED, VERSION, agreement
from companion.care.contact_models import ContactPoint, ContactState, Kind, MessageConsent, Topic
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind, add_task
from companion.db import rows_of

LONGEST_WORD = 40
"""Of what was said to end or take up messages."""
CALL_WITHIN = timedelta(hours=4)
"""How soon somebody at the clinic should learn that a person gets no more messages. A house rule."""


def consents_of(session: Session, person_ids: Collection[int]) -> set[tuple[int, str, str]]:
    """What stands of these people's agreements, as (person, kind, topic)."""
    found = rows_of(session, _STANDS, {"people": list(person_ids)})
    return {(person_id, kind, topic) for person_id, kind, topic in found}


_LATEST = (
    select(func.max(MessageConsent.id))
    .where(MessageConsent.person_id.in_(bindparam("people", expanding=True)))
    .group_by(MessageConsent.person_id, MessageConsent.kind, MessageConsent.topic)
)
_STANDS = select(MessageConsent.person_id, MessageConsent.kind, MessageConsent.topic).where(
    MessageConsent.id.in_(_LATEST), MessageConsent.is_agreed
)


def say(
    session: Session,
    person: Person,
    kind: Kind,
    topics: Collection[Topic],
    *,
    agrees: bool,
    now: datetime,
    noted_by: Person | None = None,
    language: str | None = None,
    word: tuple[str, str] | None = None,
) -> None:
    """Writes down what the person says to these topics by that kind of channel, where it changes anything.

    What stands there is the text they were shown, in `language` (None: their own); or `word`, a version and the
    person's own word.
    """
    stands = consents_of(session, [person.id])
    for topic in topics:
        if ((person.id, kind.value, topic.value) in stands) is agrees:
            continue
        version, text = word or (VERSION, agreement(language or person.language, kind.value, topic.value))
        session.add(
            MessageConsent(
                person_id=person.id,
                kind=kind.value,
                topic=topic.value,
                is_agreed=agrees,
                text_version=version,
                text=text,
                noted_by=(noted_by or person).id,
                at=now,
            )
        )
    session.flush()


def opt_out(session: Session, kind: Kind, address: str, said: str, now: datetime) -> list[Person]:
    """Nothing is sent there any more, whoever uses it; the clinic learns of it. Tells whom it stopped just now."""
    stopped = []
    for point, person in _reached(session, kind, address):
        if point.state == ContactState.OPTED_OUT:
            continue
        point.state, point.state_at, point.fault_code = ContactState.OPTED_OUT.value, now, None
        say(session, person, kind, list(Topic), agrees=False, now=now, word=(STOPPED, said[:LONGEST_WORD]))
        if point.removed_at is None:
            _tell_clinic(session, person, kind, point, now)
        stopped.append(person)
    session.flush()
    return stopped


def opt_in(session: Session, kind: Kind, address: str, said: str, now: datetime) -> list[Person]:
    """Undoes `opt_out`: what that had ended is agreed to again. Tells whom it starts again for."""
    started = []
    for point, person in _reached(session, kind, address):
        if point.state != ContactState.OPTED_OUT:
            continue
        point.state, point.state_at = ContactState.OK.value, now
        ended = _ended_by_word(session, person, kind)
        say(session, person, kind, ended, agrees=True, now=now, word=(STARTED, said[:LONGEST_WORD]))
        _nothing_to_call_about(session, point, now)
        started.append(person)
    session.flush()
    return started


def is_stopped(session: Session, kind: Kind, address: str) -> bool:
    """Whether somebody there said stop, and nobody undid it."""
    said_stop = select(ContactPoint.id).where(
        at_address(session, kind, address),
        ContactPoint.state == ContactState.OPTED_OUT.value,
    )
    return session.scalar(said_stop.limit(1)) is not None


def _reached(session: Session, kind: Kind, address: str) -> list[tuple[ContactPoint, Person]]:
    """Every entry of that address, removed and unproven ones too: the address decides, not who noted it."""
    query = (
        select(ContactPoint, Person)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(at_address(session, kind, address), Person.left_at.is_(None))
        .order_by(ContactPoint.id)
        .with_for_update(of=ContactPoint)
    )
    return [(point, person) for point, person in session.execute(query)]


def _ended_by_word(session: Session, person: Person, kind: Kind) -> list[Topic]:
    """The topics that the person's own stop ended, and nothing else since."""
    rows = select(MessageConsent).where(MessageConsent.person_id == person.id, MessageConsent.kind == kind)
    latest = {row.topic: row.text_version for row in session.scalars(rows.order_by(MessageConsent.id))}
    return [Topic(topic) for topic, version in latest.items() if version == STOPPED]


def _tell_clinic(session: Session, person: Person, kind: Kind, point: ContactPoint, now: datetime) -> None:
    add_task(
        session,
        unique_key=f"opted_out:{point.id}:{now.isoformat()}",
        kind=TaskKind.OPTED_OUT,
        patient_id=person.id,
        now=now,
        due_at=now + CALL_WITHIN,
        details={"kind": kind.value},
    )


def _nothing_to_call_about(session: Session, point: ContactPoint, now: datetime) -> None:
    session.execute(
        update(Task)
        .where(Task.unique_key.startswith(f"opted_out:{point.id}:"), Task.done_at.is_(None))
        .values(done_at=now)
    )
