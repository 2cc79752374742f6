"""Answers by text: what they are taken for, what is said back, and who hears that an alarm is over."""

import threading
from datetime import timedelta

import pytest

from companion.care.consent import CareLink, end_link
from companion.care.people import Person, Role
from companion.care.tasks import Alert, Task, TaskKind
from companion.db import writing
from companion.messages.models import Inbound, Message, MessageState, Purpose
from companion.reminders.answers import answer_dose
from companion.reminders.dose_state import Event, Refusal, Refused, Skipped, Taken, Transition, Undo
from companion.reminders.models import Dose, DoseEvent
from companion.reminders.replies import Reply
from companion.reminders.sweep import sweep
from tests.world import Said, World

EIGHT, NINE = "2026-03-05 08:00", "2026-03-05 09:00"


def at(world: World, local: str, **more: float) -> list[Said]:
    """Moves the clock there and beats once."""
    world.clock.instant = world.local(local) + timedelta(**more)
    return world.beat()


@pytest.fixture
def due(world: World) -> Dose:
    """The eight o'clock dose, reminded of."""
    world.prescribe()
    world.beat()
    at(world, EIGHT)
    return first_dose(world)


@pytest.fixture
def two_due(world: World) -> list[Dose]:
    """Two medicines at eight o'clock, reminded of in one message."""
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    world.beat()
    at(world, EIGHT)
    return [dose for dose in world.all(Dose) if dose.due_at == world.now]


def first_dose(world: World) -> Dose:
    return world.all(Dose)[0]


def answer(world: World, dose: Dose, event: Event) -> Transition | Refused:
    """An answer on the page."""
    with writing(world.engine) as session:
        return answer_dose(session, dose.id, event, actor_id=world.anna.id, via="page", now=world.now)


def said_back(world: World) -> str:
    """The one text that leaves now."""
    (said,) = world.beat()
    assert said.to == world.anna.phone
    return said.text


@pytest.mark.parametrize(
    ("body", "state", "echo"),
    [("1", "taken", "Noted: 08:00 taken."), ("3", "skipped", "Noted: 08:00 skipped.")],
)
def test_a_digit_is_written_down_and_said_back(world: World, due: Dose, body: str, state: str, echo: str) -> None:
    world.clock.advance(minutes=5)

    world.text(body)

    dose = first_dose(world)
    assert (dose.state, dose.answered_at, dose.answered_by, dose.answered_via) == (
        state,
        world.now,
        world.anna.id,
        "sms",
    )
    assert said_back(world) == echo


def test_an_answered_dose_is_neither_missed_nor_reminded_of_again(world: World, due: Dose) -> None:
    world.text("1")
    world.beat()

    assert world.beat_until(world.local("2026-03-05 12:00")) == []
    assert [event.event for event in world.all(DoseEvent)] == ["due", "taken"]


def test_one_answer_counts_for_all_medicines_of_that_time(world: World, two_due: list[Dose]) -> None:
    world.text("1")

    assert {dose.state for dose in world.all(Dose) if dose.due_at == world.now} == {"taken"}
    assert said_back(world) == "Noted: 08:00 taken."


def test_later_calls_again_after_a_quarter_of_an_hour(world: World, due: Dose) -> None:
    world.text("2")
    echo = said_back(world)

    again = at(world, EIGHT, minutes=15)

    assert echo == "Noted: we will remind you of 08:00 again at 08:15."
    assert [text.text[:24] for text in again] == ["Time for your 08:00 medi"]
    assert first_dose(world).reminders == 2


def test_later_near_the_end_of_the_window_leaves_time_to_answer(world: World, due: Dose) -> None:
    world.clock.instant = world.local("2026-03-05 08:50")
    world.text("2")
    echo = said_back(world)

    again = at(world, "2026-03-05 08:55", seconds=9)

    assert "again at 08:55" in echo
    assert [text.to for text in again] == [world.anna.phone]


def test_later_when_no_time_is_left_for_another_call_says_what_can_be_answered(world: World, due: Dose) -> None:
    world.clock.instant = world.local("2026-03-05 08:57")

    world.text("2")

    assert said_back(world).startswith("Medicine reminders: reply 1 taken")
    assert first_dose(world).state == "due"


def test_a_snoozed_dose_that_nobody_answers_is_missed_all_the_same(world: World, due: Dose) -> None:
    world.text("2")

    said = world.beat_until(world.local("2026-03-05 10:00"))

    assert first_dose(world).state == "missed"
    assert {text.to for text in said[-2:]} == {world.ben.phone, world.cora.phone}


def test_a_late_answer_closes_the_alerts_and_tells_who_was_alarmed(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    world.clock.advance(minutes=30)

    world.text("1")
    said = world.beat()

    assert {alert.state for alert in world.all(Alert)} == {"closed"}
    assert sorted((text.to, text.text) for text in said) == [
        (world.anna.phone, "Noted late: 08:00 taken. If that is wrong, open companion or call +4930123456."),
        (world.ben.phone, "Anna has answered now: the 08:00 medicine was taken."),
        (world.cora.phone, "Anna has answered now: the 08:00 medicine was taken."),
    ]


def test_an_alarm_that_has_not_left_is_called_off_instead(world: World, due: Dose) -> None:
    world.clock.instant = world.local(NINE) + timedelta(seconds=10)
    sweep(world.engine, world.now, timedelta(hours=72))
    world.text("1")

    said = world.beat()

    assert [text.to for text in said] == [world.anna.phone]
    assert {message.state for message in world.all(Message, purpose=Purpose.MISSED_DOSE.value)} == {
        MessageState.CANCELLED
    }


def test_whoever_may_no_longer_hear_of_doses_is_not_told_how_it_ended(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    with writing(world.engine) as session:
        for link in session.query(CareLink).filter_by(member_id=world.cora.id):
            end_link(link, world.now)

    world.text("1")

    assert sorted(text.to for text in world.beat()) == [world.anna.phone, world.ben.phone]


def test_while_another_medicine_of_that_time_is_missed_the_alarm_stands(world: World, two_due: list[Dose]) -> None:
    at(world, NINE, seconds=10)
    first, second = two_due

    answer(world, first, Taken())
    after_one = world.beat()
    answer(world, second, Taken())
    after_both = world.beat()

    assert after_one == []
    assert sorted(text.to for text in after_both) == [world.ben.phone, world.cora.phone]


def test_an_answer_long_after_the_window_is_taken_for_no_dose(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    world.clock.instant = world.local("2026-03-05 12:01")

    world.text("1")

    assert said_back(world).startswith("No medicine is waiting")
    assert first_dose(world).state == "missed"


def test_an_answer_before_any_reminder_is_taken_for_no_dose(world: World) -> None:
    world.prescribe()
    world.beat()

    world.text("1")

    assert said_back(world).startswith("No medicine is waiting")
    assert {dose.state for dose in world.all(Dose)} == {"planned"}


def test_a_contrary_answer_changes_nothing_and_says_so(world: World, due: Dose) -> None:
    world.text("1")
    world.beat()

    world.text("3")

    assert said_back(world).startswith("08:00 is already noted as taken.")
    assert first_dose(world).state == "taken"


@pytest.mark.parametrize("body", ["I took half of it", "1?", "ok", "", "1 3"])
def test_what_is_not_plain_goes_to_a_person(world: World, due: Dose, body: str) -> None:
    understood = world.text(body)

    assert understood is Reply.UNCLEAR
    assert [task.kind for task in world.all(Task)] == [TaskKind.UNCLEAR_REPLY]
    assert said_back(world).startswith("We did not understand.")
    assert first_dose(world).state == "due"


def test_a_webhook_told_twice_counts_once(world: World, due: Dose) -> None:
    first = world.text("something", provider_id="SM1")

    again = world.text("something", provider_id="SM1")

    assert (first, again) == (Reply.UNCLEAR, None)
    assert len(world.all(Inbound)) == len(world.all(Task)) == 1


def test_a_number_nobody_has_is_kept_and_answered_by_nobody(world: World, due: Dose) -> None:
    with writing(world.engine) as session:
        session.get_one(Person, world.stranger.id).phone = None

    understood = world.text("1", person=world.stranger)

    assert understood is None
    assert world.only(Inbound).person_id is None
    assert world.beat() == []


def test_a_caregivers_answer_is_no_answer_of_the_patient(world: World, due: Dose) -> None:
    world.text("1", person=world.ben)

    assert first_dose(world).state == "due"
    assert [task.kind for task in world.all(Task)] == [TaskKind.UNCLEAR_REPLY]


def test_two_patients_with_one_telephone_are_asked_about_by_a_person(world: World, due: Dose) -> None:
    with writing(world.engine) as session:
        world.add(session, Role.PATIENT, "Otto Berg", world.anna.phone)

    world.text("1")

    assert first_dose(world).state == "due"
    assert [task.kind for task in world.all(Task)] == [TaskKind.UNCLEAR_REPLY]


def test_who_opts_out_gets_nothing_more_until_they_opt_in(world: World, due: Dose) -> None:
    world.text("STOP")
    silent = world.beat()
    world.clock.advance(minutes=1)
    reminder = at(world, "2026-03-06 08:00")

    world.text("START")
    back = world.beat()

    assert silent == []
    assert [text.to for text in reminder] == []
    assert [text.text for text in back] == ["You will get our texts again."]


# On the page


def test_two_equal_answers_are_one(world: World, due: Dose) -> None:
    first, again = answer(world, due, Taken()), answer(world, due, Taken())

    assert isinstance(first, Transition)
    assert isinstance(again, Transition)
    assert (first.changes, again.changes) == (True, False)
    assert [event.event for event in world.all(DoseEvent)] == ["due", "taken"]


def test_of_two_different_answers_at_one_instant_one_is_kept(world: World, due: Dose) -> None:
    start, results = threading.Barrier(2), []

    def run(event: Event) -> None:
        start.wait()
        results.append(answer(world, due, event))

    threads = [threading.Thread(target=run, args=(event,)) for event in (Taken(), Skipped("full"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [result for result in results if isinstance(result, Refused)] == [Refused(Refusal.ALREADY_ANSWERED)]
    assert len(world.all(DoseEvent)) == 2


def test_an_answer_taken_back_in_time_leaves_the_dose_due_and_it_can_still_be_missed(world: World, due: Dose) -> None:
    answer(world, due, Taken())
    answer(world, due, Undo())

    said = at(world, NINE, seconds=10)

    assert [event.event for event in world.all(DoseEvent)] == ["due", "taken", "undo", "missed"]
    assert len(said) == 2


def test_an_answer_before_the_reminder_has_left_calls_it_off(world: World) -> None:
    world.prescribe()
    world.beat()
    world.clock.instant = world.local(EIGHT)
    sweep(world.engine, world.now, timedelta(hours=72))
    answer(world, first_dose(world), Taken())

    assert world.beat() == []
    assert world.only(Message).state == MessageState.CANCELLED


def test_while_another_medicine_of_that_time_waits_the_reminder_still_leaves(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    world.beat()
    world.clock.instant = world.local(EIGHT)
    sweep(world.engine, world.now, timedelta(hours=72))
    answer(world, first_dose(world), Taken())

    assert [text.to for text in world.beat()] == [world.anna.phone]
