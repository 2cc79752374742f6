"""Readings in an InfluxDB: 1.x and 2.x, by the routes that all its versions share.

The server overwrites a point without a word, so nothing here relies on the order of writes: what is there is looked
up first, and only what is new is written. Appends of one patient come one after the other within a process.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from threading import Lock

from sqlalchemy import Connection

from companion.clock import MILLISECOND, from_ms, to_ms
from companion.crash_points import Point, reached
from companion.errors import BadInput, Unavailable
from companion.readings import influx_lines
from companion.readings.digest import ReadingsDigest
from companion.readings.influx_lines import COLUMNS, FIRST_NS, KEY_COLUMNS, LAST_NS, REACH_NS, KnownPoint, earliest_ns
from companion.readings.influx_server import InfluxServer, Version
from companion.readings.influx_url import ADVICE, parse_influx_url
from companion.readings.reading import Kind, Metric, Reading
from companion.readings.store import Appended, Capabilities, Erased, Held
from companion.readings.summaries import Summaries

LINES_A_WRITE = 5000
"""What InfluxData recommends for one request."""
APART = timedelta(days=7)
"""Readings further apart are looked up separately: what lies between them need not be fetched."""
PIECE_NS = 14 * 24 * 3600 * influx_lines.SECOND_NS
"""So much of an export is in memory at once: two weeks, 20,160 values of a sensor that measures every minute."""
ERASING = (1, 2)
"""The major versions that remove a patient at once. 3 Core documents no way, 3 Enterprise takes up to a day."""
LOCKS = 64


class InfluxReadingStore(Summaries):
    """ReadingStore over an InfluxDB. Every method may raise Unavailable; what it was asked may then be asked again."""

    def __init__(
        self, url: str, token: str = "", *, where: str = "COMPANION_READINGS_URL", must_erase: bool = True
    ) -> None:
        """`url` as in docs/influxdb.md; raises BadInput. Nothing is asked of the server yet. `must_erase` is False
        only where no patient's readings are kept."""
        self._where = where
        self._unchecked = InfluxServer(parse_influx_url(url, where), token, where)
        self._must_erase = must_erase
        self._is_checked = False
        self._locks = [Lock() for _ in range(LOCKS)]

    def capabilities(self) -> Capabilities:
        """As the server says; while it does not answer, as its URL promises: it is held to that later. Raises
        BadInput where the URL is that of another version."""
        try:
            version = self._unchecked.version()
        except Unavailable:
            return _able("InfluxDB, not reached yet", erases_patients=True)
        if why := self._unfit(version):
            raise BadInput(why, where=self._where, advice=ADVICE)
        name = "a server that is no InfluxDB" if version.major is None else f"InfluxDB {version.text}"
        return _able(name, erases_patients=version.major in ERASING)

    def _unfit(self, version: Version) -> str:
        """Why the routes of this URL are not those of that version; "" if they are."""
        is_other = (version.major, self._unchecked.url.api) in {(1, 2), (2, 1)}
        return f"{self._unchecked.url.base} is InfluxDB {version.text}" if is_other else ""

    @property
    def _server(self) -> InfluxServer:
        """The server, once it has said that it is one that may keep the readings of patients."""
        if not self._is_checked:
            version = self._unchecked.version()
            cannot_erase = self._must_erase and version.major not in ERASING
            if why := self._unfit(version) or ("what answers cannot erase one patient" if cannot_erase else ""):
                raise Unavailable(why, where="readings", advice=ADVICE)
            self._is_checked = True
        return self._unchecked

    def joins(self, connection: Connection) -> bool:
        return False

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        assert within is None, "an InfluxDB joins no transaction"
        new = 0
        for patient, metric, readings in _one_by_one(batch):
            with self._lock_of(patient):
                new += self._append(patient, metric, readings)
        return Appended(new, len(batch) - new)

    def _append(self, patient: str, metric: Metric, readings: Sequence[Reading]) -> int:
        there = [point for first, last in _spans(readings) for point in self._points(patient, metric, first, last)]
        lines = [influx_lines.line_of(*placed) for placed in influx_lines.place(readings, there)]
        reached(Point.TAKE_IN_BEFORE_COMMIT)
        for start in range(0, len(lines), LINES_A_WRITE):
            self._server.write(lines[start : start + LINES_A_WRITE])
        return len(lines)

    def between(
        self,
        patient: str,
        metric: Metric,
        start: datetime,
        end: datetime,
        within: Connection | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> list[Reading]:
        found = self._readings(patient, metric, *_around(start, end))
        there = (reading for reading in found if start <= reading.taken_at < end)
        return [reading for reading in there if kinds is None or reading.kind in kinds]

    def latest(self, patient: str, metric: Metric, count: int = 1) -> list[Reading]:
        query = influx_lines.select(patient, metric, KEY_COLUMNS, FIRST_NS, LAST_NS)
        rows = self._server.select(f"{query} ORDER BY time DESC LIMIT {count}")
        if not rows:
            return []
        # The newest points need not be the newest readings, but those begin no further back than this.
        since_ns = max(rows[-1][0] - REACH_NS, FIRST_NS)
        return self._readings(patient, metric, since_ns, LAST_NS)[: -count - 1 : -1]

    def _readings(self, patient: str, metric: Metric, first_ns: int, last_ns: int) -> list[Reading]:
        """What points between two timestamps hold, both included; in the order of the contract."""
        rows = self._server.select(influx_lines.select(patient, metric, COLUMNS, first_ns, last_ns))
        found = (influx_lines.reading_of(patient, metric, row) for row in rows)
        return sorted(found, key=lambda reading: (reading.taken_at, reading.device, reading.sequence))

    def coverage(self, patient: str, metric: Metric, start: datetime, end: datetime) -> Held:
        start_ms, end_ms = to_ms(start), to_ms(end)
        points = self._points(patient, metric, start, end)
        points = [point for point in points if start_ms <= point.taken_at_ms < end_ms]
        if not points:
            return Held(0, 0, 0, None, None)
        instants, devices = {point.taken_at_ms for point in points}, {point.device for point in points}
        return Held(len(points), len(instants), len(devices), from_ms(min(instants)), from_ms(max(instants)))

    def _points(self, patient: str, metric: Metric, start: datetime, end: datetime) -> list[KnownPoint]:
        """The points that may hold readings of that span, and some around it."""
        query = influx_lines.select(patient, metric, KEY_COLUMNS, *_around(start, end))
        return [influx_lines.point_of(row) for row in self._server.select(query)]

    def patients(self) -> Iterator[str]:
        rows = self._server.select('SHOW TAG VALUES WITH KEY = "patient"')
        for patient in sorted({influx_lines.name_of(value) for _, value in rows}):
            # The index remembers names for a while after everything under them was deleted.
            if self._has_any(patient):
                yield patient

    def _has_any(self, patient: str) -> bool:
        return any(self._next(patient, metric, FIRST_NS) is not None for metric in Metric)

    def export_patient(self, patient: str) -> Iterator[Reading]:
        for metric in Metric:
            yield from self._export(patient, metric)

    def _export(self, patient: str, metric: Metric) -> Iterator[Reading]:
        """Piece by piece, each from where the next point is."""
        start_ns = FIRST_NS
        while start_ns <= LAST_NS and (next_ns := self._next(patient, metric, start_ns)) is not None:
            start_ns = max(start_ns, next_ns - REACH_NS)
            end_ns = start_ns + PIECE_NS
            for reading in self._readings(patient, metric, start_ns, min(end_ns + REACH_NS, LAST_NS)):
                if start_ns <= earliest_ns(reading.taken_at) < end_ns:
                    yield reading
            start_ns = end_ns

    def _next(self, patient: str, metric: Metric, first_ns: int) -> int | None:
        """The timestamp of the first point from there on."""
        query = influx_lines.select(patient, metric, KEY_COLUMNS, first_ns, LAST_NS)
        rows = self._server.select(f"{query} ORDER BY time LIMIT 1")
        return rows[0][0] if rows else None

    def erase_patient(self, patient: str) -> Erased:
        digest = ReadingsDigest()
        with self._lock_of(patient):
            for reading in self.export_patient(patient):
                digest.add(reading)
            self._server.delete(influx_lines.tag(patient))
            if self._has_any(patient):
                raise Unavailable("readings are still there after they were deleted", where="readings", advice="again")
        return Erased(patient, digest.counts, digest.hexdigest())

    def _lock_of(self, patient: str) -> Lock:
        """Held while what is there is looked up and what is new is written; shared by a few patients."""
        return self._locks[hash(patient) % LOCKS]


def _able(name: str, *, erases_patients: bool) -> Capabilities:
    """There are no transactions: between a look-up and the write after it another process may write the same."""
    return Capabilities(name, erases_patients, joins_records=False, counts_exactly=False)


def _one_by_one(batch: Collection[Reading]) -> Iterator[tuple[str, Metric, list[Reading]]]:
    """The readings of each patient and metric, by time."""
    ordered = sorted(batch, key=lambda reading: (reading.patient, reading.metric, reading.taken_at))
    for (patient, metric), readings in groupby(ordered, lambda reading: (reading.patient, reading.metric)):
        yield patient, metric, list(readings)


def _spans(readings: Sequence[Reading]) -> Iterator[tuple[datetime, datetime]]:
    """Spans that hold all of them, ordered by time, and no long time without one."""
    first = last = readings[0].taken_at
    for reading in readings:
        if reading.taken_at - last > APART:
            yield first, last + MILLISECOND
            first = reading.taken_at
        last = reading.taken_at
    yield first, last + MILLISECOND


def _around(start: datetime, end: datetime) -> tuple[int, int]:
    """Timestamps, both included, between which every point of that span lies."""
    return earliest_ns(start), earliest_ns(end) + REACH_NS
