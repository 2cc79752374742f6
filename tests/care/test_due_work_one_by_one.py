"""Due work looked at one by one: what fails stays due, and holds up no other."""

from datetime import timedelta

import pytest

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.db import writing
from companion.errors import Unavailable
from tests.world import World


@pytest.fixture
def three_due(world: World) -> World:
    with writing(world.engine) as session:
        for subject in (1, 2, 3):
            due_work.put_off(session, WorkKind.ASSESS, subject, world.now)
    return world


def test_one_that_fails_holds_up_no_other_and_stays_due(three_due: World) -> None:
    seen = []

    def look(subject: int) -> None:
        seen.append(subject)
        if subject == 1:
            raise ArithmeticError("of this patient only")

    looked = due_work.one_by_one(three_due.engine, WorkKind.ASSESS, three_due.now, 10, look)

    assert (looked, seen) == (3, [1, 2, 3])
    later = three_due.now + due_work.LEASE + timedelta(seconds=1)
    with writing(three_due.engine) as session:
        assert 1 in due_work.claim(session, WorkKind.ASSESS, later, 10)


def test_a_store_that_does_not_answer_is_not_asked_for_every_patient(three_due: World) -> None:
    seen = []

    def look(subject: int) -> None:
        seen.append(subject)
        raise Unavailable("does not answer", where="readings")

    with pytest.raises(Unavailable):
        due_work.one_by_one(three_due.engine, WorkKind.ASSESS, three_due.now, 10, look)

    assert seen == [1]
