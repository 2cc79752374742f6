"""A small world: a database brought up by the migrations, a clock that tests move, the console as the way out,
and a few people. What was said to whom, and when, is in `world.outbox`."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import pytest
from environs import Env
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from companion.advice.alarms import instructions
from companion.advice.alarms.urgent_models import Instruction
from companion.advice.deciding.acts import Act, Decision, Present
from companion.advice.deciding.review import decide
from companion.advice.models import Plan, Suggestion
from companion.arrivals import Download
from companion.care import due_work
from companion.care.consent import Misses, Scope, link
from companion.care.due_work import WorkKind
from companion.care.enrolling import add_person
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, add_regimen, revise
from companion.compose.batch import contacts_of
from companion.db import make_engine, reading, writing
from companion.devices.ingest import DeviceIdentity
from companion.devices.profiles.assigned_numbers import GLUCOSE_CONTEXT, GLUCOSE_MEASUREMENT
from companion.devices.records.device_time import ClockReading
from companion.devices.records.payloads import RawPayload
from companion.flows import TakenIn, take_in
from companion.gather import Evidence, gather
from companion.messages.channel import InboundText
from companion.migrations import upgrade
from companion.readings.reading import Metric, Reading
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.doses.replies import Reply
from companion.replies import take_reply
from companion.services import Services, build_services
from companion.settings import Settings, load_settings
from companion.waiting import is_anything_due
from tests.empty_database import copy_empty_database, first_days
from tests.people import stand_for

START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
"""A Wednesday morning, 10:30 in Berlin: the clocks there change on 29 March."""

AN_HOUR = timedelta(hours=1)
METER = DeviceIdentity("METER:0001", "glucose", "Meter")

T = TypeVar("T")


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


class Said(NamedTuple):
    """One text as it left, and the instant of the beat by which it left."""

    at: datetime
    to: str
    text: str


def environment(folder: Path, *, separate_readings: bool = False) -> dict[str, str]:
    """The settings of a world in that folder, as environment variables."""
    chosen = {
        "COMPANION_DATABASE_URL": f"sqlite:///{folder / 'companion.db'}",
        "COMPANION_SECRET_KEY": "k" * 40,
        "COMPANION_CONSOLE_OUTBOX": str(folder / "outbox.jsonl"),
        "COMPANION_CLINIC_PHONE": "+4930123456",
        "COMPANION_VAPID_KEY_FILE": str(folder / "vapid.pem"),
        "COMPANION_AUDIT_KEY_FILE": str(folder / "audit.key"),
        "COMPANION_AUDIT_ANCHOR_KEY_FILE": str(folder / "anchor.pem"),
        "COMPANION_MASTER_KEY_FILE": str(folder / "master.key"),
    }
    if separate_readings:
        chosen["COMPANION_READINGS_URL"] = f"sqlite:///{folder / 'readings.db'}"
    return chosen


def _settings(chosen: dict[str, str]) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in chosen.items():
            patch.setenv(name, value)
        return load_settings(Env())


class World:
    """Anna takes basal insulin; Dr. Roth treats her; her son Ben hears of missed doses and readings, her neighbour
    Cora of missed doses only. Dr. Stern is a doctor of somebody else."""

    def __init__(
        self,
        folder: Path,
        *,
        starts_at: datetime = START,
        zone: str = "Europe/Berlin",
        separate_readings: bool = False,
        readings_url: str = "",
        database_url: str = "",
    ) -> None:
        """`database_url` leads to an empty database on a server, in place of the file in the folder."""
        self.folder, self.zone = folder, ZoneInfo(zone)
        self.environment = environment(folder, separate_readings=separate_readings)
        if readings_url:
            self.environment["COMPANION_READINGS_URL"] = readings_url
        is_new = not (folder / "companion.db").exists()
        elsewhere = bool(database_url or readings_url or separate_readings)
        is_usual = (starts_at, zone) == (START, "Europe/Berlin") and not elsewhere
        has_people = not is_new or (is_usual and first_days.copy(type(self), folder))
        if database_url:
            self.environment["COMPANION_DATABASE_URL"] = database_url
            upgrade(make_engine(database_url))
        elif not has_people:
            copy_empty_database(folder)
        self.clock = MovableClock(starts_at)
        self.settings = _settings(self.environment)
        self.services: Services = build_services(self.settings, self.clock)
        self.engine, self.stores = self.services.engine, self.services.stores
        self.outbox: list[Said] = []
        self._sequence = 0
        if not has_people:
            self._add_people()
            if is_usual:
                self.engine.dispose()
                first_days.keep(type(self), folder)
        # In the order in which they came: one of them may have lost the name since.
        self.anna, self.doctor, self.ben, self.cora, self.stranger, self.other_doctor = self.all(Person)[:6]

    def _add_people(self) -> None:
        with writing(self.engine) as session:
            anna = self.add(session, Role.PATIENT, "Anna Berg", "+491700000001")
            doctor = self.add(session, Role.CLINICIAN, "Dr. Roth", None)
            ben = self.add(session, Role.CAREGIVER, "Ben Berg", "+491700000002")
            cora = self.add(session, Role.CAREGIVER, "Cora Nord", "+491700000003")
            self.add(session, Role.CAREGIVER, "Dirk Fremd", "+491700000004")
            self.add(session, Role.CLINICIAN, "Dr. Stern", None)
            self.link(session, anna, doctor, Scope.CARE)
            self.link(session, anna, ben, Scope.MISSED_DOSES)
            self.link(session, anna, ben, Scope.READINGS)
            self.link(session, anna, cora, Scope.MISSED_DOSES)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def local(self, text: str) -> datetime:
        """The instant at which the clock on Anna's wall shows "2026-03-08 08:00"."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)

    def add(self, session: Session, role: Role, name: str, phone: str | None) -> Person:
        """Somebody new, here since sixty days."""
        return add_person(
            session,
            role=role,
            name=name,
            phone=phone,
            zone=self.zone.key,
            birth_on=date(1956, 5, 1) if role is Role.PATIENT else None,
            sex="male" if role is Role.PATIENT else None,
            now=self.now - timedelta(days=60),
        )

    def link(self, session: Session, patient: Person, member: Person, scope: Scope) -> None:
        """Opens the patient to the member, since sixty days. All caregivers hear of every miss, and together."""
        came = self.now - timedelta(days=60)
        opened = link(session, patient=patient, member=member, scope=scope, noted_by=member, now=came)
        opened.position, opened.misses = 1, Misses.EVERY.value

    # What the clinic does

    def prescribe(
        self,
        *,
        times: tuple[str, ...] = ("08:00",),
        amount: str = "16",
        days_ago: int = 30,
        public_id: str = "rg_insulin",
        drug: str = "Glargine",
        drug_class: str = "basal_insulin",
        unit: str = "U",
        grace_minutes: int = 60,
        rule: dict[str, Any] | None = None,
    ) -> Regimen:
        """A medicine in Dr. Roth's name, in force since so many days ago; its doses are planned from now on."""
        since = self.now - timedelta(days=days_ago)
        with writing(self.engine) as session:
            regimen = add_regimen(
                session,
                public_id=public_id,
                patient=self.anna,
                drug=drug,
                drug_class=drug_class,
                unit=unit,
                grace_minutes=grace_minutes,
                now=since,
            )
            regimen.planned_until = self.now
            self.revise(session, regimen, amount, rule or {"kind": "daily", "times": list(times)}, since)
            due_work.put_off(session, WorkKind.PLAN, regimen.id, self.now)
        return regimen

    def revise(
        self, session: Session, regimen: Regimen, amount: str, rule: dict[str, Any], effective_at: datetime
    ) -> None:
        """What the doctor's editor does."""
        revise(
            session,
            regimen,
            by=self.doctor,
            amount=Decimal(amount),
            rule=rule,
            start_on=effective_at.astimezone(self.zone).date(),
            end_on=None,
            reason="as agreed",
            now=effective_at,
            effective_at=effective_at,
        )

    def note_facts(self, **changed: str | None) -> None:
        """What the protocol asks about a patient. Facts given as None stay unknown."""
        known: dict[str, str | None] = {
            "diabetes_type": "type2",
            "weight_kg": "80",
            "egfr": "80",
            "drug_list_confirmed": "yes",
        } | changed
        with writing(self.engine) as session:
            for kind, value in known.items():
                if value is not None:
                    note_fact(
                        session,
                        patient=self.anna,
                        kind=FactKind(kind),
                        value=value,
                        measured_on=self.today - timedelta(days=10),
                        noted_by=self.doctor,
                        now=self.now,
                    )

    def sign_plan(self, regimen: Regimen, **changed: Any) -> Plan:
        """The basal protocol for that medicine, goal 80-130 mg/dL, at most 60 U, 80 days still to run. Dr. Roth stands
        for the protocol's text."""
        known = self.stores.registry
        protocol = known.protocols.get(changed.get("protocol", ""), known.get("basal.ada_2u3d"))
        values: dict[str, Any] = {
            "patient_id": self.anna.id,
            "regimen_id": regimen.id,
            "protocol": protocol.id,
            "version": protocol.version,
            "protocol_hash": self.stores.registry.digests[protocol.id],
            "target_low": Decimal(80),
            "target_high": Decimal(130),
            "max_daily": Decimal(60),
            "signed_by": self.doctor.id,
            "signed_at": self.now - timedelta(days=5),
            "ends_on": self.today + timedelta(days=80),
        }
        with writing(self.engine) as session:
            stand_for(session, self.stores.registry, protocol.id, self.doctor, self.now)
            plan = Plan(**values | changed)
            session.add(plan)
        return plan

    def log_doses(self, regimen: Regimen, *states: DoseState) -> None:
        """Doses of the days before today, at 08:00, the last state yesterday's."""
        with writing(self.engine) as session:
            for days_ago, state in enumerate(reversed(states), start=1):
                day = self.today - timedelta(days=days_ago)
                due_at = datetime.combine(day, time(8), self.zone).astimezone(UTC)
                session.add(
                    Dose(
                        patient_id=self.anna.id,
                        regimen_id=regimen.id,
                        revision_id=regimen.revisions[-1].id,
                        local_on=day,
                        local_time="08:00",
                        slot=480,
                        due_at=due_at,
                        window_ends_at=due_at + timedelta(hours=1),
                        amount=Decimal(16),
                        state=state.value,
                        reminders=1,
                        tzdata="test",
                    )
                )

    def titration(self, **changed: Any) -> tuple[Regimen, Plan]:
        """Everything an increase of 16 U needs but the fasting values: facts, doses taken, a signed plan."""
        regimen = self.prescribe()
        self.note_facts()
        self.log_doses(regimen, *[DoseState.TAKEN] * 14)
        return regimen, self.sign_plan(regimen, **changed)

    def sign_instructions(self) -> None:
        """Dr. Roth signs every text that comes with the product."""
        with writing(self.engine) as session:
            for about in instructions.ABOUT:
                texts = instructions.shipped_texts(about)
                made = instructions.draft(
                    session, about, texts, contacts_of(self.settings), by=self.doctor, now=self.now
                )
                instructions.sign(session, made, by=self.doctor, now=self.now)

    def withdraw_instructions(self) -> None:
        """She takes all of them back."""
        with writing(self.engine) as session:
            for made in session.scalars(select(Instruction)).unique():
                instructions.withdraw(made, by=self.doctor, now=self.now)

    # What the meter and the telephone do

    def payloads(self, mg_dl: int, at: datetime, meal: int | None = None) -> list[RawPayload]:
        """One record of Anna's meter, with its context if there is a meal; the meter's clock is right."""
        self._sequence += 1
        local = at.astimezone(self.zone).replace(tzinfo=None)
        record = glucose_bytes(self._sequence, local, mg_dl, context_follows=meal is not None)
        found = [RawPayload(GLUCOSE_MEASUREMENT, record, self.now)]
        if meal is not None:
            found.append(RawPayload(GLUCOSE_CONTEXT, context_bytes(self._sequence, meal), self.now))
        return found

    def download(
        self, payloads: Iterable[RawPayload], clock: ClockReading | None = None, *, is_complete: bool = True
    ) -> TakenIn:
        """The payloads, as the hub brings them."""
        right = ClockReading(self.now.astimezone(self.zone).replace(tzinfo=None), self.now)
        arrival = Download(self.anna.id, METER, list(payloads), clock or right, is_complete=is_complete)
        return take_in(self.stores, arrival, self.now)

    def measure(self, mg_dl: int, *, hours_ago: float = 0, meal: int | None = None) -> TakenIn:
        """One value, taken in."""
        return self.download(self.payloads(mg_dl, self.now - timedelta(hours=hours_ago), meal))

    def fasting_payloads(self, *mg_dl: int) -> list[RawPayload]:
        """Labelled fasting values of the last mornings at this time of day, the last one today's."""
        last = len(mg_dl) - 1
        days = [self.now - timedelta(days=last - n, hours=3) for n in range(len(mg_dl))]
        return [p for value, at in zip(mg_dl, days, strict=True) for p in self.payloads(value, at, FASTING)]

    def fast(self, *mg_dl: int) -> TakenIn:
        """The same, taken in."""
        return self.download(self.fasting_payloads(*mg_dl))

    def text(self, body: str, person: Person | None = None, provider_id: str | None = None) -> Reply | None:
        """Somebody answers by SMS; Anna, if nobody is named."""
        self._sequence += 1
        phone = (person or self.anna).phone or ""
        inbound = InboundText(provider_id or f"in-{self._sequence}", phone, body, None)
        return take_reply(self.engine, inbound, "console", self.now)

    # What the jobs process does

    def beat(self) -> list[Said]:
        """One heartbeat; gives the texts that left."""
        self.services.beat(self.now)
        lines = self.outbox_lines()[len(self.outbox) :]
        left = [Said(self.now, line["to"], line["text"]) for line in lines]
        self.outbox += left
        return left

    def beat_until(self, end: datetime, step: timedelta = timedelta(minutes=5)) -> list[Said]:
        """Beats at `end`, and before it at every step at which something is due, or an hour went by."""
        left, last = [], self.now
        while self.now < end:
            self.clock.instant = min(self.now + step, end)
            if self.now == end or self.now >= last + AN_HOUR or is_anything_due(self.engine, self.now):
                left += self.beat()
                last = self.now
        return left

    def outbox_lines(self) -> list[dict[str, str]]:
        """The console's file."""
        path = self.settings.console_outbox
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    # What the doctor sees and does

    def evidence(self, suggestion: Suggestion) -> Evidence:
        """What stands behind the suggestion now: the digest of the page."""
        with writing(self.engine) as session:
            return self.evidence_within(session, suggestion)

    def evidence_within(self, session: Session, suggestion: Suggestion) -> Evidence:
        """The same, in a transaction of the test."""
        plan = session.get_one(Plan, suggestion.plan_id)
        return gather(session, self.stores.readings, self.stores.registry, plan, self.now, reviewing=suggestion.id)

    def act(self, suggestion: Suggestion, decision: Decision = Decision.APPROVED, **changed: Any) -> Act:
        """An act on the screen as it is now, the password just typed."""
        return replace(Act(decision, self.evidence(suggestion).digest, self.now), **changed)

    def present(self, seen: Evidence) -> Present:
        """The evidence as a decision takes it."""
        protocol = self.stores.registry.get(seen.case.plan.protocol)
        return Present(seen.outcome, seen.digest, seen.case, protocol)

    def decide(self, suggestion: Suggestion, act: Act, by: Person | None = None) -> None:
        """The decision, as the doctor's page makes it: gathered and decided in one transaction."""
        with writing(self.engine) as session:
            seen = self.evidence_within(session, suggestion)
            present = self.present(seen)
            decide(session, suggestion.id, by=by or self.doctor, act=act, present=present, now=self.now)

    # What is in the database

    def all(self, model: type[T], **where: Any) -> list[T]:
        """Every row of that kind, in the order of its making."""
        table: Any = model
        with reading(self.engine) as session:
            return list(session.scalars(select(table).filter_by(**where).order_by(*inspect(table).primary_key)))

    def only(self, model: type[T], **where: Any) -> T:
        """The one row there is."""
        (row,) = self.all(model, **where)
        return row

    def readings(self, metric: Metric = Metric.GLUCOSE) -> list[Reading]:
        """Every reading of Anna."""
        far = timedelta(days=3650)
        return self.stores.readings.between(self.anna.public_id, metric, self.now - far, self.now + far)


FASTING, BEFORE_MEAL, KETONE = 3, 1, 6
"""Meals of a glucose context; the last is a meter maker's own mark for a ketone."""


def glucose_bytes(
    sequence: int, local: datetime, mg_dl: int, *, context_follows: bool = False, sample: int = 0x11
) -> bytes:
    """A Glucose Measurement in kg/L without a time offset; `sample`: type in the low, location in the high half."""
    flags = 0x02 | (0x10 if context_follows else 0)
    return (
        bytes([flags])
        + sequence.to_bytes(2, "little")
        + local.year.to_bytes(2, "little")
        + bytes([local.month, local.day, local.hour, local.minute, local.second])
        + (0xB000 | mg_dl).to_bytes(2, "little")  # SFLOAT: mg/dL x 10^-5 kg/L
        + bytes([sample])
    )


def context_bytes(sequence: int, meal: int) -> bytes:
    """A Glucose Measurement Context that says nothing but the meal."""
    return bytes([0x02]) + sequence.to_bytes(2, "little") + bytes([meal])
