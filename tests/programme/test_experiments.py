"""Experiments with words: terms that never change, everybody's way noted once, and a verdict at the end only."""

from datetime import timedelta

import pytest

from companion.care.people import Person, Role
from companion.comparing import Verdict
from companion.db import reading, writing
from companion.errors import BadInput
from companion.programme.outreach.reviewing import review
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tip_models import TipChosen
from companion.programme.surveys.experiment_counts import reached, result_of
from companion.programme.surveys.experiment_models import Experiment, ExperimentExposure, Place
from companion.programme.surveys.experiment_result import Reached, judge
from companion.programme.surveys.experiments import start, stop, ways_for
from companion.splitting import part_of
from tests.world import World

EVEN = {"usual": 1, "question": 1}


@pytest.fixture
def admin(world: World) -> Person:
    with writing(world.engine) as session:
        return world.add(session, Role.ADMIN, "Office", None)


def begin(world: World, by: Person, **changed: object) -> Experiment:
    terms = {"place": "tip_wording", "shares": EVEN, "metric": "opened", "days": 28} | changed
    with writing(world.engine) as session:
        return start(session, by=by, now=world.now, **terms)  # type: ignore[arg-type]  # each named above


def shown(world: World) -> str:
    with writing(world.engine) as session:
        return ways_for(session, Place.TIP_WORDING, {world.anna.id: world.anna.public_id}, world.now)[world.anna.id]


def test_everybody_is_shown_the_usual_way_while_nothing_is_tried(world: World) -> None:
    assert shown(world) == "usual"
    assert world.all(ExperimentExposure) == []


def test_a_way_is_by_hash_the_same_every_time_and_noted_once(world: World, admin: Person) -> None:
    made = begin(world, admin)

    first = shown(world)
    world.clock.advance(days=1)
    again = shown(world)

    assert first == again == part_of(made.salt, world.anna.public_id, EVEN)
    [noted] = world.all(ExperimentExposure)
    assert (noted.way, noted.at) == (first, made.starts_at)


def test_what_is_over_is_shown_to_nobody(world: World, admin: Person) -> None:
    made = begin(world, admin)
    with writing(world.engine) as session:
        this = session.get_one(Experiment, made.id)
        first, again = stop(this, world.now), stop(this, world.now)

    assert (first, again) == (True, False)
    assert shown(world) == "usual"


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"place": "dose_reminder"}, "place"),
        ({"place": "urgent_reading"}, "place"),
        ({"metric": "taken"}, "metric"),
        ({"days": 13}, "days"),
        ({"days": 181}, "days"),
        ({"shares": {"usual": 1}}, "shares"),
        ({"shares": {"question": 1, "thanks": 1}}, "shares"),
        ({"shares": {"usual": 0, "question": 1}}, "shares"),
        ({"shares": {"usual": 1, "question": 10}}, "share_question"),
    ],
)
def test_terms_that_make_no_experiment_are_refused(
    world: World, admin: Person, changed: dict[str, object], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        begin(world, admin, **changed)

    assert refused.value.where == where


def test_one_runs_at_a_place_and_only_an_administrator_begins_it(world: World, admin: Person) -> None:
    begin(world, admin)

    with pytest.raises(BadInput, match="another one is running"):
        begin(world, admin)
    with pytest.raises(BadInput, match="only an administrator"):
        begin(world, world.doctor)
    begin(world, admin, place="tip_page", shares={"usual": 1, "thanks": 1})


@pytest.mark.parametrize(("days", "n"), [(-1, 0), (0, 1), (13, 1), (14, 0)])
def test_only_what_followed_in_time_counts(world: World, admin: Person, days: int, n: int) -> None:
    made = begin(world, admin)
    way = shown(world)
    with writing(world.engine) as session:
        stood = review(session, tips()[0], seen=tips()[0].digest, by=world.doctor, now=world.now)
        session.add(opened(world, stood.id, days))

    with reading(world.engine) as session:
        found = reached(session, made)
        told = result_of(session, made, world.now + timedelta(days=90))

    assert found == {way: Reached(n, 1)}
    assert told.verdict is Verdict.TOO_FEW


def test_to_be_decided_by_useful_it_has_to_be_called_so(world: World, admin: Person) -> None:
    made = begin(world, admin, metric="useful")
    way = shown(world)
    with writing(world.engine) as session:
        stood = review(session, tips()[0], seen=tips()[0].digest, by=world.doctor, now=world.now)
        session.add(opened(world, stood.id, 1))
        before = reached(session, made)
        session.flush()
        chosen = session.query(TipChosen).one()
        chosen.answer, chosen.answered_at = "useful", chosen.opened_at
        session.flush()

        after = reached(session, made)

    assert (before, after) == ({way: Reached(0, 1)}, {way: Reached(1, 1)})


def opened(world: World, review_id: int, days: int) -> TipChosen:
    at = world.now + timedelta(days=days)
    return TipChosen(
        public_id="tp_1",
        patient_id=world.anna.id,
        review_id=review_id,
        tip_key="k",
        subject="s",
        arm="sent",
        chosen_at=at,
        opened_at=at,
    )


# The verdict


def test_while_it_runs_no_rate_is_told() -> None:
    found = judge(EVEN, {"usual": Reached(10, 100), "question": Reached(60, 100)}, is_over=False)

    assert (found.verdict, found.rates, found.differences) == (Verdict.RUNNING, {}, {})


def test_a_difference_has_an_interval_that_leaves_none_out() -> None:
    found = judge(EVEN, {"usual": Reached(30, 100), "question": Reached(60, 100)}, is_over=True)

    value, interval = found.differences["question"]
    assert found.verdict is Verdict.DIFFERENCE
    assert value == pytest.approx(0.3)
    assert 0 < interval.low < value < interval.high


def test_a_small_one_is_none() -> None:
    assert judge(EVEN, {"usual": Reached(50, 100), "question": Reached(55, 100)}, is_over=True).verdict is (
        Verdict.NO_DIFFERENCE
    )


def test_a_split_that_is_not_as_stated_is_not_trusted() -> None:
    found = judge(EVEN, {"usual": Reached(30, 300), "question": Reached(60, 100)}, is_over=True)

    assert (found.verdict, found.rates) == (Verdict.UNEVEN, {})


def test_of_few_nothing_is_told() -> None:
    found = judge(EVEN, {"usual": Reached(9, 9), "question": Reached(0, 9)}, is_over=True)

    assert (found.verdict, found.rates) == (Verdict.TOO_FEW, {})
