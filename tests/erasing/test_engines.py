"""The plan of an erasure on every table of every engine, and a whole erasure on PostgreSQL."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from companion.arrivals import Typed
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person
from companion.db import make_engine, writing
from companion.devices.ingest import TypedReading
from companion.erasing.erase import Places, erase, proof_of
from companion.erasing.plan import DELETED, EMPTIED, KEPT
from companion.erasing.rows import count_kept, delete_rows, empty_columns
from companion.exporting.export import Format, export
from companion.flows import take_in
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.migrations import upgrade
from companion.readings.opening import open_store
from companion.readings.reading import Metric
from companion.services import Services, build_services
from tests.exporting.lives import sensor_values
from tests.fhir.schema import complaints_of_bundle
from tests.keys import with_keys
from tests.migrations.test_migrations import counts, fill
from tests.people import NOON, Cast, add_cast
from tests.readings.backends import BACKENDS
from tests.servers import own_database
from tests.web.conftest import FakeClock, settings_with
from tests.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of each kind with a row in every table, all of the person with id 1."""
    if request.param == "sqlite":
        engine = with_keys(make_engine(f"sqlite:///{tmp_path / 'companion.db'}"))
        upgrade(engine)
        fill(engine)
        yield engine
        engine.dispose()
        return
    with own_database(request.getfixturevalue("postgresql_url")) as url:
        engine = with_keys(make_engine(url))
        upgrade(engine)
        fill(engine)
        yield engine
        engine.dispose()


def test_rows_go_or_stay_by_the_plan_on_every_engine(full: Engine) -> None:
    whose = {"id": 1, "public_id": "x", "login": "x"}
    with full.begin() as connection:  # what names a patient says "x" everywhere
        connection.execute(text("UPDATE person SET public_id = 'x' WHERE id = 1"))

    with full.begin() as connection:
        gone = delete_rows(connection, whose)
        emptied = empty_columns(connection, whose)
        kept = count_kept(connection, whose)

    left = counts(full)
    deleted = {each.table for each in DELETED} - {"due_work", "second_opinion", "suggestion"}  # other work; decided on
    assert {table: left[table] for table in deleted} == dict.fromkeys(deleted, 0)
    assert {table: told["rows"] for table, told in gone.items()} == dict.fromkeys(deleted, 1)
    assert emptied == {each.table: 1 for each in EMPTIED}
    assert kept == dict.fromkeys(KEPT, 1)


@pytest.mark.parametrize("engine", BACKENDS)
def test_readings_go_from_whatever_engine_keeps_them(request: pytest.FixtureRequest, world: World, engine: str) -> None:
    with BACKENDS[engine](request) as url:
        stores = replace(world.stores, readings=open_store(url))
        stores.readings.append(list(sensor_values(world, world.now - timedelta(days=9), 2000)))

        places = Places(stores, world.services.originals)
        proof = proof_of(erase(places, world.anna.public_id, by="command line", now=world.now, keep_years=15))

        assert [told["counts"] for told in proof["readings"]] == [{"glucose": 2000}]
        assert list(stores.readings.export_patient(world.anna.public_id)) == []


@pytest.fixture
def clinic(postgresql_url: str, tmp_path: Path) -> Iterator[tuple[Services, Cast]]:
    """The small cast on PostgreSQL."""
    with own_database(postgresql_url) as url:
        services = build_services(
            settings_with(
                DATABASE_URL=url,
                ORIGINALS_FOLDER=str(tmp_path),
                AUDIT_KEY_FILE=str(tmp_path / "audit.key"),
                MASTER_KEY_FILE=str(tmp_path / "master.key"),
            ),
            FakeClock(),
        )
        upgrade(services.engine)
        with writing(services.engine) as session:
            cast = add_cast(session)
        yield services, cast
        services.engine.dispose()


def live(services: Services, cast: Cast) -> None:
    """A typed value, a fact, a message that waits, a file."""
    entry = TypedReading(Metric.GLUCOSE, NOON.replace(tzinfo=None), Decimal("7.80"), "mmol/L")
    take_in(services.stores, Typed(cast.patient.id, entry, cast.patient), NOON + timedelta(hours=9))
    services.originals.keep(cast.patient.public_id, BytesIO(b"a file"), 100)
    with writing(services.engine) as session:
        patient, doctor = session.get_one(Person, cast.patient.id), session.get_one(Person, cast.doctor.id)
        note_fact(
            session,
            patient=patient,
            kind=FactKind.WEIGHT_KG,
            value="80",
            measured_on=NOON.date(),
            noted_by=doctor,
            now=NOON,
        )
        enqueue(
            session, unique_key="k", purpose=Purpose.REMINDER, recipient_id=patient.id, patient_id=patient.id,
            params={"at": 1}, now=NOON, expires_at=NOON + timedelta(hours=1),
        )  # fmt: skip


def test_on_postgresql_the_bundle_is_valid_and_erasing_leaves_nothing(clinic: tuple[Services, Cast]) -> None:
    services, cast = clinic
    live(services, cast)
    out = BytesIO()
    export(services.stores, cast.patient, Format.FHIR, out, by="test", now=NOON)
    places = Places(services.stores, services.originals)

    proof = proof_of(erase(places, cast.patient.public_id, by="command line", now=NOON, keep_years=15))
    again = proof_of(erase(places, cast.patient.public_id, by="command line", now=NOON, keep_years=15))

    bundle = json.loads(out.getvalue())
    assert complaints_of_bundle(bundle) == []
    assert "Observation" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert proof["state"] == "done"
    assert [told["counts"] for told in proof["readings"]] == [{"glucose": 1}]
    assert (proof["rows"][0]["fact"]["rows"], proof["files"][0]["count"]) == (1, 1)
    assert again == proof
    assert list(services.store.export_patient(cast.patient.public_id)) == []
