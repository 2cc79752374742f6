"""Readings from one store into another: on every pair of engines, cut off anywhere, and compared to the last digit."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from companion.db import make_engine
from companion.errors import BadInput, Unavailable
from companion.readings.copy_journal import CopyJournal
from companion.readings.copying import AT_ONCE, Copied, Copying
from companion.readings.opening import open_store
from companion.readings.reading import Metric, Reading
from companion.readings.sql_store import SqlReadingStore
from companion.readings.store import Appended, ReadingStore
from tests.readings.backends import influxdb, postgresql
from tests.readings.store_builders import glucose, pressure, readings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> ReadingStore:
    """Two patients on SQLite, with all that can be hard: ten years, one second, two devices, a limit, no raw bytes."""
    store = open_store(f"sqlite:///{tmp_path / 'from.db'}")
    store.append([glucose(minutes=number, sequence=number, value=f"{number % 9 + 4}.50") for number in range(40)])
    store.append([glucose(sequence=900), glucose(sequence=901), glucose(device="meter-2"), pressure(), pressure(3)])
    store.append([glucose(minutes=-10 * 365 * 1440, patient="pa_li"), glucose(patient="pa_li")._replace(raw=b"")])
    return store


@pytest.fixture
def target(tmp_path: Path) -> ReadingStore:
    return open_store(f"sqlite:///{tmp_path / 'to.db'}")


def copy(
    source: ReadingStore,
    target: ReadingStore,
    journal: Path,
    *,
    erased: Collection[str] = (),
    is_quick: bool = False,
) -> Copied:
    """One whole run."""
    with closing(CopyJournal(journal, "a", "b")) as kept:
        copying = Copying(source, target, kept, erased=erased, is_quick=is_quick)
        copying.leave_out_the_erased()
        for patient in copying.patients():
            copying.bring(patient)
        copying.leave_out_the_erased()
        return copying.copied


def everything(store: ReadingStore) -> list[Reading]:
    return [reading for patient in store.patients() for reading in store.export_patient(patient)]


@pytest.mark.parametrize("backend", [postgresql, influxdb])
def test_a_clinic_moves_from_sqlite_and_back(
    backend: object, request: pytest.FixtureRequest, source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    with backend(request) as url:  # type: ignore[operator]
        there = open_store(url)

        out = copy(source, there, tmp_path / "out")
        back = copy(there, target, tmp_path / "back")

        assert (out.patients, out.readings, out.new) == (2, 47, 47)
        assert (back.patients, back.readings, back.new) == (2, 47, 47)
        assert out.differences == back.differences == []
        assert everything(target) == everything(source)


def test_again_brings_only_what_is_new(source: ReadingStore, target: ReadingStore, tmp_path: Path) -> None:
    copy(source, target, tmp_path / "journal")
    source.append([glucose(minutes=500, patient="pa_li")])

    again = copy(source, target, tmp_path / "journal")

    assert (again.new, again.readings) == (1, 48)
    assert everything(target) == everything(source)


def test_quickly_again_looks_only_at_who_has_something_new(
    source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    copy(source, target, tmp_path / "journal")
    source.append([glucose(minutes=500, patient="pa_li")])

    again = copy(source, target, tmp_path / "journal", is_quick=True)

    assert (again.passed_over, again.new, again.readings) == (1, 1, 3)
    assert everything(target) == everything(source)


def test_quickly_is_not_blindly_without_a_journal(source: ReadingStore, target: ReadingStore, tmp_path: Path) -> None:
    copied = copy(source, target, tmp_path / "journal", is_quick=True)

    assert (copied.passed_over, copied.readings) == (0, 47)


@pytest.mark.parametrize("quick", [False, True])
def test_a_reading_lost_on_the_other_side_comes_back(
    source: ReadingStore, target: ReadingStore, tmp_path: Path, quick: bool
) -> None:
    copy(source, target, tmp_path / "journal")
    _change(tmp_path / "to.db", "DELETE FROM reading WHERE sequence = 17")

    again = copy(source, target, tmp_path / "journal", is_quick=quick)

    assert again.new == 1
    assert again.differences == []
    assert everything(target) == everything(source)


def test_a_changed_reading_is_found_and_left_as_it_is(
    source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    copy(source, target, tmp_path / "journal")
    _change(tmp_path / "to.db", "UPDATE reading SET value = '19.9' WHERE sequence = 17")

    again = copy(source, target, tmp_path / "journal")

    (difference,) = again.differences
    assert (difference.patient, difference.metric) == ("pa_wang", Metric.GLUCOSE)
    assert difference.source.n == difference.target.n == 43
    assert difference.source.sha256 != difference.target.sha256
    assert again.new == 0


def test_a_reading_too_many_is_found(source: ReadingStore, target: ReadingStore, tmp_path: Path) -> None:
    target.append([glucose(minutes=777, patient="pa_li")])

    copied = copy(source, target, tmp_path / "journal")

    (difference,) = copied.differences
    assert (difference.patient, difference.source.n, difference.target.n) == ("pa_li", 2, 3)


def test_who_was_erased_after_a_copy_is_erased_from_it(
    source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    copy(source, target, tmp_path / "journal")
    source.erase_patient("pa_li")

    again = copy(source, target, tmp_path / "journal")

    assert again.erased == 1
    assert list(target.patients()) == ["pa_wang"]


def test_who_was_erased_by_the_records_is_not_brought_back(
    source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    copied = copy(source, target, tmp_path / "journal", erased={"pa_li"})

    assert copied.patients == 1
    assert list(target.patients()) == ["pa_wang"]


def test_patients_whom_nobody_brought_are_left_alone(
    source: ReadingStore, target: ReadingStore, tmp_path: Path
) -> None:
    target.append([glucose(patient="pa_new")])

    with pytest.raises(BadInput, match="TO: has 1 patients that FROM does not have"):
        copy(source, target, tmp_path / "journal")

    assert everything(target) == [glucose(patient="pa_new")]


def test_an_empty_source_erases_nobody(source: ReadingStore, target: ReadingStore, tmp_path: Path) -> None:
    copy(source, target, tmp_path / "journal")
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")

    with pytest.raises(BadInput, match="TO: has 2 patients"):
        copy(empty, target, tmp_path / "journal")

    assert everything(target) == everything(source)


class _Failing(SqlReadingStore):
    """Does not answer any more after so many appends."""

    appends_left = 0

    def append(self, batch: Collection[Reading], within: Connection | None = None) -> Appended:
        if not self.appends_left:
            raise Unavailable("the line was cut")
        self.appends_left -= 1
        return super().append(batch, within)


@settings(max_examples=15, deadline=None)
@given(
    found=st.lists(readings("pa_a") | readings("pa_b") | readings("pa_c"), max_size=12),
    appends=st.integers(0, 3),
)
def test_whatever_is_there_and_wherever_it_breaks_the_next_run_makes_both_alike(
    tmp_path_factory: pytest.TempPathFactory, found: list[Reading], appends: int
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    source = open_store(f"sqlite:///{folder / 'from.db'}")
    target = _Failing(make_engine(f"sqlite:///{folder / 'to.db'}"))
    target.make_tables()
    target.appends_left = appends
    source.append(found)
    try:
        copy(source, target, folder / "journal")
    except Unavailable:
        target.appends_left = 100

    again = copy(source, target, folder / "journal")

    assert again.differences == []
    assert everything(target) == everything(source)


def test_a_journal_cut_off_in_a_line_goes_on(source: ReadingStore, target: ReadingStore, tmp_path: Path) -> None:
    copy(source, target, tmp_path / "journal")
    whole = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(whole[:-7])

    again = copy(source, target, tmp_path / "journal", is_quick=True)

    assert again.passed_over == 1
    assert (tmp_path / "journal").read_bytes() == whole
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["not json\n", "[]\n[]\n", '{"from": "a", "to": "b"}\n{"other": 1}\n'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "journal").write_text(content)

    with pytest.raises(BadInput, match="is no journal of a copy"):
        CopyJournal(tmp_path / "journal", "a", "b")

    assert (tmp_path / "journal").read_text() == content


def test_the_journal_of_other_stores_is_refused(tmp_path: Path) -> None:
    CopyJournal(tmp_path / "journal", "a", "b").close()

    with pytest.raises(BadInput, match="between other stores"):
        CopyJournal(tmp_path / "journal", "a", "c")


def test_two_copies_do_not_write_one_journal(tmp_path: Path) -> None:
    with closing(CopyJournal(tmp_path / "journal", "a", "b")), pytest.raises(BadInput, match="another copy"):
        CopyJournal(tmp_path / "journal", "a", "b")


def _change(database: Path, sql: str) -> None:
    with make_engine(f"sqlite:///{database}").begin() as connection:
        assert connection.exec_driver_sql(sql).rowcount == 1


# The command, as a process that is killed


@pytest.fixture
def large(tmp_path: Path) -> ReadingStore:
    """Six patients; one of them has more than goes at once."""
    store = open_store(f"sqlite:///{tmp_path / 'large.db'}")
    for patient in range(6):
        many = AT_ONCE * 2 if patient == 3 else 300
        store.append([glucose(minutes=n, sequence=n, patient=f"pa_{patient}") for n in range(many)])
    return store


def test_killed_again_and_again_it_goes_on_where_it_was(
    large: ReadingStore, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with postgresql(request) as url:
        journal = tmp_path / "var" / "journal.jsonl"
        line = ["readings", "copy", f"sqlite:///{tmp_path / 'large.db'}", url, "--journal", str(journal), "--json"]
        proven = [_killed(tmp_path, line, journal, lines) for lines in (2, 7, 8)]

        finished = subprocess.run(_command(line), cwd=tmp_path, env=_environment(tmp_path), capture_output=True)

        assert proven == sorted(proven)
        assert finished.returncode == 0, finished.stderr
        summary = json.loads(finished.stdout)
        assert (summary["patients"], summary["readings"], summary["differences"]) == (6, 11_500, [])
        assert summary["new"] < 11_500
        assert everything(open_store(url)) == everything(large)


def _killed(folder: Path, line: list[str], journal: Path, lines: int) -> int:
    """Killed by SIGKILL once the journal has so many lines; how many it had."""
    process = subprocess.Popen(
        _command(line), cwd=folder, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in _seconds(30):
        there = journal.read_bytes().count(b"\n") if journal.exists() else 0
        if there >= lines:
            break
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return there


def _seconds(longest: float) -> Iterator[None]:
    end = time.monotonic() + longest
    while time.monotonic() < end:
        yield
        time.sleep(0.002)


def _command(line: list[str]) -> list[str]:
    return [sys.executable, "-m", "companion.cli", *line]


def _environment(folder: Path) -> dict[str, str]:
    """With no settings but one: where the records would be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
    return kept | {"PYTHONPATH": str(ROOT), "COMPANION_DATABASE_URL": f"sqlite:///{folder / 'records.db'}"}
