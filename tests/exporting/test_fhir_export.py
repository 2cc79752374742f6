"""The FHIR R4 Bundle of a patient: valid by HL7's schema, and the same readings when it is read again."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import simplejson
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.cli import companion
from companion.db import reading as looking
from companion.devices.uploads import read_export
from companion.exporting.export import Format
from companion.fhir.observation import Standing, observation
from companion.readings.amendments import amended, counted
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading
from companion.readings.same import key_of
from tests.exporting.lives import a_full_life, exported, sensor_values
from tests.fhir.schema import complaints, complaints_of_bundle
from tests.world import World


def bundle_of(world: World) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(exported(world, Format.FHIR), parse_float=Decimal, parse_int=Decimal)
    return loaded


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def test_the_bundle_of_a_full_life_is_valid_by_hl7s_schema(world: World) -> None:
    a_full_life(world)

    bundle = json.loads(exported(world, Format.FHIR))

    assert complaints_of_bundle(bundle) == []
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} == {
        "Patient", "Device", "Observation", "Provenance",
    }  # fmt: skip


def test_every_reference_leads_to_an_entry_and_no_entry_comes_twice(world: World) -> None:
    a_full_life(world)

    bundle = json.loads(exported(world, Format.FHIR))

    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    pointed_to = references(bundle)
    assert len(urls) == len(set(urls))
    assert pointed_to
    assert pointed_to <= set(urls)


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["reference"]} if "reference" in value else set()
        return own.union(*(references(each) for each in value.values()))
    return set().union(*(references(each) for each in value)) if isinstance(value, list) else set()


def test_a_reading_left_out_is_entered_in_error_and_one_put_right_is_amended(world: World) -> None:
    a_full_life(world)

    found = {
        each["valueQuantity"]["value"]: each
        for each in resources(bundle_of(world), "Observation")
        if "valueQuantity" in each
    }

    assert found[210]["status"] == "entered-in-error"
    assert found[210]["note"][0]["text"] == "left out: no → yes (hands not washed)"
    assert found[210]["note"][0]["authorString"] == "Anna Berg (patient)"
    assert found[96]["status"] == "entered-in-error"
    assert found[99]["status"] == "amended"
    assert found[150]["status"] == "final"


def test_where_readings_come_from_is_said_with_who_brought_them(world: World) -> None:
    a_full_life(world)

    bundle = bundle_of(world)

    (device,) = resources(bundle, "Device")
    by_way = {each["activity"]["text"]: each for each in resources(bundle, "Provenance")}
    assert by_way.keys() == {"download", "typed"}
    assert by_way["download"]["agent"][0]["who"]["reference"] == f"urn:uuid:{device['id']}"
    assert by_way["typed"]["agent"][0]["who"]["display"] == "Anna Berg (patient)"
    targets = [one["reference"] for each in resources(bundle, "Provenance") for one in each["target"]]
    observed = [f"urn:uuid:{each['id']}" for each in resources(bundle, "Observation")]
    assert sorted(targets) == sorted(observed)


def test_inspect_reads_the_same_readings_out_of_the_export(world: World, tmp_path: Path) -> None:
    a_full_life(world)
    path = tmp_path / "anna.fhir.json"
    path.write_bytes(exported(world, Format.FHIR))

    said = json.loads(CliRunner().invoke(companion, ["inspect", str(path), "--json", "--zone", "UTC"]).output)

    assert (said["format"], said["rejected"], said["questions"]) == ("fhir_r4", [], [])
    assert said["readings"] == {"glucose": 5, "blood_pressure": 1, "ketone": 0}
    assert said["skipped"]["entered-in-error"] == 2


readings = st.builds(
    Reading,
    patient=st.just("pa_1"),
    metric=st.just(Metric.GLUCOSE),
    taken_at=st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
    ),
    device=st.sampled_from(["de_1", "file:libreview:FreeStyle 3 – \u6d4b"]),
    sequence=st.integers(0, 60000),
    value=st.decimals("0.3", "30", places=2),
    unit=st.just("mmol/L"),
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.CUFF]),
    source=st.just("in_1"),
    diastolic=st.none(),
    pulse=st.none(),
    limit=st.none(),
    meal=st.none() | st.sampled_from(list(Meal)),
)
limits = readings.flatmap(lambda one: st.sampled_from([one._replace(value=None, limit=limit) for limit in Limit]))
in_mass = st.integers(20, 600).flatmap(lambda v: readings.map(lambda r: r._replace(value=Decimal(v), unit="mg/dL")))
pressures = st.tuples(st.integers(80, 240), st.integers(30, 79), st.none() | st.integers(40, 180)).flatmap(
    lambda told: readings.map(
        lambda one: one._replace(
            metric=Metric.BLOOD_PRESSURE,
            kind=Kind.CUFF,
            unit="mm[Hg]",
            value=Decimal(told[0]),
            diastolic=Decimal(told[1]),
            pulse=None if told[2] is None else Decimal(told[2]),
            meal=None,
        )
    )
)
ketones = st.decimals("0.1", "8", places=1).flatmap(
    lambda value: readings.map(lambda one: one._replace(metric=Metric.KETONE, kind=Kind.STRIP, value=value, meal=None))
)


@settings(deadline=None, max_examples=40)
@given(st.one_of(readings, limits, in_mass, pressures, ketones))
def test_any_reading_becomes_a_valid_observation(reading: Reading) -> None:
    resource = observation(reading, Standing(), ZoneInfo("Asia/Shanghai"), "p", "d")

    plain = json.loads(json.dumps(resource, default=float))
    assert complaints(plain) == []


def what_matters(reading: Reading) -> tuple[Any, ...]:
    return (
        reading.metric, reading.taken_at, reading.value, reading.unit, reading.limit, reading.diastolic, reading.pulse,
        reading.meal,
    )  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.lists(st.one_of(readings, limits, in_mass, pressures, ketones), min_size=1, max_size=8, unique_by=key_of))
def test_what_is_written_and_read_again_is_what_was_stored(stored: list[Reading]) -> None:
    written = [observation(one, Standing(), ZoneInfo("Asia/Shanghai"), "p", "d") for one in stored]

    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in written]}
    report = read_export(simplejson.dumps(bundle, use_decimal=True).encode(), zone=None, unit=None, dates=None)

    assert sorted(map(what_matters, report.rows), key=repr) == sorted(map(what_matters, stored), key=repr)


def test_a_long_stream_is_written_as_it_is_with_what_was_said_across_its_blocks(world: World) -> None:
    start = world.now - timedelta(days=40)
    world.stores.readings.append(list(sensor_values(world, start, 6_000)))

    bundle = bundle_of(world)

    stored = world.readings()
    observed = resources(bundle, "Observation")
    assert [each["valueQuantity"]["value"] for each in observed] == [one.value for one in stored]
    with looking(world.engine) as session:
        assert len(counted(amended(session, world.anna.public_id, stored))) == len(observed)
