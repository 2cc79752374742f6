"""The two ways through the house: bytes to a suggestion (`take_in`), and schedule to caregiver (`keep_time`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from companion.advice.deciding.decision_codes import Ended
from companion.advice.deciding.filing import SuggestionState, close, file, look_again, waiting_under
from companion.advice.grammar.protocol import Registry
from companion.advice.models import Plan, Suggestion
from companion.advice.quality import shadow
from companion.approved.looking_after import look_after_changes, look_after_withdrawals
from companion.arrivals import Arrival
from companion.care import due_work
from companion.care.due_days import keep_days
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, get_regimen, in_force
from companion.care.tasks import TaskKind, add_task
from companion.clock import Clock
from companion.counters import KNOWN, NEW, REFUSED, VALUES_IN
from companion.crash_points import Point, reached
from companion.db import writing
from companion.devices import ingest
from companion.devices.ingest import NewIntake
from companion.devices.records.payloads import Batch
from companion.doctors_told import tell_doctors
from companion.errors import BadInput, Closed, Unavailable
from companion.gather import gather, would_say
from companion.group_commit import write
from companion.linking import link_new
from companion.messages.composed import Compose
from companion.messages.dispatch import dispatch
from companion.messages.ways_out import WaysOut
from companion.panel.keeping import work_out_anew
from companion.programme.care_plans.looking_after import look_after_care_plans
from companion.readings.batch import ReadingBatch
from companion.readings.ledger import settle
from companion.readings.store import ReadingStore
from companion.reminders.supply.refills import look_at_supplies
from companion.reminders.telling.daily_digest import send_digests
from companion.reminders.telling.sweep import sweep
from companion.urgency.escalating import look_after_tasks
from companion.urgency.raising import raise_urgent

log = structlog.get_logger()

DISPATCH_LIMIT = 2_000
"""Messages a beat; what is left waits for the next one, a few seconds later."""


@dataclass(frozen=True)
class Stores:
    """Where things are kept, and the protocols that may run. `is_read_only` while the readings are being moved."""

    engine: Engine
    readings: ReadingStore
    registry: Registry
    is_read_only: bool = False

    def check_open(self) -> None:
        """Raises Closed while no reading may be added or erased. Asked before the first row is written."""
        if self.is_read_only:
            raise Closed


class TakenIn(NamedTuple):
    """What became of one download, upload or typed reading. `new` and `known` are durable."""

    intake: str
    new: int
    known: int
    refused: int
    needs_assessment: bool = False


# Bytes to suggestion


def take_in(stores: Stores, arrival: Arrival, now: datetime) -> TakenIn:
    """Readings in, durable when this returns; what was new is assessed at once.

    What is due is written before the append and cleared after the assessment: killed anywhere between, the
    patient is assessed by the jobs process, and the same bytes sent again add nothing.
    """
    taken = keep(stores, arrival, now)
    reached(Point.TAKE_IN_AFTER_APPEND)
    if taken.needs_assessment:
        assess_patient(stores, arrival.patient_id, now)
    return taken


def keep(stores: Stores, arrival: Arrival, now: datetime) -> TakenIn:
    """Decodes, dates and stores; durable when this returns. Assessing is left due."""
    stores.check_open()
    patient = ingest.get_owner(stores.engine, arrival.patient_id, arrival.device)
    # Decoding comes before the write lock is taken: while one worker writes, another decodes.
    intake, batch = arrival.open(stores.engine, patient, now)
    reached(Point.TAKE_IN_BEFORE_LEDGER)
    entered = write(stores.engine, partial(_enter, stores, arrival, intake, batch, now))
    reached(Point.TAKE_IN_AFTER_LEDGER)
    if not entered.with_readings:
        _append(stores.readings, entered.readings, batch)
        write(stores.engine, partial(arrival.close, intake=intake, batch=batch, now=now))
    known = len(batch.incoming) - entered.unseen
    taken = TakenIn(intake.public_id, entered.unseen, known, len(batch.refused), entered.needs_assessment)
    _count(taken)
    return taken


def _count(taken: TakenIn) -> None:
    """For Prometheus."""
    for end, n in ((NEW, taken.new), (KNOWN, taken.known), (REFUSED, taken.refused)):
        VALUES_IN.labels(end).inc(n)


class _Entered(NamedTuple):
    """What a transaction of the records' database took in: `with_readings`, if they are kept there, too."""

    readings: ReadingBatch
    unseen: int
    with_readings: bool

    @property
    def needs_assessment(self) -> bool:
        # A store of its own may lack what the ledger knows (somebody was killed between the two): look each time.
        return self.unseen > 0 or not self.with_readings


def _enter(
    stores: Stores, arrival: Arrival, intake: NewIntake, batch: Batch, now: datetime, connection: Connection
) -> _Entered:
    readings, unseen = settle(connection, arrival.patient_id, batch.incoming)
    intake_id = ingest.add_intake(connection, intake, readings, new=unseen)
    ingest.quarantine(connection, arrival.patient_id, intake_id, batch.refused, now)
    entered = _Entered(readings, unseen, with_readings=stores.readings.joins(connection))
    if entered.needs_assessment:
        due_work.put_off_within(connection, WorkKind.ASSESS, arrival.patient_id, now)
    if entered.with_readings:
        _append(stores.readings, readings, batch, within=connection)
        arrival.close(connection, intake, batch, now)
    return entered


def _append(store: ReadingStore, readings: ReadingBatch, batch: Batch, within: Connection | None = None) -> None:
    """Every record gets its place, also one whose place is held by a record with other bytes."""
    if store.append(readings, within).known:
        store.append(ingest.clashing(store, readings, batch, within), within)


def assess_patient(stores: Stores, patient_id: int, now: datetime) -> None:
    """Raises what is urgent, and runs every signed plan of the patient. One transaction; safe to repeat.

    What two sources tell of one measurement is linked before, so that it counts once.
    """
    link_new(stores.engine, stores.readings, patient_id, now)
    with writing(stores.engine) as session:
        # One assessment of a patient at a time: two would make the same tasks, and one of them would fail.
        patient = session.get_one(Person, patient_id, with_for_update={"key_share": True})
        generation = due_work.generation_of(session, WorkKind.ASSESS, patient_id)
        if patient.left_at is not None:
            # What still came in of somebody who is gone is kept, and alarms nobody.
            due_work.finish(session, WorkKind.ASSESS, patient_id, generation)
            return
        plans = running_plans(session, patient_id, now)
        raise_urgent(session, stores.readings, patient, plans, now)
        for plan in plans:
            run_plan(session, stores, plan, now)
        _run_in_shadow(session, stores, plans, patient, now)
        reached(Point.TAKE_IN_AFTER_ASSESSMENT)
        if generation is not None:
            due_work.finish(session, WorkKind.ASSESS, patient_id, generation)
    reached(Point.TAKE_IN_AFTER_CLEARING)


def running_plans(session: Session, patient_id: int, now: datetime) -> list[Plan]:
    """The plans nobody stopped; one that is past its end still runs into a hold that says so."""
    query = select(Plan).where(Plan.patient_id == patient_id, Plan.stopped_at.is_(None)).order_by(Plan.id)
    return list(session.scalars(query))


def run_plan(session: Session, stores: Stores, plan: Plan, now: datetime) -> None:
    """One assessment of one plan, filed. A question about missed doses becomes a task for the clinic."""
    regimen = session.get_one(Regimen, plan.regimen_id)
    if in_force(regimen, now) is None or regimen.stopped_at is not None:
        return
    waiting = next((each.id for each in waiting_under(session, plan)), None)
    try:
        evidence = gather(session, stores.readings, stores.registry, plan, now, reviewing=waiting)
    except BadInput as bad:
        # A plan that this version cannot run (its protocol is gone) may hold up neither readings nor alarms.
        log.warning("plan cannot run", plan=plan.id, reason=str(bad))
        if waiting is not None:
            close(session, waiting, SuggestionState.SUPERSEDED, now, because=Ended.PLAN_CANNOT_RUN)
        _ask_clinic(session, plan, TaskKind.PLAN_ENDED, now)
        return
    file(
        session,
        plan=plan,
        outcome=evidence.outcome,
        snapshot=evidence.snapshot,
        digest=evidence.digest,
        base=_present_dose(session, evidence.outcome.regimen, now),
        signature_id=evidence.signature.id if evidence.signature else None,
        now=now,
    )
    asks = evidence.outcome.asks
    if "renew_plan" in asks or any(reason.code == "no_plan_step" for reason in evidence.outcome.reasons):
        _ask_clinic(session, plan, TaskKind.PLAN_ENDED, now)
    # Whether doses are missed is worth a call only once there are values that could ask for more.
    if "adherence_review" in asks and "insufficient_data" not in asks:
        _ask_clinic(session, plan, TaskKind.ADHERENCE_REVIEW, now)


def _run_in_shadow(session: Session, stores: Stores, plans: list[Plan], patient: Person, now: datetime) -> None:
    """What protocols on trial would have said, for their report alone: no suggestion, no task, no message."""
    today = now.astimezone(ZoneInfo(patient.zone)).date()
    for trial in shadow.running(session, stores.registry, today) if plans else ():
        for plan in plans:
            if shadow.is_made_for(trial, plan, stores.registry) and plan.regimen.stopped_at is None:
                waiting = next((each.id for each in waiting_under(session, plan)), None)
                try:
                    outcome = would_say(
                        session, stores.readings, stores.registry, plan, trial.protocol, now, reviewing=waiting
                    )
                except BadInput as bad:
                    log.warning("trial cannot run", trial=trial.id, plan=plan.id, reason=str(bad))
                else:
                    shadow.keep(session, trial, plan, outcome, today, now)


def _present_dose(session: Session, regimen_id: str | None, now: datetime) -> RegimenRevision | None:
    """What is taken of the medicine that an outcome is about, if it is about one."""
    return in_force(get_regimen(session, regimen_id), now) if regimen_id else None


def _ask_clinic(session: Session, plan: Plan, kind: TaskKind, now: datetime) -> None:
    """One task a week and plan, however often it is assessed."""
    patient = session.get_one(Person, plan.patient_id)
    week = now.astimezone(ZoneInfo(patient.zone)).date().isocalendar()
    add_task(
        session,
        unique_key=f"{kind.value}:{plan.id}:{week.year}-{week.week}",
        kind=kind,
        patient_id=plan.patient_id,
        now=now,
        due_at=now + timedelta(days=2),
        details={"regimen": session.get_one(Regimen, plan.regimen_id).public_id},
    )


# Schedule to caregiver


def keep_time(stores: Stores, ways: WaysOut, compose: Compose, clock: Clock, ahead: timedelta) -> None:
    """One beat: what is due is looked at, what was left half-done is finished, what waits to leave leaves."""
    keep_days(stores.engine, clock(), ahead)
    sweep(stores.engine, clock(), ahead, ways.kinds)
    _look_at_readings(stores, clock())
    look_after_tasks(stores.engine, clock())
    look_after_changes(stores.engine, clock())
    look_after_withdrawals(stores.engine, clock())
    look_at_supplies(stores.engine, clock())
    look_after_care_plans(stores.engine, clock())
    send_digests(stores.engine, clock())
    tell_doctors(stores.engine, clock())
    dispatch(stores.engine, ways, compose, clock, DISPATCH_LIMIT)


def _look_at_readings(stores: Stores, now: datetime) -> None:
    """What needs readings. While their store does not answer it stays due, and messages leave all the same."""
    try:
        finish_assessments(stores, now)
        look_after_suggestions(stores, now)
        work_out_anew(stores.engine, stores.readings, now)
    except Unavailable as away:
        log.warning("readings cannot be reached; assessments stay due", reason=str(away))


def finish_assessments(stores: Stores, now: datetime) -> int:
    """Assesses every patient whose readings were taken in by a process that died before it could."""
    return due_work.one_by_one(
        stores.engine, WorkKind.ASSESS, now, 100, lambda patient_id: assess_patient(stores, patient_id, now)
    )


def look_after_suggestions(stores: Stores, now: datetime) -> int:
    """Suggestions past their time expire; the others are held against what is known now."""

    def look(suggestion_id: int) -> None:
        with writing(stores.engine) as session:
            _look_at_suggestion(session, stores, suggestion_id, now)

    return due_work.one_by_one(stores.engine, WorkKind.SUGGESTION, now, 100, look)


def _look_at_suggestion(session: Session, stores: Stores, suggestion_id: int, now: datetime) -> None:
    suggestion = session.get_one(Suggestion, suggestion_id)
    session.get_one(Person, suggestion.patient_id, with_for_update={"key_share": True})
    session.refresh(suggestion)
    if suggestion.state != SuggestionState.PENDING:
        due_work.finish(session, WorkKind.SUGGESTION, suggestion_id)
    elif now >= suggestion.expires_at:
        close(session, suggestion_id, SuggestionState.EXPIRED, now, because=Ended.TIME_OVER)
    else:
        run_plan(session, stores, session.get_one(Plan, suggestion.plan_id), now)
        session.refresh(suggestion)
        if suggestion.state == SuggestionState.PENDING:
            look_again(session, suggestion, now)
