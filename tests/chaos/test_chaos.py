"""A short day of a clinic on one machine, and some workers killed at named points; `make chaos` is the long one."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos import checks, storms
from tests.chaos.books import ANSWER, APPROVAL, READING, RECEIPT, REPLY, SUGGESTION, Books
from tests.chaos.clinics import Clinic, one_machine
from tests.chaos.days import live
from tests.chaos.points import kill_at_points
from tests.chaos.storms import KILLS, What
from tests.chaos.tables import POINTS, STORMS, Tables
from tests.fake_twilio import Text

SEED = 14
"""Kills jobs and a web worker, fills the disk and lets time pass."""
STORM_S, KILLS_AT_POINTS = 6, 6
ANY_SEED = st.integers(0, 10**9)


@given(ANY_SEED)
def test_the_same_seed_is_the_same_storm(seed: int) -> None:
    once = storms.kills(seed, 60), storms.weather(seed, 60, set(What))

    again = storms.kills(seed, 60), storms.weather(seed, 60, set(What))

    assert once == again


@given(ANY_SEED)
def test_in_two_minutes_everything_that_may_happen_happens(seed: int) -> None:
    happened = {event.what for event in storms.weather(seed, 120, set(What))}

    assert happened == set(What) - set(KILLS)


def test_what_was_noted_is_read_again_by_whoever_comes_after(tmp_path: Path) -> None:
    Books(tmp_path / "books").note(READING, patient="pa_1", sequence=7)

    books = Books(tmp_path / "books")

    assert books.read(READING) == [{"kind": READING, "patient": "pa_1", "sequence": 7}]


def test_a_run_of_kills_alone_leaves_the_storms_of_another_on_the_page() -> None:
    page = f"About it.\n\n{STORMS}\n\nA storm.\n\n{POINTS}\n\nOld kills.\n"

    written = Tables(7, 60, [], Counter({"plan.before_commit": 1_200})).put_into(page)

    assert written.startswith(f"About it.\n\n{STORMS}\n\nA storm.\n\n{POINTS}\n\nSeed 7, 1.0 minutes in all.")
    assert written.endswith("| `plan.before_commit` | 1,200 |\n| all | 1,200 |\n")
    assert "Old kills" not in written


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    with one_machine(tmp_path, patients=4) as clinic:
        yield clinic


@pytest.mark.slow
@pytest.mark.timeout(300)  # a busy machine takes long to start everything again and again
def test_after_a_storm_the_books_agree(clinic: Clinic) -> None:
    said: list[str] = []

    day = live(clinic, SEED, STORM_S, said.append, in_haste=True)

    assert day.wrong == []
    assert sum(count for what, count in day.done.items() if "killed" in what) > 0
    assert day.acknowledged[READING] > 0
    assert all(line.startswith(f"seed {SEED}  ") for line in said)


@pytest.mark.slow
def test_the_books_tell_what_is_not_there(clinic: Clinic) -> None:
    """So that the test before can fail: of all this nothing ever came to the service."""
    nowhere = "http://127.0.0.1/hooks/twilio_sms/status/none"
    clinic.books.note(READING, patient=clinic.patients[0].person.public_id, sequence=1)
    clinic.books.note(ANSWER, dose="rg_other_1.2026-03-04.480")
    clinic.books.note(REPLY, sid="SM1")
    clinic.books.note(SUGGESTION, suggestion="su_1")
    clinic.books.note(APPROVAL, suggestion="su_1")
    clinic.books.note(RECEIPT, attempt="none")
    clinic.twilio.ledger.append(Text("+491720000000", "18 U", "+15005550006", 60, nowhere))

    wrong = checks.faults(clinic)

    told = ["readings", "home", "answers", "replies", "suggestions", "approvals", "messages", "receipts"]
    assert [line.partition(":")[0] for line in wrong] == told


@pytest.mark.slow
def test_workers_killed_at_points_and_again_as_they_go_on_lose_and_double_nothing() -> None:
    killed, wrong = kill_at_points(SEED, KILLS_AT_POINTS, 100, print)

    assert wrong == []
    assert killed.total() >= KILLS_AT_POINTS
