"""A short run of schemathesis, the same each time: every operation of the API, called as nobody, as each role and as a
hub. `make attack` is the long one."""

from pathlib import Path

import pytest

from tests.attack.by_api import schemathesis
from tests.attack.outcome import Explanation, Finding, Outcome, explanations, unexplained
from tests.attack.scratch import ROLES, Target
from tests.web.loop.house import House


@pytest.mark.slow
@pytest.mark.timeout(400)  # the tool is installed before, where it is not there yet
def test_nobody_breaks_the_api_and_it_does_what_its_description_says(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.titration()
    house.fast(150, 155, 158)
    people = dict(zip(ROLES, (house.anna, house.doctor, house.ben, house.admin), strict=True))

    with Target(house.services, people).served() as target:
        outcomes = schemathesis(target, tmp_path, examples=1, phases="fuzzing")

    assert unexplained(outcomes, explanations()) == []
    assert [outcome.note for outcome in outcomes] == [""] * 6


def test_a_finding_that_nobody_explained_is_left() -> None:
    known = [Explanation("bandit", "B101", "companion/*", "an assert")]
    found = Finding("bandit", "B101", "companion/db.py"), Finding("bandit", "B602", "companion/db.py")

    left = unexplained([Outcome("bandit", "1", "companion/", 1.0, found)], known)

    assert left == [found[1]]
