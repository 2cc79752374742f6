"""A text comes in: who sent it, what it answers, and what is said back. Nothing is guessed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, add_task
from companion.clock import to_ms
from companion.db import writing
from companion.messages.channel import InboundText
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.messages.receipts import record_inbound
from companion.reminders.answers import answer_dose, doses_last_asked_about
from companion.reminders.dose_state import DoseState, Event, Refusal, Refused, Skipped, Snooze, Taken, call_again_at
from companion.reminders.models import Dose
from companion.reminders.replies import Reply, understand

ECHO_VALID_FOR = timedelta(minutes=30)
WORDS = {DoseState.TAKEN: "taken", DoseState.SKIPPED: "skipped"}


@dataclass(frozen=True)
class Echo:
    """What is said back, as params of a REPLY message."""

    kind: str
    params: dict[str, Any]


def take_reply(engine: Engine, inbound: InboundText, channel: str, now: datetime) -> Reply | None:
    """Keeps the text once and acts on it; None for one that was kept before, or from a number nobody has."""
    with writing(engine) as session:
        senders = _senders(session, inbound.from_number)
        reply = understand(inbound.body) if inbound.opts_out is None else _opt(inbound.opts_out)
        kept = record_inbound(
            session,
            channel=channel,
            provider_id=inbound.provider_id,
            person_id=senders[0].id if len(senders) == 1 else None,
            body=inbound.body[:2000],
            understood_as=reply.value,
            now=now,
        )
        if kept is None or not senders:
            return None
        if reply in (Reply.OPT_OUT, Reply.OPT_IN):
            for sender in senders:  # the number decides, whoever uses it
                sender.phone_opted_out_at = now if reply is Reply.OPT_OUT else None
        patients = [sender for sender in senders if sender.role == Role.PATIENT]
        # Two patients with one telephone: only a person can tell whose answer it is.
        sender = patients[0] if len(patients) == 1 else senders[0]
        echo = _act(session, sender, Reply.UNCLEAR if len(patients) > 1 and reply in _DOSE else reply, kept.id, now)
        if echo is not None:
            _say_back(session, sender, echo, kept.id, now)
        return reply


_DOSE = (Reply.TAKEN, Reply.LATER, Reply.SKIP)


def _senders(session: Session, phone: str) -> list[Person]:
    query = select(Person).where(Person.phone == phone, Person.left_at.is_(None)).order_by(Person.id)
    return list(session.scalars(query))


def _opt(opts_out: bool) -> Reply:
    return Reply.OPT_OUT if opts_out else Reply.OPT_IN


def _act(session: Session, sender: Person, reply: Reply, inbound_id: int, now: datetime) -> Echo | None:
    if reply is Reply.OPT_OUT:
        return None  # the provider confirms it, and nothing more may be sent
    if reply is Reply.OPT_IN:
        return Echo("opted_in", {})
    if reply is Reply.HELP:
        return Echo("help", {})
    if reply in _DOSE and sender.role == Role.PATIENT:
        return _answer(session, sender, reply, now)
    add_task(
        session,
        unique_key=f"unclear_reply:{inbound_id}",
        kind=TaskKind.UNCLEAR_REPLY,
        patient_id=sender.id,
        now=now,
        due_at=now + timedelta(hours=4),
        details={"inbound": inbound_id},
    )
    return Echo("not_understood", {})


def _answer(session: Session, sender: Person, reply: Reply, now: datetime) -> Echo:
    """The answer counts for every dose that was asked about together."""
    doses = doses_last_asked_about(session, sender.id, now)
    results = [(dose, _answer_one(session, dose, reply, sender, now)) for dose in doses]
    if not results:
        return Echo("no_open_dose", {})
    times = sorted({dose.local_time for dose, _ in results})
    if all(isinstance(result, Refused) for _, result in results):
        return _why_not(*results[0], times)
    if reply is Reply.LATER:
        again = max(dose.snoozed_until for dose, _ in results if dose.snoozed_until)
        return Echo("snoozed", {"times": times, "again_ms": to_ms(again)})
    return Echo("noted", {"times": times, "answer": "taken" if reply is Reply.TAKEN else "skipped"})


def _why_not(dose: Dose, refused: object, times: list[str]) -> Echo:
    """What is said back when the answer changed nothing."""
    state = DoseState(dose.state)
    if state in WORDS:
        return Echo("already_noted", {"times": times, "answer": WORDS[state]})
    if refused == Refused(Refusal.SNOOZE_NOT_AHEAD):
        return Echo("help", {})  # too late for another call, not for an answer: it says what can be answered
    return Echo("no_open_dose", {})


def _answer_one(session: Session, dose: Dose, reply: Reply, sender: Person, now: datetime) -> object:
    events: dict[Reply, Event] = {
        Reply.TAKEN: Taken(),
        Reply.SKIP: Skipped(),
        Reply.LATER: Snooze(call_again_at(now, dose.window_ends_at)),
    }
    result = answer_dose(session, dose.id, events[reply], actor_id=sender.id, via="sms", now=now)
    session.refresh(dose)
    return result


def _say_back(session: Session, sender: Person, echo: Echo, inbound_id: int, now: datetime) -> None:
    enqueue(
        session,
        unique_key=f"reply:{inbound_id}",
        purpose=Purpose.REPLY,
        recipient_id=sender.id,
        patient_id=sender.id,
        params={"kind": echo.kind} | echo.params,
        now=now,
        expires_at=now + ECHO_VALID_FOR,
    )
