"""An import into a patient's records: everything accounted for, nothing overwritten, nothing prescribed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from companion.care.audit import AuditEntry
from companion.care.facts import Fact, facts_of
from companion.care.people import Person
from companion.care.records import (
    MEDICINES,
    ConflictState,
    RecordConflict,
    RecordImport,
    RecordItem,
    RecordPatient,
    has_open_conflict,
)
from companion.care.regimens import Regimen, RegimenRevision
from companion.care.tasks import Task, TaskKind
from companion.crash_points import Point, listeners
from companion.db import reading, writing
from companion.errors import BadInput
from companion.imported.conflicts import decide
from companion.imported.take import Account, import_resources
from companion.readings.reading import Metric
from tests.imported.bundles import (
    ICD10,
    SNOMED,
    Json,
    allergy,
    bundle,
    condition,
    medicine,
    observation,
    person,
    pressure,
)
from tests.world import World

EMR = "https://records.example"


def send(world: World, *resources: Json, **changed: Any) -> Account:
    told: dict[str, Any] = {"by": world.doctor, "source": EMR, "now": world.now} | changed
    return import_resources(world.stores, world.anna, bundle(*resources), **told)


def outcomes(account: Account) -> list[str]:
    return [verdict.outcome.value for verdict in account.verdicts]


def reasons(account: Account) -> list[str]:
    return [verdict.reason for verdict in account.verdicts]


def known(world: World) -> Any:
    with reading(world.engine) as session:
        return facts_of(session, world.anna.id)


def settle(world: World, conflict: RecordConflict, state: ConflictState, by: Person | None = None) -> None:
    with writing(world.engine) as session:
        decide(
            session,
            session.get_one(RecordConflict, conflict.id),
            state,
            by=by or world.doctor,
            reason="asked her",
            now=world.now,
        )


class Died(Exception):
    """In place of a kill: nothing after that point happens."""


@contextmanager
def dying_at(point: Point) -> Iterator[None]:
    def listener(reached: Point) -> None:
        if reached is point:
            raise Died

    listeners.append(listener)
    try:
        yield
    finally:
        listeners.remove(listener)


# What is taken


def test_labs_become_facts_of_their_day_in_the_name_of_who_imports(world: World) -> None:
    account = send(
        world,
        observation("98979-8", "62", "mL/min/{1.73_m2}"),
        observation("2823-3", "4.4", "mmol/L"),
        observation("29463-7", "80.5", "kg"),
        observation("4548-4", "7.9", "%"),
    )

    assert outcomes(account) == ["taken"] * 4
    facts = known(world)
    assert (facts.egfr, facts.potassium, facts.weight_kg, facts.hba1c) == (
        62,
        Decimal("4.4"),
        Decimal("80.5"),
        Decimal("7.9"),
    )
    assert facts.egfr_on == date(2026, 2, 20)
    assert {fact.noted_by for fact in world.all(Fact)} == {world.doctor.id}
    assert {item.fact_id for item in world.all(RecordItem)} == {fact.id for fact in world.all(Fact)}


def test_a_code_that_contradicts_its_unit_is_refused(world: World) -> None:
    account = send(
        world,
        observation("2339-0", "6.3", "mmol/L"),
        observation("15074-8", "113", "mg/dL"),
        observation("4548-4", "63", "mmol/mol"),
        observation("59261-8", "7.9", "%"),
        observation("2823-3", "4.4", "mg/dL"),
        observation("98979-8", "62", "mL/min"),
        observation("29463-7", "80", "mm[Hg]"),
    )

    assert outcomes(account) == ["refused"] * 7
    codes = [verdict.entry.resource["code"]["coding"][0]["code"] for verdict in account.verdicts]
    assert all(code in reason for code, reason in zip(codes, reasons(account), strict=True))
    assert world.all(Fact) == []
    assert world.readings() == []


def test_glucose_and_pressure_become_readings_with_their_own_values(world: World) -> None:
    account = send(world, observation("15074-8", "6.3", "mmol/L"), pressure(148, 91))

    assert outcomes(account) == ["taken", "taken"]
    (glucose,), (cuff,) = world.readings(), world.readings(Metric.BLOOD_PRESSURE)
    assert (glucose.value, glucose.unit) == (Decimal("6.3"), "mmol/L")
    assert [cuff.value, cuff.diastolic] == [148, 91]
    assert world.only(RecordImport).intake == glucose.source


def test_what_is_refused_is_kept_with_its_reason_and_its_kind(world: World) -> None:
    account = send(world, {"resourceType": "Encounter"}, observation("98979-8", "6200", "mL/min/{1.73_m2}"))

    assert outcomes(account) == ["refused", "refused"]
    kept = [(item.resource_type, item.reason) for item in world.all(RecordItem)]
    assert kept == [("Encounter", reasons(account)[0]), ("Observation", reasons(account)[1])]
    assert "6200" in reasons(account)[1]
    assert world.all(Fact) == []


def test_an_allergy_is_kept_and_one_to_what_is_taken_is_a_conflict(world: World) -> None:
    world.prescribe()

    account = send(world, allergy("Penicillin"), allergy("Insulin glargine"))

    assert outcomes(account) == ["taken", "conflict"]
    assert (world.only(RecordConflict).about, world.only(RecordConflict).theirs) == ("allergy", "Insulin glargine")


# The same again


def test_the_same_again_is_known_and_adds_nothing(world: World) -> None:
    world.prescribe()
    sent = [
        person(),
        observation("98979-8", "62", "mL/min/{1.73_m2}"),
        observation("15074-8", "6.3", "mmol/L"),
        condition(SNOMED, "44054006"),
        medicine("Insulin glargine", 16, "U"),
        allergy("Penicillin"),
        condition(ICD10, "E78.5"),
    ]
    first = send(world, *sent)
    before = [len(world.all(each)) for each in (Fact, RecordItem, RecordConflict, Task)]

    again = send(world, *sent)

    assert outcomes(first) == ["taken"] * 6 + ["refused"]
    assert outcomes(again) == ["known"] * 6 + ["refused"]
    assert [len(world.all(each)) for each in (Fact, RecordItem, RecordConflict, Task)] == before
    assert len(world.readings()) == 1


def test_a_new_version_of_meta_alone_is_the_same(world: World) -> None:
    send(world, observation("98979-8", "62", "mL/min/{1.73_m2}"))

    account = send(world, observation("98979-8", "62", "mL/min/{1.73_m2}", meta={"versionId": "7"}))

    assert outcomes(account) == ["known"]


def test_one_resource_twice_in_a_bundle_counts_once(world: World) -> None:
    account = send(world, *[observation("15074-8", "6.3", "mmol/L")] * 2)

    assert outcomes(account) == ["taken", "known"]
    assert len(world.readings()) == 1


@pytest.mark.parametrize(
    ("first", "changed"),
    [
        (
            observation("98979-8", "62", "mL/min/{1.73_m2}", id="x"),
            observation("98979-8", "55", "mL/min/{1.73_m2}", id="x"),
        ),
        (observation("15074-8", "6.3", "mmol/L", id="x"), observation("15074-8", "16.3", "mmol/L", id="x")),
        (
            observation("2823-3", "4.4", "mmol/L", id="x"),
            observation("2823-3", "4.9", "mmol/L", id="x", effectiveDateTime="2026-02-21"),
        ),
    ],
)
def test_what_was_changed_there_is_a_conflict_and_overwrites_nothing(world: World, first: Json, changed: Json) -> None:
    send(world, first)
    facts, readings = [fact.value for fact in world.all(Fact)], world.readings()

    account = send(world, changed)

    assert outcomes(account) == ["conflict"]
    assert [fact.value for fact in world.all(Fact)] == facts
    assert world.readings() == readings


@pytest.mark.parametrize(
    "point", [Point.TAKE_IN_BEFORE_LEDGER, Point.TAKE_IN_AFTER_LEDGER, Point.TAKE_IN_AFTER_ASSESSMENT]
)
def test_an_import_that_was_cut_off_is_finished_by_sending_it_again(world: World, point: Point) -> None:
    sent = [observation("15074-8", "6.3", "mmol/L"), observation("2823-3", "4.4", "mmol/L")]

    with dying_at(point), pytest.raises(Died):
        send(world, *sent)
    send(world, *sent)

    assert len(world.readings()) == 1
    assert [fact.value for fact in world.all(Fact)] == ["4.4"]
    assert [item.outcome for item in world.all(RecordItem)] == ["taken", "taken"]


# Contradictions


def test_another_type_of_diabetes_is_a_conflict_until_a_doctor_takes_it_over(world: World) -> None:
    world.note_facts()

    account = send(world, condition(SNOMED, "46635009"))
    conflict = world.only(RecordConflict)
    before = known(world).diabetes_type
    settle(world, conflict, ConflictState.TAKEN_OVER)

    assert outcomes(account) == ["conflict"]
    assert (before, known(world).diabetes_type) == ("type2", "type1")
    decided = world.only(RecordConflict)
    assert (decided.state, decided.decided_by, decided.reason) == ("taken_over", world.doctor.id, "asked her")
    assert "record_conflict.taken_over" in [entry.action for entry in world.all(AuditEntry)]


def test_what_was_kept_is_not_asked_again(world: World) -> None:
    world.note_facts()
    send(world, condition(SNOMED, "46635009"))
    settle(world, world.only(RecordConflict), ConflictState.KEPT)

    send(world, condition(SNOMED, "46635009", id="another"))

    assert known(world).diabetes_type == "type2"
    assert world.only(RecordConflict).state == "kept"


def test_a_conflict_is_decided_once_and_by_a_clinician(world: World) -> None:
    world.note_facts()
    send(world, condition(SNOMED, "46635009"))
    conflict = world.only(RecordConflict)

    with pytest.raises(BadInput, match="only a clinician"):
        settle(world, conflict, ConflictState.TAKEN_OVER, by=world.ben)
    settle(world, conflict, ConflictState.KEPT)

    with pytest.raises(BadInput, match="already"):
        settle(world, conflict, ConflictState.TAKEN_OVER)
    assert known(world).diabetes_type == "type2"


@pytest.mark.parametrize(
    ("resource", "ours"),
    [
        (observation("98979-8", "40", "mL/min/{1.73_m2}", effectiveDateTime="2026-02-22"), "80, 2026-02-22"),
        (observation("29463-7", "160", "kg"), "80, 2026-02-22"),
    ],
)
def test_another_value_of_one_day_and_a_weight_far_off_are_conflicts(world: World, resource: Json, ours: str) -> None:
    world.note_facts()

    account = send(world, resource)

    assert outcomes(account) == ["conflict"]
    assert world.only(RecordConflict).ours == ours


def test_a_later_value_of_another_day_is_no_conflict(world: World) -> None:
    world.note_facts()

    account = send(world, observation("98979-8", "40", "mL/min/{1.73_m2}", effectiveDateTime="2026-03-01"))

    assert outcomes(account) == ["taken"]
    assert known(world).egfr == 40


def test_another_birth_date_holds_everything_back_until_a_person_decided(world: World) -> None:
    sent = [
        observation("98979-8", "62", "mL/min/{1.73_m2}"),
        observation("15074-8", "6.3", "mmol/L"),
        person("1965-01-05"),
    ]

    held = send(world, *sent)
    nothing = (world.all(Fact), world.readings(), world.all(RecordPatient))
    settle(world, world.only(RecordConflict), ConflictState.KEPT)
    after = send(world, *sent)

    assert outcomes(held) == ["refused", "refused", "conflict"]
    assert nothing == ([], [], [])
    assert outcomes(after) == ["taken", "taken", "known"]
    assert world.only(Person, id=world.anna.id).birth_on == date(1956, 5, 1)


def test_a_birth_date_that_is_taken_over_is_the_patients_from_then_on(world: World) -> None:
    send(world, person("1957-05-01"))

    settle(world, world.only(RecordConflict), ConflictState.TAKEN_OVER)

    assert world.only(Person, id=world.anna.id).birth_on == date(1957, 5, 1)
    assert outcomes(send(world, person("1957-05-01"))) == ["known"]


# Medicines


def test_two_lists_of_medicines_are_compared_and_nothing_is_prescribed(world: World) -> None:
    world.prescribe()
    world.prescribe(public_id="rg_met", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    before = (len(world.all(Regimen)), len(world.all(RegimenRevision)))

    account = send(world, person(), medicine("Insulin glargine 100 unit/ml", 20, "[iU]"), medicine("Ramipril", 5, "mg"))

    assert outcomes(account) == ["taken", "conflict", "conflict"]
    listed = {(each.about, each.name): (each.ours, each.theirs) for each in world.all(RecordConflict)}
    assert listed == {
        ("dose", "Glargine"): ("Glargine, 16 U, 1 times a day", "Insulin glargine 100 unit/ml, 20 U, 1 times a day"),
        ("only_there", "Ramipril"): ("", "Ramipril, 5 mg, 1 times a day"),
        ("only_here", "Metformin"): ("Metformin, 500 mg, 1 times a day", ""),
    }
    for conflict in world.all(RecordConflict):
        settle(world, conflict, ConflictState.TAKEN_OVER)
    assert (len(world.all(Regimen)), len(world.all(RegimenRevision))) == before


@pytest.mark.parametrize(
    "stated", [medicine("GLARGINE"), medicine("Insulin glargine", 16, "U"), medicine("Glargine", 16, "unit")]
)
def test_the_same_medicine_in_the_same_amount_is_no_conflict(world: World, stated: Json) -> None:
    world.prescribe()

    assert outcomes(send(world, stated)) == ["taken"]
    assert world.all(RecordConflict) == []


def test_a_conflict_becomes_one_task_and_an_open_list_is_an_unconfirmed_one(world: World) -> None:
    world.prescribe()
    send(world, medicine("Ramipril", 5, "mg"))
    with reading(world.engine) as session:
        before = has_open_conflict(session, world.anna.id, MEDICINES)

    for conflict in world.all(RecordConflict):
        settle(world, conflict, ConflictState.KEPT)

    tasks = world.all(Task, kind=TaskKind.RECORD_CONFLICT.value)
    with reading(world.engine) as session:
        after = has_open_conflict(session, world.anna.id, MEDICINES)
    assert (len(tasks), before, after) == (1, True, False)


# Whose it is


def test_a_bundle_about_two_people_is_refused_as_a_whole(world: World) -> None:
    other = observation("98979-8", "62", "mL/min/{1.73_m2}", subject={"reference": "Patient/4712"})

    with pytest.raises(BadInput, match="2 people"):
        send(world, person(), other)

    assert world.all(RecordImport) == []


def test_what_a_record_system_said_of_one_patient_is_not_taken_for_another(world: World) -> None:
    send(world, observation("98979-8", "62", "mL/min/{1.73_m2}"))
    strange = observation("2823-3", "4.4", "mmol/L", subject={"reference": f"{EMR}/fhir/Patient/9"})

    with pytest.raises(BadInput, match="calls otherwise"):
        send(world, strange)
    told: dict[str, Any] = {"by": world.doctor, "source": EMR, "now": world.now}
    with pytest.raises(BadInput, match="another patient"):
        import_resources(world.stores, world.ben, bundle(observation("2823-3", "4.4", "mmol/L")), **told)

    assert world.only(RecordPatient).their_id == "4711"
    assert len(world.all(Fact)) == 1


def test_another_record_system_has_names_of_its_own(world: World) -> None:
    send(world, observation("98979-8", "62", "mL/min/{1.73_m2}"))
    named_otherwise = {"subject": {"reference": "Patient/9"}, "effectiveDateTime": "2026-02-25"}

    account = send(world, observation("98979-8", "62", "mL/min/{1.73_m2}", **named_otherwise), source="urn:other")

    assert outcomes(account) == ["taken"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"resourceType": "Bundle", "entry": [' + b"{}," * 2001 + b"{}]}"]
)
def test_what_is_no_bundle_is_bad_input(world: World, content: bytes) -> None:
    with pytest.raises(BadInput):
        import_resources(world.stores, world.anna, content, by=world.doctor, source=EMR, now=world.now)

    assert world.all(RecordImport) == []


def test_only_a_clinician_imports(world: World) -> None:
    with pytest.raises(BadInput, match="only a clinician"):
        send(world, person(), by=world.ben)


def test_an_import_is_noted_in_the_audit_trail_with_its_counts(world: World) -> None:
    send(world, observation("98979-8", "62", "mL/min/{1.73_m2}"), {"resourceType": "Encounter"})

    (entry,) = [entry for entry in world.all(AuditEntry) if entry.action == "records.imported"]
    assert {name: entry.details[name] for name in ("taken", "known", "refused", "conflict")} == {
        "taken": 1, "known": 0, "refused": 1, "conflict": 0,
    }  # fmt: skip
    row = world.only(RecordImport)
    assert (row.taken, row.refused, row.by_id) == (1, 1, world.doctor.id)


def test_a_severe_low_that_is_imported_is_assessed_at_once(world: World) -> None:
    at = (world.now - timedelta(hours=1)).isoformat()

    send(world, observation("2339-0", "45", "mg/dL", effectiveDateTime=at))

    assert TaskKind.URGENT_READING.value in [task.kind for task in world.all(Task)]


VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "fhir"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("glucose-15074-8-mmol.json", ["taken"]),
        ("glucose-2339-0-unit-mismatch.json", ["refused"]),
        ("us-core-blood-pressure.json", ["taken"]),
        ("suggestion-bundle.json", ["refused"] * 4),
    ],
)
def test_published_examples_come_to_what_they_say(world: World, name: str, expected: list[str]) -> None:
    if not (VECTORS / name).exists():
        pytest.skip(f"FHIR's examples are not there: {name} beside this repository")

    account = import_resources(
        world.stores, world.anna, (VECTORS / name).read_bytes(), by=world.doctor, source=name, now=world.now
    )

    assert outcomes(account) == expected
