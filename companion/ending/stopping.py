"""What runs for a patient, and stopping it: nothing comes in for them any more, and nothing goes out."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from companion.advice.deciding.decision_codes import Ended
from companion.advice.deciding.filing import SuggestionState, close
from companion.advice.models import Plan, Suggestion
from companion.care.consent import CareLink
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import Alert, Task
from companion.devices.models import Hub
from companion.messages.models import Message, MessageState
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.feeds import CalendarFeed

WAITING = (DoseState.PLANNED.value, DoseState.DUE.value, DoseState.SNOOZED.value)
VIA = "ending"


@dataclass(frozen=True)
class Running:
    """The rows of one patient that are still at work, by their ids."""

    medicines: list[int]
    doses: list[int]
    plans: list[int]
    suggestions: list[int]
    messages: list[int]
    alerts: list[int]
    tasks: list[int]
    links: list[int]
    hubs: list[int]
    feeds: list[int]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}


def what_runs(session: Session, patient_id: int, now: datetime) -> Running:
    """All that `stop` will stop."""
    about = or_(Message.patient_id == patient_id, Message.recipient_id == patient_id)
    later = or_(CareLink.ends_at.is_(None), CareLink.ends_at > now)

    def ids(query: Select[int]) -> list[int]:
        return list(session.scalars(query))

    return Running(
        medicines=ids(select(Regimen.id).where(Regimen.patient_id == patient_id, Regimen.stopped_at.is_(None))),
        doses=ids(select(Dose.id).where(Dose.patient_id == patient_id, Dose.state.in_(WAITING))),
        plans=ids(select(Plan.id).where(Plan.patient_id == patient_id, Plan.stopped_at.is_(None))),
        suggestions=ids(
            select(Suggestion.id).where(
                Suggestion.patient_id == patient_id, Suggestion.state == SuggestionState.PENDING.value
            )
        ),
        messages=ids(select(Message.id).where(about, Message.state == MessageState.OPEN.value)),
        alerts=ids(select(Alert.id).where(Alert.patient_id == patient_id, Alert.state == "open")),
        tasks=ids(select(Task.id).where(Task.patient_id == patient_id, Task.done_at.is_(None))),
        links=ids(select(CareLink.id).where(CareLink.patient_id == patient_id, later)),
        hubs=ids(select(Hub.id).where(Hub.patient_id == patient_id, Hub.revoked_at.is_(None))),
        feeds=ids(
            select(CalendarFeed.id).where(CalendarFeed.patient_id == patient_id, CalendarFeed.revoked_at.is_(None))
        ),
    )


def stop(session: Session, patient: Person, now: datetime) -> Running:
    """No sign-in, no hub, no suggestion, no plan, no reminder, no message, nobody who may see; in one transaction, in
    which the caller holds the patient. Tells what it stopped.

    A suggestion that waits is taken back: there is nobody left to decide on.
    """
    patient.left_at = patient.left_at or now
    running = what_runs(session, patient.id, now)
    for suggestion_id in running.suggestions:
        close(session, suggestion_id, SuggestionState.SUPERSEDED, now, because=Ended.PATIENT_LEFT)
    _cancel_doses(session, running.doses, now)
    _set(session, Regimen, running.medicines, stopped_at=now)
    _set(session, Plan, running.plans, stopped_at=now)
    _set(session, Hub, running.hubs, revoked_at=now)
    _set(session, CalendarFeed, running.feeds, revoked_at=now)
    _set(session, CareLink, running.links, ends_at=now)
    _set(session, Alert, running.alerts, state="closed", closed_at=now)
    _set(session, Task, running.tasks, done_at=now)
    withdraw(session, running.messages)
    _no_other_way(session, patient.id)
    return running


def withdraw(session: Session, messages: list[int]) -> None:
    """They are not sent any more."""
    _set(session, Message, messages, state=MessageState.CANCELLED.value, lease_until=None, fallback_at=None)


def _no_other_way(session: Session, patient_id: int) -> None:
    """What went out and was not confirmed is not tried by another way."""
    waiting = Message.patient_id == patient_id, Message.fallback_at.is_not(None)
    session.execute(
        update(Message).where(*waiting).values(fallback_at=None).execution_options(synchronize_session=False)
    )


def _cancel_doses(session: Session, dose_ids: list[int], now: datetime) -> None:
    """Those that nobody answered; where somebody was told already, history says why."""
    for dose in session.scalars(select(Dose).where(Dose.id.in_(dose_ids))):
        if dose.state != DoseState.PLANNED:
            session.add(DoseEvent(dose_id=dose.id, event=DoseState.CANCELLED.value, at=now, via=VIA))
        dose.state = DoseState.CANCELLED.value


def _set(session: Session, table: Any, ids: list[int], **values: Any) -> None:
    if ids:
        changed = update(table).where(table.id.in_(ids)).values(**values)
        session.execute(changed.execution_options(synchronize_session=False))
