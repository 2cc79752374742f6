"""What cannot wait, from readings and from what the patient tells: who is told, once, and what the rules make of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.advice.alarms.urgent_models import UrgentEpisode
from companion.advice.models import Suggestion
from companion.arrivals import Typed
from companion.care.due_work import DueWork, WorkKind
from companion.care.report_kinds import What
from companion.care.reported import EndedAs, reported_conditions
from companion.care.tasks import Alert, Task, TaskKind
from companion.db import writing
from companion.devices.ingest import TypedReading
from companion.flows import assess_patient, take_in
from companion.gather import gather
from companion.messages.models import Message, Purpose
from companion.readings.reading import Kind, Metric, Reading
from companion.urgency import reporting
from tests.world import World


def tell(world: World, *whats: What) -> list[str]:
    """As the page does it: kept, then assessed."""
    told = reporting.tell(world.engine, world.anna, whats, by=world.anna, via="page", now=world.now)
    assess_patient(world.stores, world.anna.id, world.now)
    return told


def press(world: World, systolic: int, diastolic: int, minutes_ago: float = 0) -> None:
    """Anna types what her cuff shows."""
    local = (world.now - timedelta(minutes=minutes_ago)).astimezone(world.zone).replace(tzinfo=None)
    entry = TypedReading(Metric.BLOOD_PRESSURE, local, Decimal(systolic), "mm[Hg]", diastolic=Decimal(diastolic))
    take_in(world.stores, Typed(world.anna.id, entry, by=world.anna), world.now)


def ketone(world: World, mmol_l: str) -> None:
    """A ketone of her meter, as one comes in by an upload."""
    value = Reading(
        world.anna.public_id, Metric.KETONE, world.now, "METER:0001", 1, Decimal(mmol_l), "mmol/L", Kind.METER, "test"
    )
    world.stores.readings.append([value])
    assess_patient(world.stores, world.anna.id, world.now)


def urgent_tasks(world: World) -> list[str]:
    return [task.details["event"] for task in world.all(Task, kind=TaskKind.URGENT_READING.value)]


def texts(world: World) -> dict[str | None, str]:
    """What left now, by number."""
    return {said.to: said.text for said in world.beat()}


# Without and with a signature


def test_without_a_signed_text_people_are_only_told_whom_to_call(world: World) -> None:
    world.measure(50)

    said = texts(world)

    assert said[world.anna.phone] == (
        "A value or what you told us needs attention. Please call +4930123456 now. In an emergency: 112."
    )
    assert (
        said[world.ben.phone] == "Anna: something needs attention. Please call +4930123456 now. In an emergency: 112."
    )


def test_a_signed_text_is_sent_and_a_withdrawn_one_is_not(world: World) -> None:
    world.sign_instructions()
    world.measure(50)
    signed = texts(world)
    world.withdraw_instructions()
    world.clock.advance(hours=3)

    world.measure(51)

    assert signed[world.anna.phone].startswith("Your sugar is too low.")
    assert texts(world)[world.anna.phone].startswith("A value or what you told us")


def test_a_threshold_from_memory_speaks_once_a_clinician_signed_the_text_about_it(world: World) -> None:
    world.measure(260, hours_ago=3)
    world.measure(261)
    before = urgent_tasks(world)
    world.sign_instructions()

    assess_patient(world.stores, world.anna.id, world.now)

    assert before == []
    assert urgent_tasks(world) == ["hyper"]


# Readings


def test_one_severe_pressure_is_none_and_a_second_after_five_minutes_is(world: World) -> None:
    press(world, 185, 100, minutes_ago=5)
    after_one = urgent_tasks(world)

    press(world, 181, 95)
    press(world, 190, 95)

    assert after_one == []
    assert urgent_tasks(world) == ["bp_severe"]


def test_high_ketones_are_a_task_and_raised_ones_are_only_told(world: World) -> None:
    world.sign_instructions()
    ketone(world, "0.8")
    raised, said = urgent_tasks(world), texts(world)
    world.clock.advance(minutes=30)

    ketone(world, "1.6")

    assert raised == []
    assert said[world.anna.phone].startswith("Your ketones are raised.")
    assert urgent_tasks(world) == ["ketones_high"]
    assert texts(world)[world.anna.phone].startswith("Your ketones are high.")


def test_what_gets_worse_while_its_task_is_open_stays_that_task(world: World) -> None:
    ketone(world, "2.0")
    world.clock.advance(minutes=30)

    ketone(world, "3.5")

    assert urgent_tasks(world) == ["ketones_emergency"]
    assert world.only(UrgentEpisode).event == "ketones_emergency"


def test_what_gets_worse_after_its_task_was_done_is_another(world: World) -> None:
    ketone(world, "2.0")
    with writing(world.engine) as session:
        session.query(Task).one().done_at = world.now
    world.clock.advance(minutes=30)

    ketone(world, "3.5")

    assert urgent_tasks(world) == ["ketones_high", "ketones_emergency"]


def test_a_sensor_that_stays_low_is_one_task_and_one_message(world: World) -> None:
    for minutes in range(0, 60, 5):
        world.clock.advance(minutes=5)
        world.measure(50, hours_ago=minutes / 600)

    told = world.all(Message, purpose=Purpose.URGENT_READING.value, recipient_id=world.anna.id)
    assert (urgent_tasks(world), len(told)) == (["hypo_l2"], 1)


# What the patient tells


@pytest.mark.parametrize(
    ("what", "event"),
    [
        (What.ILL, "ill"),
        (What.VOMITING, "vomiting"),
        (What.DIZZY, "dizzy"),
        (What.FALL, "fall"),
        (What.NEEDED_HELP, "hypo_l3"),
        (What.SYMPTOMS, "symptoms"),
    ],
)
def test_each_report_is_told_to_the_clinic_the_patient_and_the_caregiver(world: World, what: What, event: str) -> None:
    world.sign_instructions()

    tell(world, what)

    assert urgent_tasks(world) == [event]
    assert texts(world).keys() == {world.anna.phone, world.ben.phone}
    assert [(alert.recipient_id, alert.details["event"]) for alert in world.all(Alert)] == [(world.ben.id, event)]


def test_the_same_said_again_is_told_to_nobody_again(world: World) -> None:
    first = tell(world, What.ILL)
    again = tell(world, What.ILL)
    world.clock.advance(hours=3)
    tell(world, What.ILL)

    assert first == again
    assert urgent_tasks(world) == ["ill"]
    assert len(world.all(Message, recipient_id=world.anna.id)) == 1


def test_an_illness_holds_back_an_increase_that_waits_and_lets_it_return_when_it_is_over(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    (report,) = tell(world, What.ILL)
    while_ill = [suggestion.state for suggestion in world.all(Suggestion)]
    reporting.end(world.engine, report, EndedAs.OVER, by=world.anna, now=world.now)
    with writing(world.engine) as session:
        session.query(Task).one().done_at = world.now

    assess_patient(world.stores, world.anna.id, world.now)

    assert while_ill == ["superseded"]
    assert [suggestion.state for suggestion in world.all(Suggestion)] == ["superseded", "pending"]


def test_a_low_that_needed_help_lowers_the_dose_and_calls_no_increase_for_ninety_days(world: World) -> None:
    _, plan = world.titration()

    tell(world, What.NEEDED_HELP)

    (suggestion,) = world.all(Suggestion)
    assert (suggestion.action, suggestion.is_urgent) == ("decrease", True)
    with writing(world.engine) as session:
        far, over = (reported_conditions(session, world.anna.id, world.now + timedelta(days=n)) for n in (89, 90))
        now = gather(session, world.stores.readings, world.stores.registry, session.merge(plan), world.now)
    assert (far, over) == ({"severe_hypo_ever_90d"}, frozenset())
    assert {"hypo_l3", "severe_hypo_ever_90d"} <= now.case.patient.flags


def test_a_high_pressure_with_symptoms_is_an_emergency(world: World) -> None:
    tell(world, What.SYMPTOMS)

    press(world, 185, 110)

    assert sorted(urgent_tasks(world)) == ["bp_emergency", "symptoms"]


def test_a_pressure_below_a_hundred_is_low_only_with_dizziness(world: World) -> None:
    world.sign_instructions()
    press(world, 98, 60)
    before = urgent_tasks(world)

    tell(world, What.DIZZY)

    assert before == []
    assert sorted(urgent_tasks(world)) == ["bp_low", "dizzy"]


def test_a_report_whose_process_died_is_acted_upon_by_the_next_beat(world: World) -> None:
    reporting.tell(world.engine, world.anna, [What.FALL], by=world.anna, via="page", now=world.now)
    left_due = world.all(DueWork, kind=WorkKind.ASSESS.value)

    world.beat()

    assert len(left_due) == 1
    assert urgent_tasks(world) == ["fall"]
    assert world.all(DueWork, kind=WorkKind.ASSESS.value) == []


def test_a_mistake_counts_no_more_and_its_task_stays_for_somebody_to_close(world: World) -> None:
    (report,) = tell(world, What.NEEDED_HELP)

    reporting.end(world.engine, report, EndedAs.MISTAKE, by=world.doctor, now=world.now)
    assess_patient(world.stores, world.anna.id, world.now)

    assert urgent_tasks(world) == ["hypo_l3"]
    _, plan = world.titration()
    with writing(world.engine) as session:
        seen = gather(session, world.stores.readings, world.stores.registry, session.merge(plan), world.now)
    assert not {"hypo_l3", "severe_hypo_ever_90d"} & seen.case.patient.flags


# Whatever comes


steps = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.one_of(st.sampled_from([45, 60, 110, 260, 310]), st.sampled_from(list(What))),
    ),
    min_size=1,
    max_size=5,
)


@given(steps)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_two_open_tasks_or_two_messages_for_one_episode(tmp_path_factory, came) -> None:  # type: ignore[no-untyped-def]
    world = World(tmp_path_factory.mktemp("urgent"))
    world.sign_instructions()

    for minutes, what in came:
        world.clock.advance(minutes=minutes)
        if isinstance(what, What):
            tell(world, what)
        else:
            world.measure(what)
        assess_patient(world.stores, world.anna.id, world.now)

    episodes = world.all(UrgentEpisode)
    tasks = [episode.task_id for episode in episodes if episode.task_id]
    assert len(tasks) == len(set(tasks)) == len(urgent_tasks(world))
    to_anna = world.all(Message, purpose=Purpose.URGENT_READING.value, recipient_id=world.anna.id)
    worse = sum(1 + ["hypo_l1", "hypo_l2", "hypo_l3"].index(e.event) for e in episodes if e.event.startswith("hypo"))
    others = sum(2 for e in episodes if not e.event.startswith("hypo"))
    assert len(episodes) <= len(to_anna) <= worse + others
    world.engine.dispose()
