"""What follows when a patient says a changed dose back, rightly, wrongly, or not at all."""

from datetime import timedelta

import pytest

from companion.care.audit import AuditEntry
from companion.care.change_answers import ChangeAnswer
from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen, RegimenRevision, must_check_first
from companion.care.tasks import Task
from companion.care.teach_back import Then
from companion.db import writing
from tests.approvals import approve_decrease, approve_increase, change_of, held, newest, open_tasks, say
from tests.world import World


def test_an_increase_holds_only_from_the_right_answer_on(world: World) -> None:
    approve_increase(world)
    before = held(world)

    then = say(world, "18")

    assert (before, then, held(world)) == (16, Then.CONFIRMED, 18)
    assert not must_check_first(world.only(Regimen))
    assert [entry.action for entry in world.all(AuditEntry)][-1] == "confirmed_change"
    assert world.all(DueWork, kind=WorkKind.CHANGE.value) == []


def test_it_starts_with_the_next_dose(world: World) -> None:
    approve_increase(world)

    change = change_of(world)

    assert change.starts_on == world.today + timedelta(days=1)


def test_the_right_amount_with_another_day_is_not_understood(world: World) -> None:
    approve_increase(world)

    then = say(world, "18", world.today)

    assert (then, held(world)) == (Then.ASK_AGAIN, 16)


def test_one_wrong_answer_is_asked_again_and_a_second_is_a_nurses_task(world: World) -> None:
    approve_increase(world)

    first, tasks_after_one = say(world, "81"), open_tasks(world)
    second, tasks_after_two = say(world, "16"), open_tasks(world)

    assert (first, second) == (Then.ASK_AGAIN, Then.ASK_NURSE)
    assert (tasks_after_one, tasks_after_two) == ([], ["teach_back"])
    assert world.only(Task).details["why"] == "mismatch"
    assert held(world) == 16
    assert [answer.heard for answer in world.all(ChangeAnswer)] == ["wrong", "wrong"]


def test_a_right_answer_after_that_closes_the_task(world: World) -> None:
    approve_increase(world)
    say(world, "81")
    say(world, "81")

    then = say(world, "18")

    assert (then, held(world), open_tasks(world)) == (Then.CONFIRMED, 18, [])
    assert world.only(Task).done_by == world.anna.id


@pytest.mark.parametrize(("hours", "tasks"), [(23, []), (25, ["teach_back"])])
def test_silence_about_an_increase_is_a_nurses_after_a_day(world: World, hours: int, tasks: list[str]) -> None:
    approve_increase(world)

    world.clock.advance(hours=hours)
    world.beat()

    assert [kind for kind in open_tasks(world) if kind == "teach_back"] == tasks


def test_a_decrease_holds_and_is_called_about_at_once_and_silence_is_a_nurses_after_four_hours(world: World) -> None:
    approve_decrease(world)
    at_once = held(world), open_tasks(world)

    world.clock.advance(hours=4, minutes=1)
    world.beat()

    assert at_once == (14, ["call_about_decrease"])
    assert open_tasks(world) == ["call_about_decrease", "teach_back"]
    assert world.all(Task)[-1].details["why"] == "silence"


def test_a_task_done_without_an_answer_comes_again_the_next_day_and_never_twice_at_once(world: World) -> None:
    approve_decrease(world)
    world.clock.advance(hours=5)
    world.beat()
    with writing(world.engine) as session:
        for task in session.query(Task).filter_by(kind="teach_back"):
            task.done_at, task.done_by = world.now, world.doctor.id

    world.clock.advance(hours=25)
    world.beat()
    world.beat()

    assert [(task.kind, task.done_at is None) for task in world.all(Task) if task.kind == "teach_back"] == [
        ("teach_back", False),
        ("teach_back", True),
    ]


def test_a_wrong_answer_that_nothing_follows_is_a_nurses_after_four_hours(world: World) -> None:
    approve_increase(world)
    say(world, "81")

    world.clock.advance(hours=4, minutes=1)
    world.beat()

    assert "teach_back" in open_tasks(world)


def test_what_a_nurse_writes_down_on_the_telephone_is_seen_to_be_hers_and_makes_the_call(world: World) -> None:
    approve_decrease(world)

    then = say(world, "14", by=world.doctor, via="call")

    assert then is Then.CONFIRMED
    assert open_tasks(world) == []
    kept = world.only(ChangeAnswer)
    assert (kept.via, kept.noted_by, kept.patient_id) == ("call", world.doctor.id, world.anna.id)
    entry = world.all(AuditEntry)[-1]
    assert (entry.actor, entry.details["via"]) == (world.doctor.public_id, "call")


def test_a_patients_own_answer_leaves_the_call_about_a_decrease_to_be_made(world: World) -> None:
    approve_decrease(world)

    say(world, "14")

    assert open_tasks(world) == ["call_about_decrease"]


def test_a_change_that_the_doctor_replaced_is_asked_about_no_more(world: World) -> None:
    approve_increase(world)
    say(world, "81")
    say(world, "81")
    with writing(world.engine) as session:
        world.revise(session, session.query(Regimen).one(), "17", {"kind": "daily", "times": ["08:00"]}, world.now)

    then = say(world, "18")
    world.clock.advance(hours=25)
    world.beat()

    assert (then, held(world), open_tasks(world)) == (None, 17, [])
    assert world.all(DueWork, kind=WorkKind.CHANGE.value) == []


def test_a_second_right_answer_changes_nothing(world: World) -> None:
    approve_increase(world)
    say(world, "18")
    confirmed_at = newest(world).confirmed_at
    world.clock.advance(minutes=1)

    then = say(world, "18")

    assert then is None
    assert newest(world).confirmed_at == confirmed_at
    assert len(world.all(RegimenRevision)) == 2
