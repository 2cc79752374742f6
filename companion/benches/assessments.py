"""Assessments over a panel: a patient's readings fetched, and what the signed plan says about them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from sqlalchemy import Connection

from companion.advice.assessing.assessment import assess
from companion.advice.assessing.case import Outcome
from companion.advice.grammar import registry
from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, settle_memory
from companion.benches.panel_cases import NOW, PRESSURE_PLAN, TITRATION
from companion.gather import glucose_reading, pressure_reading
from companion.migrations import upgrade
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.readings.sql_rows import COLUMNS
from companion.readings.sql_store import SqlReadingStore

PANEL = 100_000
MADE = 1_000
"""So many patients' readings are appended; those of the others are copies of theirs, made row by row."""

DAYS = 14
START = NOW - timedelta(days=DAYS)
A_TURN, TURNS = 20, 100
"""Patients drawn from the panel for one side before it is the other's turn."""

AT = {
    Metric.GLUCOSE: ((7, 0), (12, 30), (18, 0), (22, 0)),
    Metric.BLOOD_PRESSURE: ((7, 0), (7, 2), (20, 0), (20, 2)),
}
"""Hour and minute of a day's four readings."""

MEALS = (Meal.FASTING, Meal.AFTER_MEAL, Meal.BEFORE_MEAL, Meal.BEDTIME)
PLANS = {Metric.GLUCOSE: "basal insulin", Metric.BLOOD_PRESSURE: "blood pressure"}


def measure(folder: Path) -> list[Figure]:
    """A panel of 100,000 patients in one SQLite file, each with 14 days of four readings a day: half of them glucose,
    half blood pressure. For 2,000 drawn of each, their readings fetched and held against gates, rules and limits;
    against the readings of as many others, fetched alone. In turns of 20, by the processor's time."""
    panel = Panel(folder / "panel.db")
    return [_figure(panel, metric) for metric in PLANS]


class Panel:
    """Patients by number: the even ones measure glucose, the odd ones blood pressure."""

    def __init__(self, path: Path, size: int = PANEL, made: int = MADE) -> None:
        engine = bench_engine(f"sqlite:///{path}")
        upgrade(engine)
        self.size = size
        self.store = SqlReadingStore(engine)
        self.registry = registry.load()
        self.store.append([reading for number in range(made) for reading in readings_of(number)])
        with engine.begin() as connection:
            for first in range(made, size, made):
                _copy(connection, first, made)

    def drawn(self, metric: Metric, dice: Random) -> list[int]:
        """A turn's patients who measure that."""
        odd = int(metric is Metric.BLOOD_PRESSURE)
        return [2 * dice.randrange(self.size // 2) + odd for _ in range(A_TURN)]

    def fetch(self, number: int, metric: Metric) -> list[Reading]:
        return self.store.between(_name(number), metric, START, NOW)

    def assess(self, number: int, metric: Metric) -> Outcome:
        readings = self.fetch(number, metric)
        if metric is Metric.GLUCOSE:
            case = replace(TITRATION, glucose=tuple(map(glucose_reading, readings)))
        else:
            case = replace(PRESSURE_PLAN, pressures=tuple(map(pressure_reading, readings)))
        return assess(case, self.registry)


def readings_of(number: int) -> list[Reading]:
    """Fasting values of 80 to 209 mg/dL, or pressures of 110 to 169 over 70 to 99 mmHg."""
    metric = Metric.BLOOD_PRESSURE if number % 2 else Metric.GLUCOSE
    return [_reading(number, metric, day, nth) for day in range(DAYS) for nth in range(len(AT[metric]))]


def _reading(number: int, metric: Metric, day: int, nth: int) -> Reading:
    hour, minute = AT[metric][nth]
    at = (NOW - timedelta(days=DAYS - 1 - day)).replace(hour=hour, minute=minute)
    own, sequence = 37 * number + 61 * day, len(AT[metric]) * day + nth
    if metric is Metric.GLUCOSE:
        value = Decimal(80 + own % 130 + 10 * nth)
        return Reading(
            _name(number), metric, at, "meter", sequence, value, "mg/dL", Kind.METER, "download", meal=MEALS[nth]
        )
    high, low = Decimal(110 + own % 60), Decimal(70 + own % 30)
    return Reading(_name(number), metric, at, "cuff", sequence, high, "mm[Hg]", Kind.CUFF, "download", low)


def _name(number: int) -> str:
    return f"p{number:06}"


def _copy(connection: Connection, first: int, made: int) -> None:
    """The rows of the patients made, once more, as those of patients from `first` on."""
    names = 2 * made  # each patient's own, and the device's
    shift = names * (first // made)
    connection.exec_driver_sql(
        "INSERT INTO reading_name (id, owner, name) SELECT id + ?, CASE owner WHEN 0 THEN 0 ELSE owner + ? END, "
        "CASE owner WHEN 0 THEN printf('p%06d', CAST(substr(name, 2) AS INTEGER) + ?) ELSE name END "
        "FROM reading_name WHERE id <= ?",
        (shift, shift, first, names),
    )
    same = ", ".join(f"device + {shift}" if name == "device" else name for name in COLUMNS if name != "patient")
    connection.exec_driver_sql(
        f"INSERT INTO reading SELECT patient + {shift}, {same} FROM reading WHERE patient <= {names}"  # noqa: S608
    )


def _figure(panel: Panel, metric: Metric) -> Figure:
    dice = Random(14)  # noqa: S311 (no secret)
    ours: list[float] = []
    baseline: list[float] = []
    settle_memory()
    for _ in range(TURNS):
        ours.append(_processor_seconds(panel.assess, panel.drawn(metric, dice), metric))
        baseline.append(_processor_seconds(panel.fetch, panel.drawn(metric, dice), metric))
    return Figure(
        f"{PLANS[metric]}: 14 days fetched and assessed, of {panel.size:,} patients",
        "assessments",
        A_TURN / median(ours),
        A_TURN / median(baseline),
        "fetching 14 days of readings alone",
        0.3,
    )


def _processor_seconds(run: Callable[[int, Metric], object], numbers: list[int], metric: Metric) -> float:
    """Of this process alone: a long turn is interrupted by others more often than a short one."""
    start = process_time()
    for number in numbers:
        run(number, metric)
    return process_time() - start
