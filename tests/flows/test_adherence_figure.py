"""The 14-day figure that advice uses is the one of `reminders.adherence`, and a doctor sees how it was counted."""

from pathlib import Path

from companion.advice.assessing.case import DosesTaken
from companion.advice.models import Suggestion
from companion.reminders.adherence import ADVICE_METHOD
from companion.reminders.doses.dose_state import DoseState
from tests.web.loop.house import House
from tests.world import World

TAKEN, SKIPPED, MISSED = DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED
UNREACHED, CANCELLED = DoseState.MISSED_UNREACHED, DoseState.CANCELLED


def fourteen_days(world: World, *states: DoseState) -> Suggestion:
    """A suggestion with those doses behind it, the last state yesterday's."""
    regimen = world.prescribe()
    world.note_facts()
    world.log_doses(regimen, *states)
    world.sign_plan(regimen)
    world.fast(150, 148, 155)
    return world.only(Suggestion)


def test_a_dose_that_no_reminder_reached_counts_as_not_taken(world: World) -> None:
    suggestion = fourteen_days(world, *[TAKEN] * 12, UNREACHED)

    case = world.evidence(suggestion).case

    assert case.doses_taken == DosesTaken(taken=12, due=13, method=ADVICE_METHOD)


def test_paused_and_cancelled_doses_are_in_no_denominator(world: World) -> None:
    suggestion = fourteen_days(world, *[TAKEN] * 12, CANCELLED)

    counted = world.evidence(suggestion).case.doses_taken

    assert counted is not None
    assert (counted.taken, counted.due) == (12, 12)


def test_the_gate_holds_the_same_figure_against_its_limit(world: World) -> None:
    suggestion = fourteen_days(world, *[TAKEN] * 12, SKIPPED)

    evidence = world.evidence(suggestion)

    gate = next(gate for gate in evidence.outcome.gates if gate.id == "G01")
    line = next(line for line in evidence.outcome.lines if line.name == "adherence_14d")
    assert gate.value == line.value
    assert round(float(str(gate.value)), 4) == round(12 / 13, 4)
    assert line.n == 13


def test_only_doses_of_medicines_that_the_protocol_changes_are_counted(world: World) -> None:
    other = world.prescribe(public_id="rg_other", drug="Metformin", drug_class="metformin", unit="mg")
    world.log_doses(other, *[MISSED] * 14)
    suggestion = fourteen_days(world, *[TAKEN] * 13)

    counted = world.evidence(suggestion).case.doses_taken

    assert counted is not None
    assert (counted.taken, counted.due) == (13, 13)


def test_the_figure_with_its_method_is_part_of_what_a_decision_is_bound_to(world: World) -> None:
    suggestion = fourteen_days(world, *[TAKEN] * 13)

    snapshot = world.evidence(suggestion).snapshot

    assert snapshot["case"]["doses_taken"] == {"taken": 13, "due": 13, "method": ADVICE_METHOD}


def test_the_doctor_reads_how_many_were_taken_of_how_many_and_how_that_was_counted(tmp_path: Path) -> None:
    house = House(tmp_path)
    suggestion = fourteen_days(house, *[TAKEN] * 12, UNREACHED)

    page = house.page(house.doctor, f"/doctor/suggestions/{suggestion.public_id}")

    assert "Taken 12 of 13 doses, 14 days." in page
    assert "a dose of which no reminder arrived counts as not taken" in page
    assert ADVICE_METHOD in page
