"""The figures of a sensor's fourteen days."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, seconds, settle_memory
from companion.clock import from_ms
from companion.errors import BadInput
from companion.migrations import upgrade
from companion.readings.counted import counted_values
from companion.readings.glucose_metrics import Glucose, metrics
from companion.readings.glucose_values import SENSOR, glucose_of
from companion.readings.glucose_variability import estimated_a1c, j_index
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.sensor_report import sensor_report
from companion.readings.sql_store import SqlReadingStore
from companion.readings.values import Values

DAYS = 14
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)
ZONE = ZoneInfo("Asia/Shanghai")
PATIENT = "bench"
ROUNDS = 9
"""Each side runs three times in each of so many turns, and its best counts; what takes seconds, once in three turns."""

AT_MOST_HALF_MORE = 1 / 1.5
"""Of the time of the baseline: as a ratio of rates."""

Run = Callable[[], object]


def measure(folder: Path) -> list[Figure]:
    """4,032 values of a five-minute sensor, against iglu-python on the same values in a DataFrame, as its documents
    use it; and against the time that fetching the rows takes alone."""
    readings = _fourteen_days()
    values = Values.of(readings)
    glucose = glucose_of(values)
    theirs = _Iglu(glucose)
    return [
        _compared(
            "mean, SD, CV, GMI, eA1C, range, J-index of 14 days",
            lambda: _plain(Glucose(glucose.taken_at_ms, glucose.mg_dl)),
            theirs.plain,
            "the same seven by iglu-python",
            10,
        ),
        _compared(
            "all figures of 14 days with MAGE and percentiles",
            lambda: sensor_report(values, ZONE, START, END),
            theirs.everything,
            "by iglu-python: the seven, LBGI, HBGI, GRI, MODD, CONGA, MAGE, episodes, percentiles, activity",
            50,
            rounds=3,
        ),
        *_page(folder, readings),
    ]


def _page(folder: Path, readings: list[Reading]) -> list[Figure]:
    """What the page does: fetch what counts, work everything out. At most half as much again as fetching readings."""
    engine = bench_engine(f"sqlite:///{folder / 'figures.db'}")
    upgrade(engine)
    store = SqlReadingStore(engine)
    store.append(readings)

    def fetch() -> list[Reading]:
        return store.between(PATIENT, Metric.GLUCOSE, START, END)

    def page() -> object:
        with Session(engine) as session:
            values = counted_values(session, store, PATIENT, Metric.GLUCOSE, START, END)
        return sensor_report(values.of_kinds(SENSOR), ZONE, START, END)

    values, alone = Values.of(fetch()), "fetching the rows alone"
    return [
        _compared(
            "a page's figures of 14 days, fetched and worked out",
            page,
            fetch,
            alone,
            AT_MOST_HALF_MORE,
        ),
        _compared("  the same, worked out alone", lambda: sensor_report(values, ZONE, START, END), fetch, alone, 0),
    ]


def _compared(name: str, ours: Run, baseline: Run, baseline_name: str, target: float, rounds: int = ROUNDS) -> Figure:
    settle_memory()
    mine, theirs = [], []
    for _ in range(rounds):
        mine += [seconds(ours) for _ in range(3)]
        theirs += [seconds(baseline) for _ in range(3 if rounds == ROUNDS else 1)]
    return Figure(name, "fortnights", 1 / min(mine), 1 / min(theirs), baseline_name, target)


def _plain(glucose: Glucose) -> tuple[object, ...]:
    """The seven, and what `metrics` works out beside them."""
    figures = metrics(glucose)
    return figures, estimated_a1c(figures), j_index(figures)


def _fourteen_days() -> list[Reading]:
    """A walk between 45 and 350 mg/dL, always the same one."""
    dice, value = random.Random(14), 140  # noqa: S311 - data for a measurement
    readings = []
    for number in range(DAYS * 288):
        value = min(350, max(45, value + dice.randint(-9, 9)))
        at = START + timedelta(minutes=5 * number, seconds=number % 3)
        readings.append(
            Reading(PATIENT, Metric.GLUCOSE, at, "sensor", number, Decimal(value), "mg/dL", Kind.CGM, "upload")
        )
    return readings


class _Iglu:
    """iglu-python over one person's values. GPL: it is here to be measured against, and in no product."""

    def __init__(self, glucose: Glucose) -> None:
        try:
            import iglu_python
            import pandas
        except ImportError:
            raise BadInput(
                "iglu-python is not installed", where="companion bench figures", advice="run `make bench`"
            ) from None
        self._iglu: Any = iglu_python
        naive = [from_ms(at).replace(tzinfo=None) for at in glucose.taken_at_ms]
        self._data: Any = pandas.DataFrame({"id": PATIENT, "time": naive, "gl": list(glucose.mg_dl)})

    def plain(self) -> list[object]:
        iglu = self._iglu
        seven = (iglu.mean_glu, iglu.sd_glu, iglu.cv_glu, iglu.gmi, iglu.ea1c, iglu.in_range_percent, iglu.j_index)
        return [figure(self._data.copy()) for figure in seven]

    def everything(self) -> list[object]:
        iglu = self._iglu
        risks = (iglu.lbgi, iglu.hbgi, iglu.gri)
        movements = (iglu.modd, iglu.conga, iglu.mage, iglu.episode_calculation)
        more = (*risks, *movements, iglu.quantile_glu, iglu.active_percent)
        return [*self.plain(), *(figure(self._data.copy()) for figure in more)]
