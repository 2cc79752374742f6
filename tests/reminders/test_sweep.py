"""What is due is told once, what is missed is told to whom the patient chose, and old news wakes nobody."""

import threading
from collections import Counter
from datetime import timedelta

from companion.care import due_work
from companion.care.consent import CareLink, end_link
from companion.care.contact_models import Kind
from companion.care.due_work import WorkKind
from companion.care.message_consent import opt_out
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import Alert, AlertKind, Task, TaskKind
from companion.db import writing
from companion.messages.models import Message, Purpose
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Snooze
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.telling.sweep import sweep
from tests.world import Said, World

AHEAD = timedelta(hours=72)
EIGHT, NINE = "2026-03-05 08:00", "2026-03-05 09:00"


def at(world: World, local: str, **more: float) -> list[Said]:
    """Moves the clock there and beats once."""
    world.clock.instant = world.local(local) + timedelta(**more)
    return world.beat()


def planned(world: World) -> None:
    world.prescribe()
    world.beat()


def to(said: list[Said]) -> list[str]:
    return sorted(text.to for text in said)


def test_a_dose_is_reminded_of_at_its_time_and_not_before(world: World) -> None:
    planned(world)

    early = at(world, EIGHT, seconds=-1)
    said = at(world, EIGHT)

    assert early == []
    assert [(text.to, text.text) for text in said] == [
        (world.anna.phone, "Time for your 08:00 medicine. Reply 1 taken, 2 later, 3 skip.")
    ]


def test_every_further_beat_of_the_window_says_nothing(world: World) -> None:
    planned(world)
    at(world, EIGHT)

    assert world.beat_until(world.local(NINE)) == []


def test_two_medicines_at_one_time_are_one_message_and_two_doses(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    world.beat()

    said = at(world, EIGHT)

    assert to(said) == [world.anna.phone]
    assert [dose.state for dose in world.all(Dose) if dose.due_at == world.now] == ["due", "due"]


def test_an_unanswered_dose_is_missed_when_its_window_is_over_and_the_family_hears_once(world: World) -> None:
    planned(world)
    at(world, EIGHT)

    in_time = at(world, NINE)
    said = at(world, NINE, seconds=10)
    later = world.beat_until(world.local("2026-03-05 12:00"))

    assert (in_time, later) == ([], [])
    assert to(said) == [world.ben.phone, world.cora.phone]
    assert said[0].text == "Anna has not confirmed the 08:00 medicine. Please ask how it went. Never double a dose."
    assert world.all(Dose)[0].state == "missed"
    assert [event.event for event in world.all(DoseEvent)] == ["due", "missed"]


def test_two_medicines_missed_together_are_one_message_and_two_alerts(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    world.beat()
    at(world, EIGHT)

    said = at(world, NINE, seconds=10)

    assert to(said) == [world.ben.phone, world.cora.phone]
    assert Counter(alert.recipient_id for alert in world.all(Alert)) == {world.ben.id: 2, world.cora.id: 2}


def test_no_message_of_the_day_names_a_medicine_or_an_amount(world: World) -> None:
    planned(world)

    said = at(world, EIGHT) + at(world, NINE, seconds=10)

    assert len(said) == 3
    assert not any(word in text.text for text in said for word in ("Glargine", "insulin", "16", "Berg"))


def test_a_caregiver_whose_link_has_ended_or_who_may_see_readings_only_hears_nothing(world: World) -> None:
    planned(world)
    with writing(world.engine) as session:
        for link in session.query(CareLink).filter_by(member_id=world.cora.id):
            end_link(link, world.now)
        for link in session.query(CareLink).filter_by(member_id=world.ben.id, scope="missed_doses"):
            link.ends_at = world.local(NINE)
    at(world, EIGHT)

    said = at(world, NINE, seconds=10)

    assert said == []
    assert world.all(Alert) == []


def test_a_caregiver_who_left_hears_nothing(world: World) -> None:
    planned(world)
    with writing(world.engine) as session:
        session.get_one(Person, world.ben.id).left_at = world.now
    at(world, EIGHT)

    assert to(at(world, NINE, seconds=10)) == [world.cora.phone]


def test_when_no_reminder_got_out_the_family_hears_that_she_could_not_be_reached(world: World) -> None:
    planned(world)
    with writing(world.engine) as session:
        opt_out(session, Kind.SMS, world.anna.phone or "", "STOP", world.now)
    at(world, EIGHT)

    said = at(world, NINE, seconds=10)

    assert world.all(Dose)[0].state == "missed_unreached"
    assert {alert.kind for alert in world.all(Alert)} == {AlertKind.NOT_REACHED}
    assert said[0].text.startswith("We could not reach Anna, so we do not know")
    assert [task.kind for task in world.all(Task)] == [TaskKind.OPTED_OUT, TaskKind.MESSAGE_FAILED]


def test_who_put_a_dose_off_knew_of_it_though_no_reminder_got_out(world: World) -> None:
    planned(world)
    with writing(world.engine) as session:
        opt_out(session, Kind.SMS, world.anna.phone or "", "STOP", world.now)
    at(world, EIGHT)
    with writing(world.engine) as session:
        (dose,) = session.query(Dose).filter(Dose.state == "due")
        answer_dose(session, dose.id, Snooze(timedelta(minutes=10)), actor_id=world.anna.id, via="page", now=world.now)

    said = at(world, NINE, seconds=10)

    assert world.all(Dose)[0].state == "missed"
    assert said[0].text.startswith("Anna has not confirmed")


def test_a_reminder_the_provider_could_not_deliver_counts_as_not_reached(world: World) -> None:
    planned(world)
    at(world, EIGHT)
    with writing(world.engine) as session:
        session.query(Message).one().state = "failed"

    at(world, NINE, seconds=10)

    assert world.all(Dose)[0].state == "missed_unreached"


def test_after_days_without_the_service_the_past_is_marked_and_nobody_is_woken_by_it(world: World) -> None:
    planned(world)
    world.clock.instant = world.local("2026-03-15 10:30")

    said = world.beat()

    past = [dose for dose in world.all(Dose) if dose.due_at < world.now]
    assert [dose.local_on.day for dose in past] == list(range(5, 16))
    assert {dose.state for dose in past} == {"missed_unreached"}
    # Only this morning's dose is news.
    assert [(text.to, "08:00" in text.text) for text in said] == [(world.ben.phone, True), (world.cora.phone, True)]
    assert len(world.all(Alert)) == 2
    assert world.all(Message, purpose=Purpose.REMINDER.value) == []


def test_a_service_that_comes_back_within_the_window_still_reminds(world: World) -> None:
    planned(world)

    said = at(world, EIGHT, minutes=40)

    assert to(said) == [world.anna.phone]


def test_a_caregivers_message_that_did_not_leave_within_half_a_day_is_no_longer_sent(world: World) -> None:
    planned(world)
    at(world, EIGHT)
    world.clock.instant = world.local(NINE) + timedelta(seconds=10)
    sweep(world.engine, world.now, AHEAD)
    world.clock.advance(hours=12)

    said = world.beat()

    assert said == []
    assert len(world.all(Alert)) == 2


def test_two_sweepers_at_one_instant_remind_once(world: World) -> None:
    planned(world)
    world.clock.instant = world.local(EIGHT)
    start, reminded = threading.Barrier(2), []

    def run() -> None:
        start.wait()
        reminded.append(sweep(world.engine, world.now, AHEAD).reminded)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = world.beat()

    assert sorted(reminded) == [0, 1]
    assert to(said) == [world.anna.phone]
    assert [event.event for event in world.all(DoseEvent)] == ["due"]


def test_a_dose_of_a_stopped_medicine_is_neither_reminded_of_nor_missed(world: World) -> None:
    planned(world)
    with writing(world.engine) as session:
        regimen = session.query(Regimen).one()
        regimen.stopped_at = world.now
        due_work.put_off(session, WorkKind.PLAN, regimen.id, world.now)

    said = at(world, EIGHT) + at(world, NINE, seconds=10)

    assert said == []
    assert {dose.state for dose in world.all(Dose)} == {"cancelled"}
