"""How old the oldest of everything is, as an engineer's alerts read it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from companion.care.anchor import public_key_of
from companion.care.anchors import anchor_daily, signing_key
from companion.care.audit import note
from companion.care.audit_checkups import check_daily
from companion.care.backup_notes import BackupMade
from companion.care.people import Person
from companion.db import make_engine, writing
from companion.devices.models import Hub, RefusedBatch
from companion.jobs import beat
from companion.messages.models import DeliveryState
from tests.apps import app_over
from tests.messages.mail_room import put
from tests.web.loop.house import House

TOKEN = "t" * 40


def metrics(house: House) -> dict[str, float]:
    """Every sample by its name with labels."""
    page = house.app.test_client().get("/metrics").get_data(as_text=True)
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", page, re.M)}


def add_hub(house: House, name: str, days_ago: float, patient: Person | None = None) -> None:
    at = house.now - timedelta(days=days_ago)
    with writing(house.engine) as session:
        session.add(
            Hub(
                public_id=f"hb_{name}",
                patient_id=(patient or house.anna).id,
                name=name,
                token_hash=name,
                paired_at=at,
                last_seen_at=at,
            )
        )


def test_what_was_never_done_has_no_age(house: House) -> None:
    found = metrics(house)

    ages = ("heartbeat_age_seconds", "hub_last_seen_seconds", "backup_age_seconds", "audit_anchor_age_seconds")
    assert not [age for age in ages if f"companion_{age}" in found]
    assert found["companion_suggestion_oldest_age_seconds"] == 0


def test_the_oldest_undecided_suggestion_grows_older(house: House) -> None:
    house.titration()
    house.fast(150, 148, 155)
    house.clock.advance(hours=3)

    assert metrics(house)["companion_suggestion_oldest_age_seconds"] == 3 * 3600


def test_hubs_are_counted_with_those_that_are_silent(house: House) -> None:
    add_hub(house, "kitchen", 0.5)
    add_hub(house, "hall", 3)

    found = metrics(house)

    assert (found["companion_hubs"], found["companion_hubs_silent"]) == (2, 1)
    assert found["companion_hub_last_seen_seconds"] == 12 * 3600


def test_the_hub_of_somebody_who_left_is_not_missed(house: House) -> None:
    add_hub(house, "kitchen", 9)
    with writing(house.engine) as session:
        session.merge(house.anna).left_at = house.now

    found = metrics(house)

    assert (found["companion_hubs"], found["companion_hubs_silent"]) == (0, 0)


def test_attempts_that_may_have_arrived_are_counted_and_timed(house: House) -> None:
    put(house.engine, house.anna, house.now, DeliveryState.AMBIGUOUS)
    put(house.engine, house.anna, house.now, DeliveryState.AMBIGUOUS, created_at=house.now - timedelta(hours=2))
    put(house.engine, house.anna, house.now, DeliveryState.AMBIGUOUS, created_at=house.now - timedelta(days=9))
    put(house.engine, house.anna, house.now, DeliveryState.SENT)

    found = metrics(house)

    assert found["companion_deliveries_ambiguous"] == 2
    assert found["companion_delivery_oldest_ambiguous_seconds"] == 2 * 3600


def test_the_audits_anchor_and_check_grow_older(house: House) -> None:
    with writing(house.engine) as session:
        note(session, actor="companion", action="test.act", now=house.now)
    key_file = house.settings.audit_anchor_key_file
    anchor_daily(house.engine, key_file, None, house.now)
    check_daily(house.engine, [public_key_of(signing_key(key_file))], house.now)
    house.clock.advance(hours=5)

    found = metrics(house)

    assert found["companion_audit_anchor_age_seconds"] == 5 * 3600
    assert found["companion_audit_check_age_seconds"] == 5 * 3600
    assert found["companion_audit_faults"] == 0


def test_the_newest_backup_has_an_age(house: House) -> None:
    at = house.now - timedelta(hours=7)
    made = {"taken_at": at, "done_at": at, "file": "a.backup", "bytes": 1, "sha256": "0" * 64}
    with writing(house.engine) as session:
        session.execute(insert(BackupMade), [made, made | {"taken_at": at - timedelta(days=1)}])

    assert metrics(house)["companion_backup_age_seconds"] == 7 * 3600


def test_batches_that_were_refused_are_counted_by_the_reasons_code(house: House) -> None:
    refused = {"patient_id": house.anna.id, "code": "device_unknown", "reason": "-", "content": b"x"}
    with writing(house.engine) as session:
        for number, days_ago in enumerate((0, 0, 2)):
            at = house.now - timedelta(days=days_ago)
            session.add(RefusedBatch(**refused, content_sha256=str(number), at=at))

    assert metrics(house)['companion_batches_refused{code="device_unknown"}'] == 2


def test_values_that_come_in_are_counted(house: House) -> None:
    before = metrics(house)

    house.measure(140)

    new = 'companion_values_in_total{end="new"}'
    assert metrics(house)[new] == before[new] + 1


@pytest.mark.parametrize(("fails", "end"), [(False, "finished"), (True, "failed")])
def test_beats_are_counted_by_how_they_ended(house: House, fails: bool, end: str) -> None:
    before = metrics(house)

    beat(house.engine, house.clock, lambda _now: 1 / 0 if fails else None)  # type: ignore[arg-type, return-value]

    name = f'companion_beats_total{{end="{end}"}}'
    assert metrics(house)[name] == before[name] + 1


def test_without_a_database_the_rest_is_told(house: House) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    house.app = app_over(replace(house.services, engine=nowhere))

    found = metrics(house)

    assert found['companion_ready{check="database"}'] == 0
    assert found['companion_ready{check="disk"}'] == 1
    assert "companion_http_answers_total" in str(found)


@pytest.mark.parametrize(
    ("given", "status"),
    [(f"Bearer {TOKEN}", 200), ("Bearer wrong", 404), (f"Basic {TOKEN}", 404), ("", 404)],
)
def test_from_elsewhere_the_metrics_need_the_token(house: House, given: str, status: int) -> None:
    settings = replace(house.settings, metrics_token=TOKEN)
    client = app_over(replace(house.services, settings=settings)).test_client()

    answer = client.get("/metrics", headers={"Authorization": given}, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert answer.status_code == status


def test_without_a_token_in_the_settings_an_empty_one_opens_nothing(house: House) -> None:
    answer = house.app.test_client().get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )

    assert answer.status_code == 404
