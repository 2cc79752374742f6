"""The ledger: whatever happens in whatever order, it adds up, gives once, and spends no point twice."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from companion.db import writing
from companion.errors import BadInput
from companion.programme.points import coupons, ledger
from companion.programme.points.points_models import Account, Coupon, PointTransfer
from companion.programme.points.rules import Event, rules_of
from tests.programme.test_points_rules import raw
from tests.world import World

RULES = rules_of(
    raw(rule=[{"event": "measured", "points": 3}, {"event": "quiz_passed", "points": 20}], life_days=30), "test"
)


class Ledger(RuleBasedStateMachine):
    """Beside the real ledger a plain model: a list of what was earned, and what was spent of it, oldest first."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.session = Session(world.engine, expire_on_commit=False)
        self.anna, self.now = world.anna, world.now
        self.left: list[tuple[datetime, int]] = []
        self.known: set[str] = set()

    @rule(day=st.integers(0, 6))
    def measure(self, day: int) -> None:
        key = f"day {day}"
        got = ledger.earn(self.session, RULES, self.anna.id, Event.MEASURED, key, self.now)
        assert got == (0 if key in self.known else 3)
        self._had(key, got)

    @rule(quiz=st.integers(0, 3))
    def pass_quiz(self, quiz: int) -> None:
        key = f"quiz {quiz}"
        got = ledger.earn(self.session, RULES, self.anna.id, Event.QUIZ_PASSED, key, self.now)
        assert got == (0 if key in self.known else 20)
        self._had(key, got)

    def _had(self, key: str, got: int) -> None:
        self.known.add(key)
        if got:
            self.left.append((self.now, got))

    @rule(key=st.sampled_from("abc"))
    def buy(self, key: str) -> None:
        self._forget_old()
        has = sum(points for _, points in self.left)
        try:
            coupon = coupons.buy(self.session, RULES, self.anna, "walk", key, self.now)
        except BadInput:
            assert key not in self.known
            assert has < 10
            return
        assert coupon.key == key
        if key not in self.known:
            assert has >= 10
            self._take(10)
        self.known.add(key)

    def _take(self, points: int) -> None:
        while points:
            at, first = self.left.pop(0)
            used = min(first, points)
            points -= used
            if first > used:
                self.left.insert(0, (at, first - used))

    def _forget_old(self) -> None:
        self.left = [(at, points) for at, points in self.left if at >= self.now - RULES.life]

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def expire(self) -> None:
        ledger.expire(self.session, RULES, self.anna.id, self.now)
        assert ledger.expire(self.session, RULES, self.anna.id, self.now) == 0
        self._forget_old()

    @invariant()
    def adds_up(self) -> None:
        held = ledger.accounts(self.session)
        assert sum(held.values()) == 0
        assert held[Account.PATIENT] == ledger.balance_of(self.session, self.anna.id) >= 0
        assert min(held[Account.SPENT], held[Account.EXPIRED], -held[Account.ISSUED]) >= 0

    @invariant()
    def the_same_as_the_model(self) -> None:
        good = sum(points for at, points in self.left if at >= self.now - RULES.life)
        assert ledger.standing_of(self.session, RULES, self.anna.id, self.now).balance == good

    def teardown(self) -> None:
        """The next run begins with nothing again."""
        self.session.rollback()
        self.session.close()


def test_the_ledger_does_what_its_model_does_in_any_order(world: World) -> None:
    run_state_machine_as_test(
        lambda: Ledger(world),
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


@pytest.fixture(params=["world", "world_on_postgresql"])
def clinic(request: pytest.FixtureRequest) -> World:
    world: World = request.getfixturevalue(request.param)
    return world


def give(world: World, quizzes: int) -> None:
    with writing(world.engine) as session:
        for number in range(quizzes):
            ledger.earn(session, RULES, world.anna.id, Event.QUIZ_PASSED, f"q{number}", world.now)


def at_once(*what: Callable[[], str]) -> list[object]:
    """What each of them says, all begun together."""
    said: list[object] = [None] * len(what)
    start = threading.Barrier(len(what))

    def run(place: int) -> None:
        start.wait()
        try:
            said[place] = what[place]()
        except BadInput as bad:
            said[place] = bad

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(what))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_points_for_one_coupon_buy_one_however_many_ask_at_once(clinic: World) -> None:
    give(clinic, 1)  # 20 points, a coupon is 10: two of four

    def buy(key: str) -> str:
        with writing(clinic.engine) as session:
            return coupons.buy(session, RULES, clinic.anna, "walk", key, clinic.now).code

    said = at_once(*[partial(buy, key) for key in ("a", "b", "c", "d")])

    assert len([each for each in said if isinstance(each, str)]) == 2
    assert len([each for each in said if isinstance(each, BadInput)]) == 2
    assert len(clinic.all(Coupon)) == 2
    with writing(clinic.engine) as session:
        assert ledger.balance_of(session, clinic.anna.id) == 0


def test_a_coupon_is_used_once_however_many_try_at_once(clinic: World) -> None:
    give(clinic, 1)
    with writing(clinic.engine) as session:
        code = coupons.buy(session, RULES, clinic.anna, "walk", "k", clinic.now).code

    def use(key: str) -> str:
        with writing(clinic.engine) as session:
            return coupons.use(session, code, clinic.doctor, key, clinic.now).code

    said = at_once(lambda: use("1"), lambda: use("2"), lambda: use("3"))

    assert sorted(isinstance(each, str) for each in said) == [False, False, True]
    (used,) = clinic.all(Coupon)
    assert used.used_by == clinic.doctor.id
    assert use(used.use_key or "") == code  # the same request again


def test_a_transfer_that_is_no_transfer_is_refused_by_the_database(world: World) -> None:
    wrong = [{"points": 0}, {"points": -5}, {"to_account": "issued"}, {"from_account": "patient"}]

    for changed in wrong:
        values = {"unique_key": "x", "patient_id": world.anna.id, "reason": "x", "at": world.now, "points": 5}
        accounts = {"from_account": "issued", "to_account": "patient"}
        with pytest.raises(IntegrityError), writing(world.engine) as session:
            session.add(PointTransfer(**values | accounts | changed))

    assert world.all(PointTransfer) == []


def test_a_coupon_that_is_over_or_unknown_is_refused_with_what_to_do(world: World) -> None:
    give(world, 1)
    with writing(world.engine) as session:
        code = coupons.buy(session, RULES, world.anna, "walk", "k", world.now).code
    world.clock.advance(days=6)

    for typed, what in ((code, "is over"), ("AAAAA-AAAAA", "no coupon")):
        with pytest.raises(BadInput, match=what) as told, writing(world.engine) as session:
            coupons.use(session, typed, world.doctor, "u", world.now)
        assert told.value.where == "code"
        assert told.value.advice


def test_a_code_may_be_typed_in_any_way(world: World) -> None:
    give(world, 1)
    with writing(world.engine) as session:
        code = coupons.buy(session, RULES, world.anna, "walk", "k", world.now).code

    with writing(world.engine) as session:
        used = coupons.use(session, f" {code.lower().replace('-', ' ')} ", world.doctor, "u", world.now)

    assert used.code == code
