"""Basal insulin of many virtual adults, adjusted by `basal.ada_2u3d` with a doctor who approves everything at once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.case import AmountSince, Case, Dose, GlucoseReading, Patient, Plan, Regimen
from companion.advice.grammar import registry
from tests.virtual_patients.body import Adults, Columns, live, plasma_mg_dl

FIRST_MORNING = datetime(2026, 1, 1, 7, tzinfo=UTC)
A_DAY = timedelta(days=1)
GOAL_LOW, GOAL_HIGH, LOW = 80, 130, 70
DOCTOR_LOOKS_EVERY = 3
"""Days; as often as the protocol may change anything. After a low at once."""
ERROR_OF_METER = 0.05
"""Standard deviation of a finger-stick value, as a share of it; a house assumption."""

Taken = npt.NDArray[np.bool_]
"""A row a day, a column a person: whether the dose was injected."""


@dataclass
class Person:
    """What the records know of one person, kept as they come."""

    weight_kg: Decimal
    history: list[AmountSince]
    values: list[GlucoseReading] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return self.history[-1].amount

    def case(self, at: datetime) -> Case:
        insulin = Regimen("rg", "glargine", "basal_insulin", self.amount, "U", ("22:00",), self.history[-1].on)
        return Case(
            assessed_at=at,
            zone=ZoneInfo("UTC"),
            patient=Patient(Decimal(55), "f", self.weight_kg, "type2", False, Decimal(90), date(2026, 1, 1)),
            regimens=(replace(insulin, history=tuple(self.history)),),
            plan=_plan(at),
            glucose=tuple(self.values[-14:]),
            doses=tuple(self.doses[-28:]),
        )


@dataclass(frozen=True)
class Course:
    """A row a day, a column a person: units asked for, the morning's true glucose, the lowest since the day before."""

    units: Columns
    fasting: Columns
    lowest: Columns


def titrate(people: Adults, taken: Taken, *, seed: int, told: Taken | None = None) -> Course:
    """Lives through the days of `taken`, from 60 % of the need. `told`: what the records say was taken, if not that."""
    noise = np.random.default_rng(seed).normal(1, ERROR_OF_METER, taken.shape)
    told = taken if told is None else told
    start_on = FIRST_MORNING.date()
    amounts = np.floor(people.need_u_day * 0.6)
    persons = [
        Person(Decimal(str(weight)), [AmountSince(start_on, Decimal(int(amount)))])
        for weight, amount in zip(people.BW, amounts, strict=True)
    ]
    state, days = people.start(), []
    for day, injected in enumerate(taken):
        units = np.array([float(person.amount) for person in persons])
        state, lowest = live(people, state, units * injected, 1440)
        at, fasting = FIRST_MORNING + day * A_DAY, plasma_mg_dl(people, state)
        for person, measured, says_taken in zip(persons, fasting * noise[day], told[day], strict=True):
            _note(person, at, measured, says_taken=bool(says_taken))
            if day % DOCTOR_LOOKS_EVERY == 0 or measured < LOW:
                _adjust(person, at + timedelta(hours=1))
        days.append((units, fasting, lowest))
    return Course(*(np.array(rows) for rows in zip(*days, strict=True)))


def _note(person: Person, at: datetime, mg_dl: float, *, says_taken: bool) -> None:
    person.values.append(GlucoseReading(at, Decimal(max(20, min(600, round(mg_dl)))), "fasting"))
    person.doses.append(Dose("rg", at - timedelta(hours=9), "taken" if says_taken else "missed"))


def _adjust(person: Person, at: datetime) -> None:
    """What is proposed holds from today on."""
    outcome = assess(person.case(at), registry.load())
    if outcome.to_amount is not None:
        person.history.append(AmountSince(at.date(), outcome.to_amount))


def _plan(at: datetime) -> Plan:
    protocol = registry.load().get("basal.ada_2u3d")
    ends_on = at.date() + timedelta(days=30)
    targets = Decimal(GOAL_LOW), Decimal(GOAL_HIGH), Decimal(60)
    return Plan("basal.ada_2u3d", protocol.version, *targets, "Dr Virtual", ends_on)
