"""A text comes in: who sent it, what it answers, and what is said back. Nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.approved.by_text import take_text
from companion.care.account_links import take_code
from companion.care.contact_models import Kind
from companion.care.contacts import people_at
from companion.care.message_consent import is_stopped, opt_in, opt_out
from companion.care.people import Person, Role
from companion.care.regimens import must_check_first
from companion.care.tasks import TaskKind, add_task
from companion.clock import from_ms, to_ms
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.channel import InboundText
from companion.messages.models import Delivery, Message, Purpose
from companion.messages.outbox import enqueue
from companion.messages.receipts import record_inbound
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.asked import doses_asked_about, doses_last_asked_about
from companion.reminders.doses.dose_life import SNOOZE
from companion.reminders.doses.dose_state import DoseState, Event, Refusal, Refused, Skipped, Snooze, Taken
from companion.reminders.doses.models import Dose
from companion.reminders.doses.replies import Reply, opts_in, understand

ECHO_VALID_FOR = timedelta(minutes=30)
CALL_WITHIN = timedelta(hours=4)
"""How soon somebody at the clinic should look at what came by text."""
WORDS = {DoseState.TAKEN: "taken", DoseState.SKIPPED: "skipped"}
EVENTS: dict[Reply, Event] = {Reply.TAKEN: Taken(), Reply.SKIP: Skipped(), Reply.LATER: Snooze(SNOOZE)}
"""What a reply does to a dose."""

VIA = {"twilio_voice": "call", "web_push": "push", "wechat": "wechat"}
"""By which way a dose was answered, of channels that are not texts."""
KINDS = {"twilio_voice": Kind.VOICE, "web_push": Kind.PUSH, "wechat": Kind.WECHAT}
"""What kind of address writes by them; by the others it is a telephone number."""


@dataclass(frozen=True)
class Echo:
    """What is said back, as params of a REPLY message."""

    kind: str
    fills: dict[str, Any] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, Any]:
        """As the message keeps them: which text, and what fills it."""
        return {"kind": self.kind} | self.fills


@dataclass(frozen=True)
class Heard:
    """A text that was kept and acted upon: what it meant, whose it was, and what to say back."""

    reply: Reply
    sender: Person
    inbound_id: int
    echo: Echo | None


def take_reply(engine: Engine, inbound: InboundText, channel: str, now: datetime) -> Reply | None:
    """Keeps the text once, acts on it and says back what was noted, by message; None for one that was kept before,
    or from a number nobody has."""
    with writing(engine) as session:
        heard = hear(session, inbound, channel, now)
        if heard is None:
            return None
        if heard.echo is not None:
            _say_back(session, heard.sender, heard.echo, heard.inbound_id, now)
    reached(Point.ANSWER_AFTER_COMMIT)
    return heard.reply


def hear(session: Session, inbound: InboundText, channel: str, now: datetime) -> Heard | None:
    """The same, but it is the caller's to say back what was noted."""
    answered = message_of(session, inbound.correlation_id) if inbound.correlation_id else None
    kind = KINDS.get(channel, Kind.SMS)
    senders = _senders(session, inbound, answered, kind)
    reply = _meant(session, inbound, kind)
    kept = record_inbound(
        session,
        channel=channel,
        provider_id=inbound.provider_id,
        person_id=senders[0].id if len(senders) == 1 else None,
        body=inbound.body[:2000],
        understood_as=reply.value,
        now=now,
    )
    if kept is None:
        return None
    _note_consent(session, inbound, kind, reply, now)
    if (linked := take_code(session, kind, inbound.from_address, inbound.body, now)) is not None:
        whose = session.get_one(Person, linked.person_id)
        return Heard(reply, whose, kept.id, Echo("linked", {"only_point": linked.id}))
    if not senders:
        return None
    patients = [sender for sender in senders if sender.role == Role.PATIENT]
    # Two patients with one telephone: only a person can tell whose answer it is.
    sender = patients[0] if len(patients) == 1 else senders[0]
    meant = Reply.UNCLEAR if len(patients) > 1 and reply in EVENTS else reply
    sent = _Sent(sender, meant, kept.id, channel, answered)
    echo = _about_change(session, sent, inbound.body, now) if patients == [sender] else None
    return Heard(reply, sender, kept.id, echo or _act(session, sent, now))


@dataclass(frozen=True)
class _Sent:
    """Who meant what by which channel; `answered`: in answer to which message, where the provider tells."""

    sender: Person
    meant: Reply
    inbound_id: int
    channel: str
    answered: Message | None


def _about_change(session: Session, sent: _Sent, body: str, now: datetime) -> Echo | None:
    """What else a patient's text may be about; None where that is plain, or where it is about nothing we know."""
    if sent.meant is not Reply.UNCLEAR:
        return None
    kind = take_text(session, sent.sender, body, via=VIA.get(sent.channel, "sms"), now=now)
    return Echo(kind) if kind else None


def message_of(session: Session, correlation_id: str) -> Message | None:
    """The message that this attempt handed over."""
    query = select(Message).join(Delivery, Delivery.message_id == Message.id)
    return session.scalar(query.where(Delivery.correlation_id == correlation_id))


def _senders(session: Session, inbound: InboundText, answered: Message | None, kind: Kind) -> list[Person]:
    """Whoever the answered message was for; else everybody who is reached at that address."""
    if answered is None:
        return people_at(session, kind, inbound.from_address)
    return list(session.scalars(select(Person).where(Person.id == answered.recipient_id, Person.left_at.is_(None))))


def _meant(session: Session, inbound: InboundText, kind: Kind) -> Reply:
    """The provider's word on consent comes first, then what the text says."""
    if inbound.opts_out is not None:
        return Reply.OPT_OUT if inbound.opts_out else Reply.OPT_IN
    if opts_in(inbound.body) and is_stopped(session, kind, inbound.from_address):
        return Reply.OPT_IN
    return understand(inbound.body)


def _note_consent(session: Session, inbound: InboundText, kind: Kind, reply: Reply, now: datetime) -> None:
    """The address decides, whoever uses it."""
    if reply is Reply.OPT_OUT:
        opt_out(session, kind, inbound.from_address, inbound.body, now)
    if reply is Reply.OPT_IN:
        opt_in(session, kind, inbound.from_address, inbound.body, now)


def _act(session: Session, sent: _Sent, now: datetime) -> Echo | None:
    if sent.meant is Reply.OPT_OUT:
        return None  # the provider confirms it, and nothing more may be sent
    if sent.meant is Reply.OPT_IN:
        return Echo("opted_in")
    if sent.meant is Reply.HELP:
        return Echo("help")
    if sent.meant in EVENTS and sent.sender.role == Role.PATIENT:
        return _answer(session, sent, now)
    add_task(
        session,
        unique_key=f"unclear_reply:{sent.inbound_id}",
        kind=TaskKind.UNCLEAR_REPLY,
        patient_id=sent.sender.id,
        now=now,
        due_at=now + CALL_WITHIN,
        details={"inbound": sent.inbound_id},
    )
    return Echo("not_understood")


def _answer(session: Session, sent: _Sent, now: datetime) -> Echo:
    """The answer counts for every dose that was asked about together."""
    doses = _asked_about(session, sent, now)
    if not doses:
        return Echo("no_open_dose")
    event, via = EVENTS[sent.meant], VIA.get(sent.channel, "sms")
    results = [answer_dose(session, dose.id, event, actor_id=sent.sender.id, via=via, now=now) for dose in doses]
    return _echo_of(session, doses, results, sent.meant, now)


def _asked_about(session: Session, sent: _Sent, now: datetime) -> Sequence[Dose]:
    """The doses of the reminder that was answered; those last asked about where nobody tells which that was."""
    if sent.answered is None:
        return doses_last_asked_about(session, sent.sender.id, now)
    if sent.answered.purpose != Purpose.REMINDER:
        return []
    return doses_asked_about(session, sent.sender.id, from_ms(sent.answered.params["due_ms"]))


def as_it_stands(session: Session, answered: Message) -> Echo | None:
    """What is said to somebody who answers the same reminder again; None while a dose of it waits for an answer."""
    doses = doses_asked_about(session, answered.recipient_id, from_ms(answered.params["due_ms"]))
    if any(dose.state == DoseState.DUE for dose in doses):
        return None
    put_off = [dose for dose in doses if dose.state == DoseState.SNOOZED and dose.snoozed_until]
    if put_off:
        return _put_off(put_off)
    return _why_not(doses, None) if doses else Echo("no_open_dose")


def _put_off(doses: Sequence[Dose]) -> Echo:
    again = max(dose.snoozed_until for dose in doses if dose.snoozed_until)
    return Echo("snoozed", {"times": _times(doses), "again_ms": to_ms(again)})


def _echo_of(session: Session, doses: Sequence[Dose], results: Sequence[object], reply: Reply, now: datetime) -> Echo:
    kept = [dose for dose, result in zip(doses, results, strict=True) if not isinstance(result, Refused)]
    if not kept:
        return _why_not(doses, results[0])
    if reply is Reply.LATER:
        return _put_off(kept)
    return Echo(_how_noted(session, doses, kept, reply, now), {"times": _times(kept), "answer": WORDS[_state(kept[0])]})


def _how_noted(session: Session, doses: Sequence[Dose], kept: Sequence[Dose], reply: Reply, now: datetime) -> str:
    """In what words the answer is said back: what the patient has to know beside it comes first."""
    unread = [dose for dose in kept if must_check_first(dose.regimen)]
    if reply is Reply.TAKEN and unread:
        _ask_to_call(session, unread, now)
        return "noted_unread"
    if len(kept) < len(doses):
        return "noted_rest"
    return "noted_late" if kept[0].is_late else "noted"


def _ask_to_call(session: Session, doses: Sequence[Dose], now: datetime) -> None:
    """What was taken is written down whatever was read; but perhaps it was the old amount, so somebody calls."""
    for dose in doses:
        add_task(
            session,
            unique_key=f"taken_unread:{dose.id}",
            kind=TaskKind.TAKEN_UNREAD,
            patient_id=dose.patient_id,
            now=now,
            due_at=now + CALL_WITHIN,
            details={"regimen": dose.regimen.public_id, "local": f"{dose.local_on} {dose.local_time}"},
        )


def _why_not(doses: Sequence[Dose], refused: object) -> Echo:
    """What is said back when the answer changed nothing."""
    state = _state(doses[0])
    if state in WORDS:
        return Echo("already_noted", {"times": _times(doses), "answer": WORDS[state]})
    if refused == Refused(Refusal.SNOOZE_NOT_AHEAD):
        return Echo("help")  # too late for another call, not for an answer: it says what can be answered
    return Echo("no_open_dose")


def _state(dose: Dose) -> DoseState:
    return DoseState(dose.state)


def _times(doses: Sequence[Dose]) -> list[str]:
    return sorted({dose.local_time for dose in doses})


def _say_back(session: Session, sender: Person, echo: Echo, inbound_id: int, now: datetime) -> None:
    enqueue(
        session,
        unique_key=f"reply:{inbound_id}",
        purpose=Purpose.REPLY,
        recipient_id=sender.id,
        patient_id=sender.id,
        params=echo.params,
        now=now,
        expires_at=now + ECHO_VALID_FOR,
    )
