"""From readings to a suggestion that only a doctor sees: when there is one, what takes it back, who is told what."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from companion.advice.models import ProtocolRun, Suggestion
from companion.arrivals import Typed
from companion.care.consent import CareLink, end_link
from companion.care.due_work import DueWork, WorkKind
from companion.care.facts import FactKind, note_fact
from companion.care.tasks import Alert, Task, TaskKind
from companion.db import writing
from companion.devices.ingest import TypedReading
from companion.flows import Stores, take_in
from companion.messages.models import Message
from companion.readings.reading import Meal, Metric
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from tests.world import World


def states(world: World) -> list[tuple[str, str, Decimal]]:
    return [(s.state, s.action, s.to_amount) for s in world.all(Suggestion)]


def run_of(world: World) -> dict[str, object]:
    """The outcome of the newest assessment, as the doctor's page shows it."""
    with writing(world.engine) as session:
        outcome: dict[str, object] = session.query(ProtocolRun).one().outcome["outcome"]
        return outcome


def test_three_labelled_fasting_values_above_the_goal_give_one_pending_suggestion(world: World) -> None:
    world.titration()

    world.fast(150, 155, 158)

    suggestion = world.only(Suggestion)
    assert (suggestion.state, suggestion.rule, suggestion.from_amount, suggestion.to_amount) == (
        "pending",
        "R5",
        16,
        18,
    )
    assert suggestion.expires_at == world.now + timedelta(hours=72)
    assert suggestion.evidence["case"]["glucose"][-1]["mg_dl"] == "158"


def test_the_same_values_without_their_label_give_none(world: World) -> None:
    world.titration()

    for hours_ago, value in ((51, 150), (27, 155), (3, 158)):
        world.measure(value, hours_ago=hours_ago)

    assert world.all(Suggestion) == []
    assert run_of(world)["asks"] == ["insufficient_data"]


def test_the_same_outcome_again_leaves_the_suggestion_waiting_as_it_is(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    first = world.only(Suggestion)
    world.clock.advance(hours=1)

    world.measure(140, meal=None)

    again = world.only(Suggestion)
    assert (again.public_id, again.digest, again.expires_at) == (first.public_id, first.digest, first.expires_at)


def test_another_outcome_supersedes_what_waited(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    world.clock.advance(hours=1)

    world.measure(65)

    assert states(world) == [("superseded", "increase", 18), ("pending", "decrease", 14)]


def test_a_serious_low_turns_the_increase_into_an_urgent_decrease(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    world.clock.advance(hours=1)

    world.measure(50)

    assert states(world) == [("superseded", "increase", 18), ("pending", "decrease", 12)]
    assert world.all(Suggestion)[-1].is_urgent
    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]


def test_a_serious_low_is_told_once_to_the_patient_and_to_who_may_see_readings_and_to_nobody_else(
    world: World,
) -> None:
    world.sign_instructions()
    world.titration()

    world.measure(50)
    said = world.beat()

    assert [text.to for text in said] == [world.anna.phone, world.ben.phone]
    assert said[0].text.startswith("Your sugar is too low.")
    assert said[1].text.startswith("Anna: sugar too low.")
    assert [(alert.recipient_id, alert.details["event"]) for alert in world.all(Alert)] == [(world.ben.id, "hypo_l2")]


def test_a_new_low_is_told_again_and_the_same_one_never(world: World) -> None:
    world.titration()
    world.measure(50)
    world.beat()
    world.clock.advance(minutes=15)

    world.measure(52)
    same = world.beat()
    world.clock.advance(minutes=61)
    world.measure(51)
    new = world.beat()
    world.measure(110)
    better = world.beat()

    assert [text.to for text in new] == [world.anna.phone, world.ben.phone]
    assert same == better == []


def test_a_caregiver_whose_link_has_ended_hears_of_no_low(world: World) -> None:
    world.titration()
    with writing(world.engine) as session:
        for link in session.query(CareLink).filter_by(member_id=world.ben.id):
            end_link(link, world.now)

    world.measure(50)

    assert [text.to for text in world.beat()] == [world.anna.phone]


def test_a_low_of_this_morning_that_comes_in_tonight_is_a_task_and_wakes_nobody(world: World) -> None:
    world.titration()

    world.measure(50, hours_ago=5)

    assert world.beat() == []
    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]


def test_a_low_is_told_and_a_task_even_without_any_plan(world: World) -> None:
    world.measure(50)

    assert [text.to for text in world.beat()] == [world.anna.phone, world.ben.phone]
    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]


def test_a_threshold_known_from_memory_speaks_only_where_a_plan_was_signed(world: World) -> None:
    for hours_ago in (3, 0):
        world.measure(310, hours_ago=hours_ago)
    without_plan = world.all(Task)
    world.titration()

    world.measure(311)

    assert without_plan == []
    task = world.only(Task, kind=TaskKind.URGENT_READING.value)
    assert task.details["event"] == "hyper_severe"


def test_nobody_is_told_of_a_pending_suggestion(world: World) -> None:
    world.titration()

    world.fast(150, 155, 158)
    said = world.beat()

    assert said == []
    assert world.all(Message) == []
    assert world.all(Alert) == []


def test_missed_doses_hold_the_increase_and_make_a_task_once(world: World) -> None:
    regimen = world.prescribe()
    world.note_facts()
    world.log_doses(regimen, *[DoseState.TAKEN, DoseState.MISSED] * 7)
    world.sign_plan(regimen)

    world.fast(150, 155, 158)
    world.measure(140)

    assert world.all(Suggestion) == []
    assert [task.kind for task in world.all(Task)] == [TaskKind.ADHERENCE_REVIEW]
    assert run_of(world)["rule"] == "R5"


def test_doses_that_nobody_could_ask_about_count_as_missed(world: World) -> None:
    regimen = world.prescribe()
    world.note_facts()
    world.log_doses(regimen, *[DoseState.MISSED_UNREACHED] * 4, *[DoseState.TAKEN] * 10)
    world.sign_plan(regimen)

    world.fast(150, 155, 158)

    assert world.all(Suggestion) == []
    assert "adherence_review" in run_of(world)["asks"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("unknown", "ask"),
    [("weight_kg", "missing:weight_kg"), ("egfr", "order_labs"), ("drug_list_confirmed", "reconcile_meds")],
)
def test_an_unknown_fact_holds_and_is_asked_for(world: World, unknown: str, ask: str) -> None:
    regimen = world.prescribe()
    world.note_facts(**{unknown: None})
    world.log_doses(regimen, *[DoseState.TAKEN] * 14)
    world.sign_plan(regimen)

    world.fast(150, 155, 158)

    assert world.all(Suggestion) == []
    assert ask in run_of(world)["asks"]  # type: ignore[operator]


def test_values_that_were_mostly_typed_in_hold_the_increase(world: World) -> None:
    world.titration()

    for days_ago in (2, 1, 0):
        local = (world.now - timedelta(days=days_ago, hours=3)).astimezone(world.zone).replace(tzinfo=None)
        entry = TypedReading(Metric.GLUCOSE, local, Decimal(155), "mg/dL", meal=Meal.FASTING)
        take_in(world.stores, Typed(world.anna.id, entry, by=world.anna), world.now)

    assert world.all(Suggestion) == []
    assert "G10" in [g["id"] for g in run_of(world)["gates"] if not g["passed"]]  # type: ignore[attr-defined]


# Plans that do not run


def test_a_plan_past_its_last_day_holds_and_asks_to_be_renewed(world: World) -> None:
    world.titration(ends_on=world.today - timedelta(days=1))

    world.fast(150, 155, 158)

    assert world.all(Suggestion) == []
    assert run_of(world)["asks"] == ["renew_plan"]
    assert [task.kind for task in world.all(Task)] == [TaskKind.PLAN_ENDED]


def test_a_plan_signed_on_another_text_of_the_protocol_holds(world: World) -> None:
    world.titration(protocol_hash="0" * 64)

    world.fast(150, 155, 158)

    assert world.all(Suggestion) == []
    assert run_of(world)["asks"] == ["renew_plan"]


def test_a_plan_whose_protocol_is_gone_holds_up_neither_the_reading_nor_the_alarm(world: World) -> None:
    world.titration(protocol="basal.of_last_year")

    taken = world.measure(50)

    assert taken.new == 1
    assert sorted(task.kind for task in world.all(Task)) == [TaskKind.PLAN_ENDED, TaskKind.URGENT_READING]
    assert [text.to for text in world.beat()] == [world.anna.phone, world.ben.phone]


def test_a_suggestion_is_taken_back_when_its_protocol_is_gone(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    none_left = replace(world.stores.registry, protocols={})

    take_in_with(world, replace(world.stores, registry=none_left))

    assert [state for state, *_ in states(world)] == ["superseded"]


def take_in_with(world: World, stores: Stores) -> None:
    world.stores = stores
    world.measure(140)


def test_a_stopped_plan_proposes_nothing(world: World) -> None:
    _, plan = world.titration()
    with writing(world.engine) as session:
        session.merge(plan).stopped_at = world.now

    world.fast(150, 155, 158)

    assert world.all(Suggestion) == []


# What the jobs process does with a waiting suggestion


def look_later(world: World, **later: float) -> None:
    world.clock.advance(**later)
    world.beat()


def test_a_waiting_suggestion_is_looked_at_within_the_hour(world: World) -> None:
    world.titration()

    world.fast(150, 155, 158)

    assert world.only(DueWork, kind=WorkKind.SUGGESTION.value).next_check_at == world.now + timedelta(hours=1)


def test_a_suggestion_whose_patient_has_missed_doses_since_is_taken_back(world: World) -> None:
    regimen, _ = world.titration()
    world.fast(150, 155, 158)
    with writing(world.engine) as session:
        for dose in session.query(Dose).filter_by(regimen_id=regimen.id, state="taken").limit(6):
            dose.state = DoseState.MISSED.value

    look_later(world, hours=1)

    assert [state for state, *_ in states(world)] == ["superseded"]


def test_a_suggestion_that_still_holds_goes_on_waiting(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)

    look_later(world, hours=1)
    look_later(world, hours=1)

    assert [state for state, *_ in states(world)] == ["pending"]


def test_a_suggestion_nobody_decided_expires(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)

    look_later(world, hours=72)

    assert [state for state, *_ in states(world)] == ["expired"]
    assert world.all(DueWork, kind=WorkKind.SUGGESTION.value) == []


def with_one_more(world: World, flags: str, *, days_ago: int = 0) -> None:
    """The newest glucose once more, an hour and so many days earlier, with those flags about its time."""
    newest = world.readings()[-1]
    more = newest._replace(taken_at=newest.taken_at - timedelta(days=days_ago, hours=1), sequence=9999, flags=flags)
    world.stores.readings.append([more])


@pytest.mark.parametrize(
    ("flags", "passed"), [("clock_set_back", False), ("time_fault,clock_ahead", False), ("", True)]
)
def test_a_value_whose_hour_is_in_doubt_lets_no_dose_rise(world: World, flags: str, passed: bool) -> None:
    world.titration()
    world.fast(150, 155, 158)
    with_one_more(world, flags)

    world.clock.advance(minutes=1)
    world.measure(140)

    gates = {gate["id"]: gate for gate in run_of(world)["gates"]}
    assert gates["G10"]["passed"] is passed


@pytest.mark.parametrize(("flags", "count"), [("day_only", 0), ("", 1)])
def test_a_value_that_only_knows_its_day_counts_for_no_rule(world: World, flags: str, count: int) -> None:
    world.titration()
    world.fast(150, 155)
    with_one_more(world, flags, days_ago=2)

    world.measure(140)

    assert len(world.all(Suggestion)) == count


def test_what_the_clinic_did_not_say_of_a_condition_holds_the_protocol_that_asks_for_it(world: World) -> None:
    asked = ("gi_symptoms", "dehydrated", "contrast_planned", "organ_failure")
    regimen = world.prescribe(drug="Metformin", drug_class="metformin", amount="500", unit="mg")
    world.note_facts()
    world.log_doses(regimen, *[DoseState.TAKEN] * 14)
    name = "metformin.step"
    registry = world.stores.registry
    world.sign_plan(
        regimen,
        protocol=name,
        version=registry.get(name).version,
        protocol_hash=registry.digests[name],
        max_daily=Decimal(2000),
    )

    world.fast(160, 161, 162, 163, 164)
    before = run_of(world)["asks"]
    for condition in asked:
        note_condition(world, condition, "over")
    world.fast(165)

    assert before == [f"missing:{condition}" for condition in asked]
    assert states(world) == [("pending", "increase", Decimal(1000))]


def note_condition(world: World, name: str, value: str) -> None:
    with writing(world.engine) as session:
        note_fact(
            session,
            patient=world.anna,
            kind=FactKind.CONDITION,
            name=name,
            value=value,
            measured_on=world.today,
            noted_by=world.doctor,
            now=world.now,
        )
