"""What /readyz finds wrong, one thing at a time, and the one word that it says of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from companion.care.audit import note
from companion.db import make_engine, writing
from companion.jobs import note_beat
from companion.migrations import config_for
from companion.sealing.keyring import ring_of
from companion.services import Services
from companion.web.for_clinic.readiness import NEWEST_SCHEMA, checks
from tests.apps import app_over
from tests.web.loop.house import House


@pytest.fixture
def ready(house: House) -> House:
    """A house in which nothing is wrong."""
    note_beat(house.engine, house.now)
    return house


def reasons(house: House, services: Services | None = None) -> dict[str, str]:
    found = checks(services or house.services, house.now)
    return {check.name: check.reason for check in found if check.reason}


def with_settings(house: House, **changed: Any) -> Services:
    return replace(house.services, settings=replace(house.settings, **changed))


def is_at(house: House, revision: str) -> None:
    with writing(house.engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def act(house: House) -> None:
    with writing(house.engine) as session:
        note(session, actor="companion", action="test.act", now=house.now)


def test_nothing_is_wrong_with_a_house_that_is_well(ready: House) -> None:
    answer = ready.app.test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "mode": "normal",
        "checks": dict.fromkeys(("database", "schema", "heartbeat", "readings", "disk", "keys"), True),
        "reasons": {},
    }


def test_the_newest_schema_is_the_one_that_the_migrations_lead_to(ready: House) -> None:
    head = ScriptDirectory.from_config(config_for(ready.engine)).get_current_head()

    assert head == NEWEST_SCHEMA


def test_a_schema_of_the_version_before_is_not_ready(ready: House) -> None:
    is_at(ready, f"{int(NEWEST_SCHEMA) - 1:04}")

    answer = ready.app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["reasons"]["schema"] == "behind"


def test_a_schema_of_the_next_version_is_served_and_told(ready: House) -> None:
    is_at(ready, f"{int(NEWEST_SCHEMA) + 1:04}")

    answer = ready.app.test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json()["reasons"] == {"schema": "ahead"}


def test_an_empty_database_has_no_schema(ready: House, tmp_path: Path) -> None:
    empty = replace(ready.services, engine=make_engine(f"sqlite:///{tmp_path}/empty.db"))

    found = reasons(ready, empty)

    assert found == {"schema": "none", "heartbeat": "unknown", "keys": "unknown"}


def test_a_database_that_is_away_is_said_to_be_and_hides_nothing_else(ready: House) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    found = reasons(ready, replace(ready.services, engine=nowhere))

    assert found == {
        "database": "no_answer",
        "schema": "no_answer",
        "heartbeat": "unknown",
        "keys": "unknown",
    }


def test_a_disk_with_less_than_asked_for_is_full(ready: House) -> None:
    found = reasons(ready, with_settings(ready, min_free_mb=10**9))

    assert found == {"disk": "full"}


def test_the_key_of_the_audit_is_missed_once_an_act_was_noted_under_it(ready: House) -> None:
    before = reasons(ready)
    act(ready)
    ready.settings.audit_key_file.unlink()

    assert before == {}
    assert reasons(ready) == {"keys": "missing"}


def test_another_key_than_the_audits_is_wrong(ready: House) -> None:
    act(ready)
    ready.settings.audit_key_file.write_text(json.dumps({"keys": ["ab" * 32], "begins_after": None}))

    assert reasons(ready) == {"keys": "wrong"}


def test_a_file_without_keys_is_wrong(ready: House) -> None:
    act(ready)
    ready.settings.audit_key_file.write_text("{}")

    assert reasons(ready) == {"keys": "wrong"}


def test_a_key_that_cannot_be_read_is_said_to_be(ready: House, tmp_path: Path) -> None:
    found = reasons(ready, with_settings(ready, vapid_key_file=tmp_path))

    assert found == {"keys": "unreadable"}


def seal_something(house: House) -> None:
    with writing(house.engine) as session:
        ring_of(session.connection()).to_seal(session.connection(), house.anna.id, house.now)


def test_the_master_key_is_missed_once_something_was_sealed_under_it(ready: House) -> None:
    seal_something(ready)
    before = reasons(ready)
    ready.settings.master_key_file.unlink()

    assert before == {}
    assert reasons(ready) == {"keys": "missing"}


def test_a_master_key_file_without_keys_is_wrong(ready: House) -> None:
    seal_something(ready)
    ready.settings.master_key_file.write_text("[]")

    assert reasons(ready) == {"keys": "wrong"}


def test_while_readings_are_moved_the_service_is_ready_and_says_so(ready: House) -> None:
    stores = replace(ready.stores, is_read_only=True)
    app = app_over(replace(ready.services, stores=stores))

    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.get_json()["mode"]) == (200, "read_only")


def test_no_answer_tells_a_path_or_an_address(ready: House) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody:a-password@127.0.0.1:1/nothing")
    app = app_over(replace(ready.services, engine=nowhere))

    page = app.test_client().get("/readyz").get_data(as_text=True)

    assert "no_answer" in page
    assert not [secret for secret in ("a-password", "127.0.0.1", str(ready.folder)) if secret in page]
