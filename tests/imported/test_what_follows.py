"""What an import changes elsewhere: the gates, the page of facts, the person's own export, an erasure."""

import json
from io import BytesIO

from companion.advice.models import Suggestion
from companion.care.records import ConflictState, RecordConflict, RecordImport, RecordItem, RecordPatient
from companion.db import writing
from companion.erasing.erase import Places, erase
from companion.exporting.export import Format, export
from companion.flows import assess_patient
from companion.imported.conflicts import decide
from companion.imported.take import import_resources
from tests.imported.bundles import SNOMED, Json, bundle, condition, medicine, observation, person
from tests.world import World


def send(world: World, *resources: Json) -> None:
    import_resources(world.stores, world.anna, bundle(*resources), by=world.doctor, source="urn:emr", now=world.now)


def test_while_the_lists_of_medicines_differ_nothing_is_increased(world: World) -> None:
    world.titration()
    send(world, medicine("Glargine", 16, "U"), medicine("Ramipril", 5, "mg"))

    world.fast(150, 148, 155)
    while_open = len(world.all(Suggestion))
    with writing(world.engine) as session:
        conflict = session.get_one(RecordConflict, world.only(RecordConflict).id)
        decide(session, conflict, ConflictState.KEPT, by=world.doctor, reason="", now=world.now)
    assess_patient(world.stores, world.anna.id, world.now)

    assert while_open == 0
    assert world.only(Suggestion).to_amount == 18


def test_what_was_imported_is_in_the_persons_own_export(world: World) -> None:
    world.note_facts()
    send(world, person(), observation("2823-3", "4.4", "mmol/L"), condition(SNOMED, "46635009"))
    out = BytesIO()

    export(world.stores, world.anna, Format.JSON, out, by=world.anna.public_id, now=world.now)

    told = json.loads(out.getvalue())
    assert [(row["resource"], row["outcome"]) for row in told["from_records"]] == [
        ("Patient", "taken"), ("Observation", "taken"), ("Condition", "conflict"),
    ]  # fmt: skip
    assert [(row["name"], row["state"]) for row in told["conflicts"]] == [("diabetes_type", "open")]


def test_an_erasure_leaves_nothing_of_it(world: World) -> None:
    world.note_facts()
    send(world, person(), observation("2823-3", "4.4", "mmol/L"), condition(SNOMED, "46635009"))

    erase(
        Places(world.stores, world.services.originals),
        world.anna.public_id, by="command line", now=world.now, keep_years=15,
    )  # fmt: skip

    assert [world.all(table) for table in (RecordItem, RecordImport, RecordConflict, RecordPatient)] == [[]] * 4
