"""A change said back, taken back, and erased, several at one instant and on both engines: each happens once, and nobody
waits for somebody who waits for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import NoResultFound

from companion.advice.models import Suggestion, Withdrawal
from companion.advice.taking_back.acknowledging import acknowledge, unacknowledged
from companion.advice.taking_back.withdrawing import CannotWithdraw
from companion.approved.looking_after import look_after_changes, look_after_withdrawals
from companion.care.audit import broken_entries
from companion.care.change_answers import ChangeAnswer
from companion.care.due_work import DueWork
from companion.care.people import Person
from companion.care.regimens import RegimenRevision
from companion.care.tasks import Task
from companion.care.teach_back import Then
from companion.db import reading, writing
from companion.erasing.erase import Places, erase
from companion.messages.models import Message, MessageState, Purpose
from tests.approvals import approve_decrease, approve_increase, held, open_tasks, say, take_back
from tests.world import World


@pytest.fixture(params=["world", "world_on_postgresql"])
def either(request: pytest.FixtureRequest) -> World:
    """The small world on each engine."""
    world: World = request.getfixturevalue(request.param)
    return world


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What came of each; only what comes too late may be refused."""
    together = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        together.wait()
        try:
            return deed()
        except (CannotWithdraw, NoResultFound) as late:
            return type(late).__name__

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def is_whole(world: World) -> bool:
    with reading(world.engine) as session:
        return list(broken_entries(session)) == []


def test_two_right_answers_at_one_instant_confirm_once(either: World) -> None:
    approve_increase(either)

    came = at_once(*[lambda: say(either, "18")] * 4)

    assert sorted(came, key=str) == [None, None, None, Then.CONFIRMED] or came.count(Then.CONFIRMED) == 1
    assert [answer.heard for answer in either.all(ChangeAnswer)] == ["right"]
    assert held(either) == 18
    assert is_whole(either)


def test_wrong_answers_at_one_instant_are_counted_one_by_one_and_make_one_task(either: World) -> None:
    approve_increase(either)

    came = at_once(*[lambda: say(either, "20")] * 4)

    assert sorted(str(then) for then in came) == ["ask_again", "ask_nurse", "ask_nurse", "ask_nurse"]
    assert open_tasks(either) == ["teach_back"]


def test_two_doctors_take_a_change_back_once(either: World) -> None:
    approve_increase(either)
    say(either, "18")

    came = at_once(lambda: take_back(either), lambda: take_back(either, by=either.other_doctor))

    assert sorted(type(each).__name__ for each in came) == ["Withdrawal", "str"]
    assert [revision.amount for revision in either.all(RegimenRevision)] == [16, 18, 16]
    assert len(either.all(Message, purpose=Purpose.WITHDRAWAL.value)) == 1
    assert is_whole(either)


def test_a_right_answer_and_a_withdrawal_at_one_instant_end_with_the_old_dose_whichever_came_first(
    either: World,
) -> None:
    approve_increase(either)

    at_once(lambda: say(either, "18"), lambda: take_back(either))

    assert held(either) == 16
    assert either.only(Suggestion).state == "withdrawn"
    assert len(either.all(RegimenRevision)) == (3 if either.all(ChangeAnswer) else 2)


def test_an_erasure_while_a_change_is_taken_back_and_said_back_leaves_nothing_to_look_after(either: World) -> None:
    approve_decrease(either)
    places = Places(either.stores, either.services.originals)

    at_once(
        lambda: say(either, "14"),
        lambda: take_back(either),
        lambda: erase(places, either.anna.public_id, by="command line", now=either.now, keep_years=15),
    )
    either.clock.advance(hours=30)
    either.beat()

    assert either.only(Person, id=either.anna.id).name == "erased"
    assert either.all(Task, patient_id=either.anna.id) == []
    assert [work for work in either.all(DueWork) if work.kind in ("change", "withdrawal")] == []
    assert is_whole(either)


def test_after_an_erasure_the_answers_and_the_withdrawal_stay_without_a_name(either: World) -> None:
    approve_decrease(either)
    say(either, "14")
    take_back(either)
    places = Places(either.stores, either.services.originals)

    erase(places, either.anna.public_id, by="command line", now=either.now, keep_years=15)

    assert (len(either.all(ChangeAnswer)), len(either.all(Withdrawal))) == (1, 1)
    assert either.only(Message, purpose=Purpose.WITHDRAWAL.value).params == {}


def test_two_sweepers_make_one_task_of_silence_and_one_of_an_unread_withdrawal(either: World) -> None:
    approve_increase(either)
    take_back(either)
    either.clock.advance(hours=30)

    at_once(
        lambda: look_after_changes(either.engine, either.now),
        lambda: look_after_changes(either.engine, either.now),
        lambda: look_after_withdrawals(either.engine, either.now),
        lambda: look_after_withdrawals(either.engine, either.now),
    )

    assert open_tasks(either) == ["call_about_withdrawal"]


def test_a_patient_who_reads_while_the_sweep_looks_is_called_at_most_for_nothing(either: World) -> None:
    approve_increase(either)
    take_back(either)
    either.clock.advance(hours=3)

    def read() -> bool:
        with writing(either.engine) as session:
            found = unacknowledged(session, either.anna.id)
            return acknowledge(session, found, by=either.anna, via="page", now=either.now)

    came = at_once(read, lambda: look_after_withdrawals(either.engine, either.now))

    assert came[0] is True
    assert open_tasks(either) == []


def test_the_withdrawal_goes_before_a_crowd_of_reminders(either: World) -> None:
    approve_increase(either)
    take_back(either)
    either.clock.advance(minutes=1)

    said = either.beat()

    assert said[0].text.startswith("Dr Roth took back")
    assert either.only(Message, purpose=Purpose.WITHDRAWAL.value).state == MessageState.HANDED_OVER
    assert either.now - said[0].at <= timedelta(minutes=1)
