"""Writers side by side: one commit for all who wait, beside a commit for each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from companion.benches.figure import Figure, seconds, settle_memory
from companion.db import make_engine
from companion.readings.batch import ReadingBatch
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.sql_store import SqlReadingStore

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
WRITERS = (1, 4, 8)
BATCH = 20
"""What a meter brings that is read every week."""
BATCHES = 240
ROUNDS = 5

Write = Callable[[ReadingBatch], object]


def measure(folder: Path) -> list[Figure]:
    """Batches appended by threads of one process, all durable when they end; each thread for a patient of its own."""
    return [_figure(folder, writers) for writers in WRITERS]


def _figure(folder: Path, writers: int) -> Figure:
    engine = make_engine(f"sqlite:///{folder / f'{writers}.db'}")
    store = SqlReadingStore(engine)
    store.make_tables()

    def together(batch: ReadingBatch) -> None:
        store.append(batch)

    def alone(batch: ReadingBatch) -> None:
        with engine.begin() as connection:
            store.append(batch, within=connection)

    ours: list[float] = []
    baseline: list[float] = []
    settle_memory()
    for number in range(ROUNDS):
        ours.append(seconds(partial(_write_all, together, _work(f"together {number}", writers))))
        baseline.append(seconds(partial(_write_all, alone, _work(f"alone {number}", writers))))
    engine.dispose()
    return Figure(
        f"readings appended by {writers} writer{'s' * (writers > 1)} at once, batches of {BATCH}",
        "readings",
        BATCH * BATCHES / min(ours),
        BATCH * BATCHES / min(baseline),
        "the same, every batch in a transaction of its own",
        0.0,
    )


def _work(patient: str, writers: int) -> list[list[ReadingBatch]]:
    """For each writer the batches it appends."""
    return [[_batch(f"{patient} {writer}", n) for n in range(BATCHES // writers)] for writer in range(writers)]


def _write_all(write: Write, work: list[list[ReadingBatch]]) -> None:
    with ThreadPoolExecutor(len(work)) as threads:
        for done in [threads.submit(_write_each, write, batches) for batches in work]:
            done.result()


def _write_each(write: Write, batches: list[ReadingBatch]) -> None:
    for batch in batches:
        write(batch)


def _batch(patient: str, number: int) -> ReadingBatch:
    return ReadingBatch.of(_reading(patient, BATCH * number + record) for record in range(BATCH))


def _reading(patient: str, number: int) -> Reading:
    return Reading(
        patient=patient,
        metric=Metric.GLUCOSE,
        taken_at=FIRST + timedelta(minutes=30 * number),
        device="meter",
        sequence=number,
        value=Decimal(80 + number % 200),
        unit="mg/dL",
        kind=Kind.METER,
        source="bench",
        raw=b"\x02" * 13,
    )
