"""Readings from one store into another, on any two engines: brought, read back, and compared by digest.

A patient at a time. What was brought before is not brought again: a store takes every reading once. Cut off anywhere,
the copy is started again and goes on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from companion.errors import BadInput
from companion.readings.copy_journal import CopyJournal
from companion.readings.digest import ReadingsDigest
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore

AT_ONCE = 5000
"""So many readings are in memory, and in one transaction."""
EVER = datetime(1700, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Longer than any reading is old, and within what every engine can keep."""


class Proof(NamedTuple):
    """One patient's readings of one metric: how many, and the SHA-256 over them as `ReadingsDigest` makes it."""

    n: int
    sha256: str


Proofs = dict[Metric, Proof]


class Difference(NamedTuple):
    """One metric of one patient that is not the same in both stores."""

    patient: str
    metric: Metric
    source: Proof
    target: Proof


class Copied:
    """What a copy came to. `new` readings were brought by this run; `readings` are proven to be the same in both."""

    def __init__(self) -> None:
        self.patients = self.readings = self.new = self.passed_over = self.erased = 0
        self.differences: list[Difference] = []


NOTHING = Proof(0, ReadingsDigest().hexdigest())


class _Proving:
    """Proofs that grow with every reading."""

    def __init__(self) -> None:
        self._of: defaultdict[Metric, ReadingsDigest] = defaultdict(ReadingsDigest)

    def add(self, readings: Iterable[Reading]) -> "_Proving":
        for reading in readings:
            self._of[reading.metric].add(reading)
        return self

    def proofs(self) -> Proofs:
        return {metric: Proof(digest.counts[metric], digest.hexdigest()) for metric, digest in self._of.items()}


class Copying:
    """One run of a copy. `erased` are patients who were erased, by the records: they are brought by nobody.

    `is_quick` passes over a patient who was proven before and has as many readings in both as then.
    """

    def __init__(
        self,
        source: ReadingStore,
        target: ReadingStore,
        journal: CopyJournal,
        *,
        erased: Collection[str] = (),
        is_quick: bool = False,
    ) -> None:
        self._source, self._target, self._journal = source, target, journal
        self._erased, self._is_quick = frozenset(erased), is_quick
        self.copied = Copied()

    def patients(self) -> list[str]:
        """Whose readings are to be brought."""
        return [patient for patient in self._source.patients() if patient not in self._erased]

    def leave_out_the_erased(self) -> None:
        """Who was erased since an earlier run is erased in the copy, too. Raises BadInput where the target has
        patients whom nobody brought: it is not a place for a copy."""
        ours = set(self.patients())
        others = set(self._target.patients()) - ours
        gone = others & (self._erased | (self._journal.brought if ours else set()))
        if strange := others - gone:
            advice = "copy into an empty store; was the service using this one already?"
            raise BadInput(f"has {len(strange)} patients that FROM does not have", where="TO", advice=advice)
        for patient in sorted(gone):
            self._target.erase_patient(patient)
            self._journal.forget(patient)
            self.copied.erased += 1

    def bring(self, patient: str) -> None:
        """All readings of the patient; a difference that stays is noted, and no reading is changed for it."""
        self.copied.patients += 1
        if self._is_quick and self._is_as_proven(patient):
            self.copied.passed_over += 1
            return
        there = _Proving().add(self._target.export_patient(patient)).proofs()
        wanted = _Proving().add(self._source.export_patient(patient)).proofs() if there else None
        if there != wanted:
            wanted = self._append_all(patient)
            there = _Proving().add(self._target.export_patient(patient)).proofs()
        self._compare(patient, wanted, there)

    def _is_as_proven(self, patient: str) -> bool:
        counted = self._journal.counted.get(patient)
        return counted is not None and all(
            store.coverage(patient, metric, *EVER).n == counted.get(metric, 0)
            for store in (self._source, self._target)
            for metric in Metric
        )

    def _append_all(self, patient: str) -> Proofs:
        self._journal.begin(patient)
        proving = _Proving()
        for some in _batches(self._source.export_patient(patient)):
            self.copied.new += self._target.append(some).new
            proving.add(some)
        return proving.proofs()

    def _compare(self, patient: str, wanted: Proofs, there: Proofs) -> None:
        differences = [
            Difference(patient, metric, wanted.get(metric, NOTHING), there.get(metric, NOTHING))
            for metric in Metric
            if wanted.get(metric) != there.get(metric)
        ]
        self.copied.differences += differences
        if not differences:
            self._journal.prove(patient, {metric: proof.n for metric, proof in there.items()})
            self.copied.readings += sum(proof.n for proof in there.values())


def _batches(readings: Iterator[Reading]) -> Iterator[list[Reading]]:
    while some := list(islice(readings, AT_ONCE)):
        yield some
