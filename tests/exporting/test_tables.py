"""The tables of an export, as CSV and as JSON."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.audit import AuditEntry
from companion.care.contact_models import Kind
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import reading as looking
from companion.db import writing
from companion.exporting.as_csv import cell
from companion.exporting.export import Format, export, format_of
from companion.exporting.told import BLOCK, Names, tell
from companion.readings.amendments import Field, amend, amended
from companion.reminders.schedules.schedule_models import AsNeededIntake, RegimenPause
from companion.reminders.supply.supply_models import SupplyEntry
from tests.exporting.lives import a_full_life, exported, sensor_values
from tests.world import World


def tables(world: World) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(BytesIO(exported(world, Format.ZIP))) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def document(world: World) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(exported(world, Format.JSON))
    return loaded


def test_a_zip_holds_a_csv_of_every_table(world: World) -> None:
    a_full_life(world)

    found = tables(world)

    assert list(found) == [
        "patient", "readings", "medicines", "change_answers", "withdrawals", "doses", "as_needed", "pauses", "packs",
        "messages", "answers", "addresses", "consents", "devices", "arrivals", "facts", "reports", "urgent",
        "from_records", "conflicts", "people", "emergencies", "data_consents", "erasure_requests",
        "questionnaires", "agreed", "plan_reviews", "checkups", "checkup_values", "points", "coupons",
        "board_posts", "questions", "traits", "tips", "surveys", "guides_read", "orders", "order_events",
        "pharmacy_consents", "reads",
    ]  # fmt: skip
    assert (len(found["patient"]), len(found["readings"]), len(found["devices"])) == (1, 8, 1)
    assert [(row["name"], row["scope"]) for row in found["people"]] == [
        ("Dr. Roth", "care"), ("Ben Berg", "missed_doses"), ("Ben Berg", "readings"), ("Cora Nord", "missed_doses"),
    ]  # fmt: skip


def test_a_reading_stands_with_its_own_value_and_unit_in_local_time_and_in_utc(world: World) -> None:
    a_full_life(world)

    (row,) = [row for row in tables(world)["readings"] if row["value"] == "148"]

    assert (row["metric"], row["unit"], row["diastolic"], row["pulse"]) == ("blood_pressure", "mm[Hg]", "91", "71")
    assert row["taken_at"].endswith("+01:00")
    assert datetime.fromisoformat(row["taken_at"]) == datetime.fromisoformat(row["taken_at_utc"])
    assert (row["kind"], row["counts"]) == ("typed", "yes")


def test_a_reading_struck_out_stays_with_who_when_and_why(world: World) -> None:
    a_full_life(world)

    by_value = {row["value"]: row for row in tables(world)["readings"]}

    assert (by_value["210"]["counts"], by_value["210"]["why_not"]) == ("no", "left out")
    at = world.now.astimezone(world.zone).isoformat()
    assert by_value["210"]["remarks"] == f"left out: no → yes, Anna Berg (patient), {at}, hands not washed"
    assert (by_value["96"]["counts"], by_value["96"]["why_not"]) == ("no", "not mine")
    assert (by_value["99"]["counts"], by_value["99"]["meal"]) == ("yes", "bedtime")
    assert by_value["99"]["remarks"].startswith("meal: bedtime, Anna Berg (patient), ")


def test_json_and_csv_tell_the_same(world: World) -> None:
    a_full_life(world)

    told, rows = document(world), tables(world)

    assert (told["format"], told["version"], told["patient"]["name"]) == ("companion-export", 1, "Anna Berg")
    assert told.keys() - {"format", "version", "made_at"} == rows.keys()
    for name in rows.keys() - {"patient"}:
        assert [{key: cell(value) for key, value in row.items()} for row in told[name]] == rows[name], name


def test_what_was_prescribed_and_answered_is_there(world: World) -> None:
    a_full_life(world)

    told = document(world)

    (medicine,) = told["medicines"]
    assert (medicine["drug"], medicine["amount"], medicine["unit"]) == ("Glargine", "16", "U")
    assert medicine["by"] == "Dr. Roth (clinician)"
    assert medicine["rule"] == {"kind": "daily", "times": ["08:00"]}
    assert [dose["state"] for dose in told["doses"]][:14] == ["taken"] * 14
    assert [answer["text"] for answer in told["answers"]] == ["TAKEN"]
    assert {fact["kind"] for fact in told["facts"]} == {"diabetes_type", "weight_kg", "egfr", "drug_list_confirmed"}


def test_what_was_taken_as_needed_paused_and_stocked_is_there(world: World) -> None:
    regimen = world.prescribe()
    stock(world, regimen)

    told = document(world)

    (intake,), (pause,), (pack,) = told["as_needed"], told["pauses"], told["packs"]
    assert (intake["drug"], intake["amount"], intake["against"]) == ("Glargine", "2", "too_soon")
    assert (pause["from_on"], pause["to_on"], pause["reason"]) == ("2026-03-04", None, "holiday")
    assert (pack["kind"], pack["amount"], pack["by"]) == ("received", "300", "Anna Berg (patient)")


def test_how_she_is_reached_and_what_she_agreed_to_is_there_without_secrets(world: World) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        add_contact(session, anna, Kind.APPRISE, "ntfys://anna:geheim@ntfy.example.org/x", now=world.now, agree=False)

    told = document(world)

    text, service = told["addresses"]
    assert (text["kind"], text["address"], text["verified_by"]) == ("sms", world.anna.phone, "clinic")
    assert (service["kind"], service["address"], service["verified_at"]) == ("apprise", "ntfys", None)
    assert {row["topic"] for row in told["consents"]} == {"reminders", "changes", "alarms", "supply"}
    assert told["consents"][0]["text"].startswith("I agree to get reminders")


def stock(world: World, regimen: Regimen) -> None:
    with writing(world.engine) as session:
        session.add_all(
            [
                AsNeededIntake(
                    public_id="an_1", patient_id=world.anna.id, regimen_id=regimen.id,
                    revision_id=regimen.revisions[0].id, taken_at=world.now, amount=Decimal(2), against="too_soon",
                    recorded_at=world.now, recorded_by=world.anna.id, via="page",
                ),
                RegimenPause(
                    regimen_id=regimen.id, from_on=world.today, reason="holiday", note="", made_by=world.doctor.id,
                    made_at=world.now,
                ),
                SupplyEntry(
                    unique_key="one", regimen_id=regimen.id, kind="received", amount=Decimal(300), at=world.now,
                    by_id=world.anna.id, noted_at=world.now, reason="",
                ),
            ]
        )  # fmt: skip


def test_another_patients_data_is_not_in_it(world: World) -> None:
    a_full_life(world)

    text = exported(world, Format.JSON).decode()

    assert world.stranger.name not in text
    assert world.other_doctor.name not in text


def test_an_export_is_noted_in_the_audit_trail(world: World) -> None:
    exported(world, Format.CSV)

    (entry,) = world.all(AuditEntry, action="exported")

    assert (entry.actor, entry.patient, entry.details) == (
        world.anna.public_id,
        world.anna.public_id,
        {"format": "csv"},
    )


def test_the_readings_alone_are_one_csv(world: World) -> None:
    world.fast(150, 155)

    rows = list(csv.DictReader(io.StringIO(exported(world, Format.CSV).decode("utf-8-sig"))))

    assert [(row["value"], row["unit"], row["meal"]) for row in rows] == [
        ("150", "mg/dL", "fasting"), ("155", "mg/dL", "fasting"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "\0=1", "=", "-", "＝1+1", "＠x"])
def test_a_text_that_a_spreadsheet_would_run_is_no_formula_any_more(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "shown"), [(-3600, "-3600"), (Decimal("5.60"), "5.60"), (None, ""), (True, "yes")])
def test_numbers_stay_numbers(value: object, shown: str) -> None:
    assert cell(value) == shown


@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    shown = cell(text)

    assert shown[:1] not in {"=", "@", "\t", "\r"}
    if shown[:1] in {"+", "-"}:
        assert Decimal(shown).is_finite()


def test_a_drug_that_is_a_formula_is_disarmed_in_the_file(world: World) -> None:
    world.prescribe(drug='=HYPERLINK("http://example.org")')

    (row,) = tables(world)["medicines"]

    assert row["drug"] == '\'=HYPERLINK("http://example.org")'


def test_what_was_said_holds_across_the_blocks_in_which_readings_are_written(world: World) -> None:
    world.stores.readings.append(list(sensor_values(world, world.now - timedelta(days=60), 2 * BLOCK + 10)))
    stored = world.readings()
    for place in (0, BLOCK - 1, BLOCK, 2 * BLOCK, len(stored) - 1):
        mark(world, stored[place].sequence)

    with looking(world.engine) as session:
        told = list(tell(session, Names(session), world.anna.public_id, iter(stored)))
        whole = amended(session, world.anna.public_id, stored)

    assert [(one.reading, one.why_not) for one in told] == [(one.reading, one.why_not) for one in whole]
    assert sum(bool(one.remarks) for one in told) == 5


def mark(world: World, sequence: int) -> None:
    (found,) = [one for one in world.readings() if one.sequence == sequence]
    with writing(world.engine) as session:
        amend(session, found, field=Field.EXCLUDED, new="yes", by_id=world.anna.id, why="said", now=world.now)


class Counting(BytesIO):
    """Forgets what is written, but how much it was."""

    size = 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def test_a_large_patient_needs_no_more_memory_than_a_part_of_it(world: World) -> None:
    world.stores.readings.append(list(sensor_values(world, datetime(2025, 1, 1, tzinfo=UTC), 3 * BLOCK)))
    out = Counting()

    tracemalloc.start()
    export(world.stores, world.anna, Format.FHIR, out, by="test", now=world.now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert out.size > 9_000_000
    assert peak < out.size


@pytest.mark.parametrize(
    ("name", "as_"),
    [("a.zip", "zip"), ("A.CSV", "csv"), ("a.json", "json"), ("a.fhir.json", "fhir"), ("a.txt", None), ("a", None)],
)
def test_the_ending_of_a_file_tells_its_format(name: str, as_: str | None) -> None:
    assert format_of(name) == as_
