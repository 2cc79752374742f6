"""Plans of every kind, signed in the service: what their rules say becomes a suggestion for the right medicine."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from companion.advice.models import Plan, ProtocolRun, Suggestion
from companion.advice.signed import plans
from companion.advice.signed.plan_terms import PlannedStep, Terms
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.errors import BadInput
from companion.flows import assess_patient
from companion.gather import Evidence, gather, preview
from companion.readings.reading import Kind, Metric, Reading
from companion.reminders.doses.dose_state import DoseState
from companion.sheets import sheet_of
from tests.people import stand_for
from tests.world import BEFORE_MEAL, World

NOT_SO = (
    "oedema", "irregular_meals", "premix_is_nph", "kidney_values_worse", "renal_artery_stenosis", "angioedema",
    "potassium_supplement",
)  # fmt: skip


def sign(world: World, regimen: Regimen, terms: Terms) -> Plan:
    """Dr. Roth stands for the protocol and signs the plan."""
    registry = world.stores.registry
    with writing(world.engine) as session:
        stand_for(session, registry, terms.protocol, world.doctor, world.now)
        return plans.sign(session, registry, regimen, by=world.doctor, terms=terms, today=world.today, now=world.now)


def of_pressure(world: World, protocol: str, **more: Any) -> Terms:
    goal: dict[str, Any] = {"target_systolic": Decimal(135), "target_diastolic": Decimal(85), "max_daily": Decimal(100)}
    terms = Terms(protocol, None, None, None, world.today + timedelta(days=60))
    return replace(terms, **goal | more)


def note(world: World, kind: FactKind, value: str, name: str = "") -> None:
    with writing(world.engine) as session:
        note_fact(
            session,
            patient=world.anna,
            kind=kind,
            value=value,
            measured_on=world.today,
            noted_by=world.doctor,
            now=world.now,
            name=name,
        )


def pressures(world: World, systolic: int, diastolic: int, *, days: int = 14, kind: Kind = Kind.CUFF) -> None:
    """Two a morning and two an evening, of the last days."""
    last = world.now.astimezone(world.zone).date()
    found = []
    for ago in range(days):
        for hour in (time(7), time(7, 2), time(19), time(19, 2)):
            at = datetime.combine(last - timedelta(days=ago), hour, world.zone).astimezone(UTC)
            if at <= world.now:
                found.append(pressure(world, at, systolic, diastolic, kind, len(found)))
    world.stores.readings.append(found)


def pressure(world: World, at: datetime, systolic: int, diastolic: int, kind: Kind, number: int) -> Reading:
    return Reading(
        world.anna.public_id,
        Metric.BLOOD_PRESSURE,
        at,
        "CUFF:0001",
        number,
        Decimal(systolic),
        "mm[Hg]",
        kind,
        "test",
        diastolic=Decimal(diastolic),
        pulse=Decimal(70),
    )


def assess(world: World) -> None:
    assess_patient(world.stores, world.anna.id, world.now)


def run_of(world: World) -> dict[str, Any]:
    told: dict[str, Any] = world.all(ProtocolRun)[-1].outcome["outcome"]
    return told


@pytest.fixture
def pressed(world: World) -> World:
    """Anna with her facts; what only the clinic can say is said, and her potassium is known."""
    world.note_facts(potassium="4.2")
    for name in NOT_SO:
        note(world, FactKind.CONDITION, "over", name)
    return world


def takes(world: World, drug: str, drug_class: str, amount: str, *, times: tuple[str, ...] = ("08:00",)) -> Regimen:
    """A tablet taken since long, every dose of the last two weeks."""
    regimen = world.prescribe(
        drug=drug,
        drug_class=drug_class,
        amount=amount,
        unit="mg",
        times=times,
        public_id=f"rg_{drug.lower()}",
        days_ago=60,
    )
    world.log_doses(regimen, *[DoseState.TAKEN] * 14)
    return regimen


def waits(world: World) -> list[tuple[str, str, Decimal, Decimal]]:
    with writing(world.engine) as session:
        found = session.query(Suggestion).filter_by(state="pending").all()
        return [(each.regimen.drug, each.action, each.from_amount, each.to_amount) for each in found]


# Blood pressure


def test_high_pressure_at_home_proposes_the_next_step_of_the_ladder(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate"))
    pressures(pressed, 150, 92)

    assess(pressed)

    assert waits(pressed) == [("Losartan", "increase", 50, 100)]


def test_high_pressure_as_a_diagnosis_is_known_to_the_programme_and_changes_no_suggestion(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate"))
    pressures(pressed, 150, 92)
    note(pressed, FactKind.CONDITION, "present", "hypertension")

    assess(pressed)

    assert waits(pressed) == [("Losartan", "increase", 50, 100)]
    with reading(pressed.engine) as session:
        sheet = sheet_of(session, pressed.stores.readings, session.get_one(Person, pressed.anna.id), pressed.now)
    assert "condition:hypertension" in sheet.said


def test_values_that_were_mostly_typed_in_let_no_pressure_dose_rise(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate"))
    pressures(pressed, 150, 92, kind=Kind.TYPED)

    assess(pressed)

    gates = {gate["id"]: gate["passed"] for gate in run_of(pressed)["gates"]}
    assert (waits(pressed), gates["G10"]) == ([], False)


def test_a_condition_that_nobody_spoke_of_holds_and_is_asked_for(world: World) -> None:
    world.note_facts(potassium="4.2")
    losartan = takes(world, "Losartan", "arb", "50")
    sign(world, losartan, of_pressure(world, "bp.raas_uptitrate"))
    pressures(world, 150, 92)

    assess(world)

    assert waits(world) == []
    assert {"missing:angioedema", "missing:kidney_values_worse"} <= set(run_of(world)["asks"])


def test_that_the_kidneys_are_as_before_is_said_anew_after_each_change(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    plan = sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate"))
    said = evidence(pressed, plan).case.collected

    pressed.clock.advance(days=1)
    raise_to(pressed, losartan, "100")

    assert said["kidney_values_worse"] is False
    assert evidence(pressed, plan).case.collected["kidney_values_worse"] is None
    assert evidence(pressed, plan).case.collected["angioedema"] is False


def steps(world: World, *named: tuple[Regimen, str]) -> Terms:
    planned = tuple(PlannedStep(regimen.public_id, Decimal(amount)) for regimen, amount in named)
    return of_pressure(world, "bp.step_generic", max_daily=None, steps=planned)


def test_the_doses_of_every_drug_for_blood_pressure_count_together(pressed: World) -> None:
    amlodipine = takes(pressed, "Amlodipine", "dhp_ccb", "5")
    losartan = pressed.prescribe(
        drug="Losartan", drug_class="arb", amount="50", unit="mg", public_id="rg_losartan", days_ago=60
    )
    pressed.log_doses(losartan, *[DoseState.MISSED] * 14)
    sign(pressed, amlodipine, steps(pressed, (amlodipine, "10")))
    pressures(pressed, 150, 92)

    assess(pressed)

    taken = pressed.only(ProtocolRun).outcome["case"]["doses_taken"]
    assert (taken["taken"], taken["due"]) == (13, 26)  # the 14 times 24 hours begin after the first morning's
    assert "adherence_review" in run_of(pressed)["asks"]


def test_each_step_of_a_plan_comes_after_the_one_before_was_taken(pressed: World) -> None:
    amlodipine, losartan = takes(pressed, "Amlodipine", "dhp_ccb", "5"), takes(pressed, "Losartan", "arb", "50")
    sign(pressed, amlodipine, steps(pressed, (amlodipine, "10"), (losartan, "100")))
    pressures(pressed, 150, 92, days=28)

    assess(pressed)
    first = waits(pressed)
    raise_to(pressed, amlodipine, "10")
    pressed.clock.advance(days=30)
    pressed.log_doses(amlodipine, *[DoseState.TAKEN] * 14)
    pressed.log_doses(losartan, *[DoseState.TAKEN] * 14)
    pressures(pressed, 150, 92, days=28)
    assess(pressed)

    assert first == [("Amlodipine", "increase", 5, 10)]
    assert waits(pressed) == [("Losartan", "increase", 50, 100)]


def test_a_step_that_was_taken_back_is_not_led_up_to_again(pressed: World) -> None:
    amlodipine = takes(pressed, "Amlodipine", "dhp_ccb", "5")
    sign(pressed, amlodipine, steps(pressed, (amlodipine, "10")))
    for amount in ("10", "5"):
        pressed.clock.advance(days=1)
        raise_to(pressed, amlodipine, amount)
    pressed.clock.advance(days=40)
    pressed.log_doses(amlodipine, *[DoseState.TAKEN] * 14)
    pressures(pressed, 150, 92, days=28)

    assess(pressed)

    assert waits(pressed) == []
    assert pressed.only(ProtocolRun).outcome["case"]["plan"]["steps"] == []


def raise_to(world: World, regimen: Regimen, amount: str) -> None:
    with writing(world.engine) as session:
        found = session.get_one(Regimen, regimen.id)
        world.revise(session, found, amount, {"kind": "daily", "times": ["08:00"]}, world.now)


def test_experience_with_measuring_grows_with_the_days(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    since = pressed.today - timedelta(days=200)

    plan = sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate", measures_since_on=since))

    assert evidence(pressed, plan).case.plan.hbpm_experience_days == 200


def evidence(world: World, plan: Plan) -> Evidence:
    with writing(world.engine) as session:
        plan = session.get_one(Plan, plan.id)
        return gather(session, world.stores.readings, world.stores.registry, plan, world.now)


# Two injections


@pytest.fixture
def injecting(pressed: World) -> World:
    """Two injections of a premix, 20 U in the morning and 14 U in the evening."""
    for name, at, amount in (("morning", "07:30", "20"), ("evening", "18:30", "14")):
        regimen = pressed.prescribe(
            drug="Premix 30",
            drug_class="premix_insulin_bid",
            amount=amount,
            times=(at,),
            public_id=f"rg_{name}",
            days_ago=60,
        )
        pressed.log_doses(regimen, *[DoseState.TAKEN] * 14)
    return pressed


def injection(world: World, name: str) -> Regimen:
    return world.only(Regimen, public_id=f"rg_{name}")


def of_premix(world: World) -> Terms:
    return Terms("premix.bid", Decimal(80), Decimal(130), Decimal(60), world.today + timedelta(days=60))


def before_dinner(world: World, *mg_dl: int) -> None:
    for days_ago, value in enumerate(reversed(mg_dl), start=1):
        at = datetime.combine(world.today - timedelta(days=days_ago), time(18), world.zone).astimezone(UTC)
        world.download(world.payloads(value, at, BEFORE_MEAL))


def test_values_before_breakfast_change_the_evening_injection_first(injecting: World) -> None:
    before_dinner(injecting, 160, 165, 170)
    sign(injecting, injection(injecting, "morning"), of_premix(injecting))

    injecting.fast(160, 165, 170)

    suggestion = injecting.only(Suggestion)
    assert suggestion.regimen_id == injection(injecting, "evening").id
    assert (suggestion.from_amount, suggestion.to_amount) == (14, 16)


def test_a_decrease_of_the_other_injection_supersedes_what_waited(injecting: World) -> None:
    before_dinner(injecting, 160, 165, 170)
    sign(injecting, injection(injecting, "evening"), of_premix(injecting))
    injecting.fast(160, 165, 170)

    for value in (75, 74, 72):
        injecting.clock.advance(days=1)
        before_dinner(injecting, value)
        injecting.fast(150)

    morning, evening = injection(injecting, "morning").id, injection(injecting, "evening").id
    found = [(each.regimen_id, each.state, each.action) for each in injecting.all(Suggestion)]
    assert found == [(evening, "superseded", "increase"), (morning, "pending", "decrease")]


def test_a_plan_of_two_injections_is_found_from_both_and_ended_from_both(injecting: World) -> None:
    plan = sign(injecting, injection(injecting, "morning"), of_premix(injecting))

    with writing(injecting.engine) as session:
        by_the_other = plans.running(session, injection(injecting, "evening"))
        plans.end_running(session, injection(injecting, "evening"), injecting.now)

    assert by_the_other is not None
    assert by_the_other.id == plan.id
    assert injecting.only(Plan).stopped_at == injecting.now


# Two plans


def test_of_two_plans_that_pull_apart_none_raises_a_dose_and_the_lower_one_still_lowers(pressed: World) -> None:
    """The kidneys ask for less metformin while fasting values ask for more insulin."""
    note(pressed, FactKind.EGFR, "40")
    for name in ("gi_symptoms", "dehydrated", "contrast_planned", "organ_failure"):
        note(pressed, FactKind.CONDITION, "over", name)
    insulin, metformin = pressed.prescribe(days_ago=60), takes(pressed, "Metformin", "metformin", "2000")
    pressed.log_doses(insulin, *[DoseState.TAKEN] * 14)
    last_day = pressed.today + timedelta(days=60)
    sign(pressed, insulin, Terms("basal.ada_2u3d", Decimal(80), Decimal(130), Decimal(40), last_day))
    sign(pressed, metformin, Terms("metformin.step", Decimal(80), Decimal(130), Decimal(2000), last_day))

    pressed.fast(160, 161, 162, 163, 164)
    assess(pressed)

    assert waits(pressed) == [("Metformin", "decrease", 2000, 1000)]
    asks = [run.outcome["outcome"]["asks"] for run in pressed.all(ProtocolRun)]
    assert "reconcile_meds" in asks[0]


# Signing


def test_a_new_plan_takes_back_what_waited_under_the_one_before(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate"))
    pressures(pressed, 150, 92)
    assess(pressed)

    sign(pressed, losartan, of_pressure(pressed, "bp.raas_uptitrate", target_systolic=Decimal(130)))

    assert [each.state for each in pressed.all(Suggestion)] == ["superseded"]
    assert [plan.stopped_at for plan in pressed.all(Plan)] == [pressed.now, None]


def test_a_preview_says_what_the_plan_would_say_and_keeps_nothing(pressed: World) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    terms = of_pressure(pressed, "bp.raas_uptitrate")
    pressures(pressed, 150, 92)

    with writing(pressed.engine) as session:
        stand_for(session, pressed.stores.registry, terms.protocol, pressed.doctor, pressed.now)
        seen = preview(
            session,
            pressed.stores.readings,
            pressed.stores.registry,
            losartan,
            by=pressed.doctor,
            terms=terms,
            today=pressed.today,
            now=pressed.now,
        )

    assert (seen.outcome.outcome, seen.outcome.to_amount) == ("proposal", 100)
    assert (pressed.all(Plan), pressed.all(Suggestion), pressed.all(ProtocolRun)) == ([], [], [])


@pytest.mark.parametrize("who", ["anna", "ben", "stranger"])
def test_nobody_but_a_clinician_signs_a_plan(pressed: World, who: str) -> None:
    losartan = takes(pressed, "Losartan", "arb", "50")
    terms = of_pressure(pressed, "bp.raas_uptitrate")
    registry = pressed.stores.registry

    by = getattr(pressed, who)
    with writing(pressed.engine) as session:
        stand_for(session, registry, terms.protocol, pressed.doctor, pressed.now)
        with pytest.raises(BadInput, match="only a clinician signs a plan"):
            plans.sign(session, registry, losartan, by=by, terms=terms, today=pressed.today, now=pressed.now)

    assert pressed.all(Plan) == []


def test_a_drug_without_a_ladder_is_offered_only_the_steps_of_a_plan(pressed: World) -> None:
    ramipril, losartan = takes(pressed, "Ramipril", "acei", "5"), takes(pressed, "Losartan", "arb", "50")
    registry = pressed.stores.registry

    offered = [[each.id for each in plans.protocols_for(registry, medicine)] for medicine in (ramipril, losartan)]

    assert offered == [["bp.step_generic"], ["bp.raas_uptitrate", "bp.step_generic"]]


def test_of_two_plans_signed_at_one_instant_one_runs(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    insulin = world.prescribe()
    terms = Terms("basal.ada_2u3d", Decimal(80), Decimal(130), Decimal(40), world.today)
    with writing(world.engine) as session:
        stand_for(session, world.stores.registry, terms.protocol, world.doctor, world.now)

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(lambda _nth: sign(world, insulin, terms), range(4)))

    assert [plan.stopped_at is None for plan in world.all(Plan)].count(True) == 1
