"""Answers by text: what they are taken for, what is said back, and who hears that an alarm is over."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from companion.advice.models import Suggestion
from companion.care.consent import CareLink, end_link
from companion.care.contact_models import ContactPoint
from companion.care.contacts import contacts_of, remove_contact
from companion.care.people import Person, Role
from companion.care.tasks import Alert, Task, TaskKind
from companion.db import writing
from companion.messages.models import Inbound, Message, MessageState, Purpose
from companion.messages.outbox import enqueue
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Correct, Event, Refusal, Refused, Skipped, Taken, Transition, Undo
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.doses.replies import Reply
from companion.reminders.telling.sweep import reminder_key, sweep
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
        whose = session.get_one(Person, world.stranger.id)
        remove_contact(session, whose, contacts_of(session, [whose.id])[whose.id][0], world.now)

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


def test_yes_answers_a_dose_of_somebody_who_gets_our_texts(world: World, due: Dose) -> None:
    world.text("yes")

    assert first_dose(world).state == "taken"


def test_yes_from_a_number_that_opted_out_asks_for_our_texts_again(world: World, due: Dose) -> None:
    world.text("STOP")

    understood = world.text("yes")

    assert understood is Reply.OPT_IN
    assert first_dose(world).state == "due"
    assert [point.state for point in world.all(ContactPoint) if point.person_id == world.anna.id] == ["ok"]


def test_a_reply_is_about_the_time_that_was_asked_about_last(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_second", drug="Metformin", times=("08:10",))
    world.beat()
    at(world, EIGHT)
    world.text("2")  # asks about 08:00 again at 08:15, after 08:10 was asked about
    at(world, "2026-03-05 08:10")
    at(world, "2026-03-05 08:15")

    world.text("1")

    assert [(dose.local_time, dose.state) for dose in world.all(Dose) if dose.due_at < world.now] == [
        ("08:00", "taken"),
        ("08:10", "due"),
    ]


def test_what_was_answered_before_of_that_time_stays_and_is_said(world: World, two_due: list[Dose]) -> None:
    answer(world, two_due[0], Skipped("unwell"))

    world.text("1")

    assert [world.only(Dose, id=dose.id).state for dose in two_due] == ["skipped", "taken"]
    assert said_back(world).startswith("Noted: 08:00 taken. What you answered before")


def test_taken_before_the_change_was_read_is_noted_and_somebody_calls(world: World) -> None:
    world.titration()
    world.measure(66)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    world.beat()
    at(world, EIGHT)

    world.text("1")

    assert [dose.state for dose in world.all(Dose) if dose.due_at == world.now] == ["taken"]
    assert TaskKind.TAKEN_UNREAD in {task.kind for task in world.all(Task)}
    assert said_back(world).startswith("Noted: 08:00 taken. But your dose changed")


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


def test_what_was_taken_back_is_asked_about_once_more(world: World, due: Dose) -> None:
    answer(world, due, Taken())
    world.beat()
    answer(world, due, Undo())

    said = world.beat_until(world.local("2026-03-05 08:30"))

    assert [(text.at, text.text[:8]) for text in said] == [(world.local("2026-03-05 08:15"), "Time for")]


def test_a_late_answer_taken_back_raises_the_alarm_again_for_who_heard_of_it(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    answer(world, due, Taken())
    heard = world.beat()
    world.clock.advance(minutes=5)
    answer(world, due, Undo())

    said = world.beat()

    assert len(heard) == 2
    assert first_dose(world).state == "missed"
    assert {alert.state for alert in world.all(Alert)} == {"open"}
    assert sorted((text.to, text.text[:22]) for text in said) == [
        (world.ben.phone, "Anna has not confirmed"),
        (world.cora.phone, "Anna has not confirmed"),
    ]


def test_an_end_that_nobody_heard_of_needs_no_second_alarm(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    answer(world, due, Taken())
    answer(world, due, Undo())

    assert world.beat() == []
    assert {alert.state for alert in world.all(Alert)} == {"open"}


def test_who_heard_how_it_ended_hears_of_a_correction(world: World, due: Dose) -> None:
    at(world, NINE, seconds=10)
    answer(world, due, Taken())
    world.beat()
    world.clock.advance(minutes=5)

    answer(world, due, Correct(Skipped("unwell")))

    assert {text.text for text in world.beat()} == {"Anna has answered now: the 08:00 medicine was skipped."}


def test_an_answer_calls_off_every_reminder_of_its_time_that_has_not_left(world: World, due: Dose) -> None:
    for number in (2, 3):
        with writing(world.engine) as session:
            enqueue(
                session,
                unique_key=reminder_key(world.anna.id, due.due_at, number),
                purpose=Purpose.REMINDER,
                recipient_id=world.anna.id,
                patient_id=world.anna.id,
                params={"due_ms": 0, "local": "08:00"},
                now=world.now,
                expires_at=due.window_ends_at,
            )

    answer(world, due, Taken())

    assert [message.state for message in world.all(Message)] == ["handed_over", "cancelled", "cancelled"]


def test_the_history_tells_who_answered_when_how_and_what(world: World, due: Dose) -> None:
    world.clock.advance(minutes=10)
    answer(world, due, Taken(world.local(EIGHT), Decimal("0.5")))
    answer(world, due, Correct(Skipped("other", "it fell")))

    taken, skipped = world.all(DoseEvent)[1:]

    assert (taken.event, taken.actor_id, taken.via, taken.at) == ("taken", world.anna.id, "page", world.now)
    assert (taken.taken_at, taken.amount_taken) == (world.local(EIGHT), Decimal("0.5"))
    assert (skipped.event, skipped.note, skipped.remark, skipped.taken_at) == ("skipped", "other", "it fell", None)


def test_a_dose_that_follows_another_is_planned_and_called_off_with_it(world: World, due: Dose) -> None:
    follows = {"kind": "linked", "to": "rg_insulin", "minutes": 30}
    world.prescribe(public_id="rg_after", drug="Metformin", rule=follows)
    world.beat()

    answer(world, due, Taken())
    planned = [(dose.due_at, dose.state) for dose in world.all(Dose, after_dose_id=due.id)]
    answer(world, due, Undo())

    assert planned == [(world.now + timedelta(minutes=30), "planned")]
    assert [dose.state for dose in world.all(Dose, after_dose_id=due.id)] == ["cancelled"]


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
