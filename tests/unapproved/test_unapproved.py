"""Advice that nobody approved never reaches a patient: every public door, pushed in any order, with kills between.

The same machine, walked along a fixed path, shows that each guard is needed: with any one out of order it fails.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from companion.advice.models import Review
from companion.crash_points import Point
from tests.unapproved.clinic import PRESENT, Clinic, Forged
from tests.unapproved.guards import GUARDS, Guard, out_of_order

pytestmark = pytest.mark.slow

WHO = st.integers(0, 6)
TREATING = st.integers(0, 1)
AMOUNTS = st.sampled_from([Decimal(n) for n in (14, 15, 17, 18, 19, 20, 22, 40, 41)])
POINTS = [point for point in Point if point.value.split(".")[0] in ("approval", "take_in", "dispatch", "withdrawal")]
FASTING = st.sampled_from([(150, 148, 155), (110, 112, 108), (150, 60, 155), (180, 190, 185)])


class Doors(RuleBasedStateMachine):
    """Pushes them. What a push has to answer is the oracle's; what may be in the record is `Clinic.check`."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clinic = Clinic(Path(self.folder.name))
        self.clinic.fast(150, 148, 155)

    def teardown(self) -> None:
        self.clinic.engine.dispose()
        self.folder.cleanup()

    @rule(mg_dl=FASTING)
    def measure(self, mg_dl: tuple[int, ...]) -> None:
        self.clinic.fast(*mg_dl)

    @rule(hours=st.sampled_from([0.05, 0.3, 1, 7, 25]))
    def time_goes_by(self, hours: float) -> None:
        self.clinic.clock.advance(hours=hours)
        self.clinic.beat()

    @rule(who=WHO)
    def type_password(self, who: int) -> None:
        self.clinic.type_password(self.clinic.everybody[who])

    @rule(who=WHO, decision=st.sampled_from(["approved", "rejected"]))
    def decide(self, who: int, decision: str) -> None:
        self._push(who, lambda person: self.clinic.decide_by(person, decision))

    @rule(who=WHO)
    def decide_on_an_old_screen(self, who: int) -> None:
        self._push(who, lambda person: self.clinic.decide_by(person, "approved", stale="0" * 64))

    @rule(who=WHO, amount=AMOUNTS)
    def amend(self, who: int, amount: Decimal) -> None:
        pushed = self.clinic.decide_by(self.clinic.everybody[who], "amended", amount)
        assert pushed.may == (pushed.status == 201)
        assert pushed.takes_two == (pushed.status == 202)

    @rule(who=WHO)
    def sign_second(self, who: int) -> None:
        pushed = self.clinic.sign_by(self.clinic.everybody[who])
        assert pushed.may == (pushed.status == 200)

    @rule(who=TREATING)
    def claim(self, who: int) -> None:
        self.clinic.claim_by(self.clinic.everybody[who])

    @rule(who=TREATING)
    def withdraw(self, who: int) -> None:
        self.clinic.withdraw_by(self.clinic.everybody[who])

    @rule(text=st.sampled_from(["1", "16", "18", "yes", "STOP", "START", "approve"]))
    def anna_texts(self, text: str) -> None:
        self.clinic.text(text)

    @rule(point=st.sampled_from(POINTS), who=TREATING)
    def die_while_deciding(self, point: Point, who: int) -> None:
        person = self.clinic.everybody[who]
        self.clinic.dying(point, lambda: self.clinic.decide_by(person, "approved"))

    @rule(point=st.sampled_from(POINTS), mg_dl=FASTING)
    def die_while_measuring(self, point: Point, mg_dl: tuple[int, ...]) -> None:
        self.clinic.dying(point, lambda: self.clinic.fast(*mg_dl))

    @rule(point=st.sampled_from(POINTS))
    def die_while_beating(self, point: Point) -> None:
        self.clinic.dying(point, self.clinic.beat)

    @rule()
    def write_past_the_pages(self) -> None:
        """Straight into the outbox: without a review, with one that rejected, and with a lie about that one."""
        assert self.clinic.is_refused(self.clinic.write_advice), "the database took advice without a review"
        for review in self.clinic.all(Review, decision="rejected"):
            for told in (review.decision, "approved"):
                assert self.clinic.is_refused(partial(self.clinic.write_advice, review=Forged(review.id, told)))

    @invariant()
    def nothing_unapproved_is_known(self) -> None:
        self.clinic.check()

    @rule(who=st.integers(3, 6))
    def nobody_else_sees_a_proposal(self, who: int) -> None:
        seen = self.clinic.amounts_seen_by(self.clinic.everybody[who])
        assert self.clinic.is_anything_to_say_back() or seen <= self.clinic.decided_amounts()

    def _push(self, who: int, push: Callable[[Any], Any]) -> None:
        person = self.clinic.everybody[who]
        pushed = push(person)
        assert pushed.may == (pushed.status == 201)
        if person not in self.clinic.treating:
            # A doctor of others may not even learn that it exists.
            # A session that ended by itself is told to sign in.
            assert pushed.status in (401, 404 if person is self.clinic.foreign_doctor else 403)
        elif pushed.is_over and pushed.status != 401:
            assert pushed.answer is None or pushed.answer.code == "already_decided"
        elif pushed.is_held:
            assert pushed.answer is not None
            assert pushed.answer.code in ("held_by_another", "fresh_password_needed", "already_decided")


@pytest.mark.timeout(600)
def test_nothing_unapproved_is_ever_told() -> None:
    run_state_machine_as_test(
        Doors,
        settings=settings(
            max_examples=5,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@contextmanager
def doors() -> Iterator[Doors]:
    machine = Doors()
    try:
        yield machine
    finally:
        machine.teardown()


def walk_by_every_guard(machine: Doors) -> None:
    """Along a path on which every guard has something to refuse."""
    clinic = machine.clinic
    for stranger in range(2, 7):
        machine.decide(stranger, "approved")
    machine.decide_on_an_old_screen(0)
    machine.write_past_the_pages()
    clinic.clock.advance(minutes=16)
    machine.decide(0, "approved")
    machine.type_password(0)
    machine.type_password(1)
    machine.amend(0, Decimal(41))
    machine.amend(0, Decimal(20))
    machine.sign_second(0)
    clinic.clock.advance(minutes=16)
    machine.sign_second(1)
    machine.type_password(1)
    machine.type_password(0)
    machine.claim(1)
    machine.decide(0, "rejected")
    clinic.clock.advance(minutes=6)
    machine.decide(0, "rejected")
    machine.decide(1, "approved")
    machine.write_past_the_pages()
    machine.nothing_unapproved_is_known()


def test_the_path_by_every_guard_is_safe_while_all_of_them_stand() -> None:
    with doors() as machine:
        walk_by_every_guard(machine)

        assert [review.decision for review in machine.clinic.all(Review)] == ["rejected"]
        assert machine.clinic.decided_amounts() == {PRESENT}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_without_any_one_of_the_guards_it_is_noticed(guard: Guard) -> None:
    """By a wrong answer or a wrong record; or by the database, behind the guard."""
    with out_of_order(guard), doors() as machine, pytest.raises((AssertionError, IntegrityError)):
        walk_by_every_guard(machine)
