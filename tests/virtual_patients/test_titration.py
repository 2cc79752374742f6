"""`basal.ada_2u3d` on virtual adults: safe and enough for those who inject, and the reason for the adherence gate."""

from typing import NamedTuple

import numpy as np
import pytest

from tests.virtual_patients.body import Adults, Columns, adults, live, plasma_mg_dl
from tests.virtual_patients.titration import GOAL_HIGH, LOW, titrate

FORGETFUL_DAYS, DAYS = 60, 74
SEEDS = (1, 2, 3)
MOST_PER_KG = 0.5


class Lived(NamedTuple):
    """What became of a group, a row a day, a column a person."""

    people: Adults
    units: Columns
    fasting: Columns
    lowest: Columns

    @property
    def with_a_low(self) -> int:
        """How many had a glucose below 70 mg/dL at any minute."""
        return int((self.lowest.min(axis=0) < LOW).sum())


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def groups() -> dict[str, Lived]:
    """Ten who take every dose; and for each seed ten who take half of them for 60 days and then all, with what the
    records know of that, and without. Lived through side by side, because many columns cost little more than one."""
    everything = np.ones((DAYS, 10), bool)
    forgetful = np.hstack([_half_at_first(seed) for seed in SEEDS])
    taken = np.hstack([everything, forgetful, forgetful])
    told = np.hstack([everything, np.ones_like(forgetful), forgetful])
    people = adults(copies=taken.shape[1] // 10)
    course = titrate(people, taken, told=told, seed=1)
    ends = {"adherent": slice(0, 10), "unseen": slice(10, 40), "seen": slice(40, 70)}
    return {
        name: Lived(adults(copies=(end.stop - end.start) // 10), *(rows[:, end] for rows in vars(course).values()))
        for name, end in ends.items()
    }


def _half_at_first(seed: int) -> np.ndarray:
    taken = np.ones((DAYS, 10), bool)
    taken[:FORGETFUL_DAYS] = np.random.default_rng(seed).random((FORGETFUL_DAYS, 10)) < 0.5
    return taken


def test_at_the_need_of_each_the_usual_glucose_holds() -> None:
    people = adults(copies=1)

    state, _lowest = live(people, people.start(), people.need_u_day, 3 * 1440)

    assert plasma_mg_dl(people, state) == pytest.approx(people.Gb, rel=0.01)


def test_who_takes_every_dose_reaches_the_goal_or_the_most_that_is_allowed(groups: dict[str, Lived]) -> None:
    lived = groups["adherent"]

    at_goal = lived.fasting[-7:].mean(axis=0) <= GOAL_HIGH
    at_the_limit = lived.units[-1] + 2 > MOST_PER_KG * lived.people.BW

    assert (at_goal | at_the_limit).all()
    assert at_goal.sum() >= 9


def test_who_takes_every_dose_has_no_low(groups: dict[str, Lived]) -> None:
    lived = groups["adherent"]

    assert lived.with_a_low == 0


def test_doses_raised_on_missed_ones_lead_to_lows(groups: dict[str, Lived]) -> None:
    """Why the gate is there: half the doses missed and nobody knows, then all taken."""
    lived = groups["unseen"]

    assert lived.with_a_low > 0


def test_with_the_adherence_gate_nobody_who_missed_doses_has_a_low(groups: dict[str, Lived]) -> None:
    lived = groups["seen"]

    assert lived.with_a_low == 0


def test_the_gate_raises_nothing_while_doses_are_missed(groups: dict[str, Lived]) -> None:
    seen, unseen = groups["seen"], groups["unseen"]

    raised = seen.units[FORGETFUL_DAYS - 1] - seen.units[0]

    assert np.median(raised) <= 2
    assert (seen.units.max(axis=0) <= unseen.units.max(axis=0)).all()
