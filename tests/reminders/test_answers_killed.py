"""The process dies before any line of answering: either the whole answer is there, or nothing of it."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from companion.care.due_work import DueWork, WorkKind
from companion.care.tasks import Alert
from companion.db import writing
from companion.messages.models import Message
from companion.reminders.doses import aftermath, answers
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Event, Taken, Undo
from companion.reminders.doses.models import Dose, DoseEvent
from tests.world import World

FILES = {answers.__file__, aftermath.__file__}


class KilledError(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches SIGKILL."""


def killed_before_line(number: int) -> tuple[Callable[..., Any], list[int]]:
    """A tracer that ends everything before the so-manieth line of answering; and the count of lines it saw."""
    seen = [0]

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == number:
                raise KilledError
        return trace

    return trace, seen


def answer(world: World, event: Event, number: int = 0) -> int:
    """An answer to Anna's first dose, killed before that line of it (0: not at all); tells how many lines ran."""
    tracer, seen = killed_before_line(number)
    dose = world.all(Dose)[0]
    try:
        with writing(world.engine) as session:
            sys.settrace(tracer)
            try:
                answer_dose(session, dose.id, event, actor_id=world.anna.id, via="page", now=world.now)
            finally:
                sys.settrace(None)
    except KilledError:
        pass
    return seen[0]


def everything(world: World) -> list[Any]:
    """What an answer may change."""
    doses = [(d.state, d.answered_at, d.taken_at, d.is_late) for d in world.all(Dose)]
    events = [(e.dose_id, e.event, e.at) for e in world.all(DoseEvent)]
    messages = [(m.unique_key, m.state) for m in world.all(Message)]
    alerts = [(a.id, a.state) for a in world.all(Alert)]
    with writing(world.engine) as session:
        works = session.query(DueWork).filter_by(kind=WorkKind.DOSE.value).order_by(DueWork.subject_id)
        looks = [(work.subject_id, work.next_check_at) for work in works]
    return [doses, events, messages, alerts, looks]


def missed(world: World) -> World:
    """The family heard that Anna missed her dose of eight o'clock."""
    world.prescribe()
    world.beat()
    for clock in ("08:00", "09:01"):
        world.clock.instant = world.local(f"2026-03-05 {clock}")
        world.beat()
    return world


def answered_late(world: World) -> World:
    """The family also heard that she took it after all."""
    missed(world)
    answer(world, Taken())
    world.beat()
    world.clock.instant += timedelta(minutes=5)
    return world


@pytest.mark.parametrize(("begin", "event"), [(missed, Taken()), (answered_late, Undo())], ids=["taken", "taken back"])
def test_killed_before_any_line_nothing_of_the_answer_is_there_and_it_can_be_given_again(
    world: World, begin: Callable[[World], World], event: Event
) -> None:
    before = everything(begin(world))
    number = 1

    while answer(world, event, number) == number:
        assert everything(world) == before, f"killed before line {number}"
        number += 1

    after = everything(world)
    assert number > 40
    assert after[1][:-1] == before[1]
    assert after[0] != before[0]
