"""The door for hubs: a code for a token, raw batches taken in once, and refusals that are clear and kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from companion.care.people import Person
from companion.db import writing
from companion.devices.models import Device, Hub, Intake, RefusedBatch, SentBatch
from companion.devices.records.payloads import RawPayload
from companion.readings.reading import Metric
from companion.sealing.columns import REFUSED_BATCH
from companion.web.door.hub_door import MAX_CODES, make_code, revoke_hub
from companion.web.door.limits import MOST, Door, TooManyAttemptsError
from tests.sealing.kept import plain_of
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, problem

METER = {"kind": "meter", "address": "AA:BB:CC:DD:EE:01", "manufacturer": "Maker", "model": "M1", "serial": "7"}
CUFF = {"kind": "cuff", "address": "AA:BB:CC:DD:EE:02", "name": "Cuff"}
UNDATED_PRESSURE = bytes([0x00, 120, 0, 80, 0, 93, 0])
"""120/80 mmHg, mean 93, without a time."""


def code_of(house: House, patient: Person | None = None) -> str:
    with writing(house.engine) as session:
        return make_code(session, patient or house.anna, house.now)


class HubAtHome:
    """A program with a hub's token: no session, no cookie, no form token."""

    def __init__(self, house: House, *devices: dict[str, Any]) -> None:
        self.house, self.client = house, house.app.test_client()
        paired = self.client.post("/api/v1/hubs:pair", json={"code": code_of(house), "name": "Kitchen"})
        assert paired.status_code == 201
        self.id, self.token = paired.get_json()["hub"], paired.get_json()["token"]
        for device in devices:
            assert self.post("/devices", device).status_code == 201

    def post(self, path: str, body: Any, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def send(self, body: dict[str, Any], key: str | None = None) -> TestResponse:
        return self.post("/readings:batch", body, key)


def batch(
    house: House, payloads: Sequence[RawPayload], *, device: dict[str, Any] = METER, behind: timedelta = timedelta(0)
) -> dict[str, Any]:
    """The payloads as a hub sends them whose clock is so far behind ours."""
    shows = house.now - behind
    return {
        "device": device,
        "clock": {
            "device_time": house.now.astimezone(house.zone).replace(tzinfo=None).isoformat(),
            "read_at": shows.isoformat(),
        },
        "items": [item(payload, payload.received_at - behind) for payload in payloads],
        "complete": True,
        "sent_at": shows.isoformat(),
    }


def item(payload: RawPayload, received_at: datetime) -> dict[str, str]:
    return {
        "characteristic": payload.characteristic,
        "value": payload.raw.hex(),
        "received_at": received_at.isoformat(),
    }


# The code


def test_a_code_opens_the_door_once(house: House) -> None:
    code = code_of(house)

    answers = [house.app.test_client().post("/api/v1/hubs:pair", json={"code": code}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 422]
    assert house.only(Hub).patient_id == house.anna.id


def test_a_code_may_be_typed_in_small_letters_without_its_dash(house: House) -> None:
    typed = code_of(house).replace("-", " ").lower()

    answer = house.app.test_client().post("/api/v1/hubs:pair", json={"code": typed})

    assert answer.status_code == 201


def test_a_code_is_over_after_ten_minutes(house: House) -> None:
    code = code_of(house)
    house.clock.advance(minutes=10)

    answer = house.app.test_client().post("/api/v1/hubs:pair", json={"code": code})

    assert problem(answer) == (422, "invalid")
    assert house.all(Hub) == []


def test_a_new_code_voids_the_one_before(house: House) -> None:
    old, new = code_of(house), code_of(house)

    answers = [house.app.test_client().post("/api/v1/hubs:pair", json={"code": code}) for code in (old, new)]

    assert [answer.status_code for answer in answers] == [422, 201]


def test_neither_code_nor_token_stands_in_the_database(house: House) -> None:
    code = code_of(house)

    told = house.app.test_client().post("/api/v1/hubs:pair", json={"code": code}).get_json()
    house.engine.dispose()
    everything = b"".join(path.read_bytes() for path in house.folder.glob("companion.db*"))

    assert code.replace("-", "").encode() not in everything
    assert told["token"].encode() not in everything


def test_codes_cannot_be_guessed_for_long(house: House) -> None:
    client, right = house.app.test_client(), code_of(house)

    most = MOST[Door.HUB_CODE]
    wrong = [client.post("/api/v1/hubs:pair", json={"code": f"WRONG{n}"}).status_code for n in range(most)]
    limited = client.post("/api/v1/hubs:pair", json={"code": right})
    house.clock.advance(minutes=16)
    later = client.post("/api/v1/hubs:pair", json={"code": code_of(house)})

    assert set(wrong) == {422}
    assert problem(limited) == (429, "too_many_requests")
    assert later.status_code == 201


def test_a_page_gives_no_endless_row_of_codes(house: House) -> None:
    for _ in range(MAX_CODES):
        code_of(house)

    with pytest.raises(TooManyAttemptsError):
        code_of(house)


# Batches


def test_raw_bytes_become_readings_and_the_same_batch_again_is_answered_alike(house: House) -> None:
    hub = HubAtHome(house, METER)
    body = batch(house, house.payloads(163, house.now) + house.payloads(91, house.now - timedelta(hours=5)))

    first = hub.send(body, "k1")
    house.clock.advance(days=60)
    again = hub.send(body | {"sent_at": house.now.isoformat()}, "k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert (first.get_json()["new"], len(house.all(Intake))) == (2, 1)
    assert {reading.value for reading in house.readings()} == {163, 91}


def test_another_batch_under_the_same_key_is_refused(house: House) -> None:
    hub = HubAtHome(house, METER)
    hub.send(batch(house, house.payloads(163, house.now)), "k1")

    other = hub.send(batch(house, house.payloads(99, house.now)), "k1")

    assert problem(other) == (422, "idempotency_key_reused")
    assert len(house.readings()) == 1


def test_two_hubs_that_read_one_meter_bring_each_record_once(house: House) -> None:
    kitchen, bedroom = HubAtHome(house, METER), HubAtHome(house, METER)
    payloads = house.payloads(163, house.now)
    elsewhere = METER | {"address": "FF:FF:FF:00:00:09"}

    kitchen.send(batch(house, payloads), "k1")
    house.clock.advance(minutes=3)
    second = bedroom.send(batch(house, payloads, device=elsewhere), "b1")

    assert (second.get_json()["new"], second.get_json()["known"]) == (0, 1)
    assert len(house.readings()) == 1
    assert len(house.all(Device)) == 1


def test_a_hub_whose_clock_is_wrong_gives_the_right_instants(house: House) -> None:
    hub = HubAtHome(house, METER, CUFF)
    behind = timedelta(days=20_000)
    live = [RawPayload("2a35", UNDATED_PRESSURE, house.now)]

    hub.send(batch(house, house.payloads(163, house.now - timedelta(hours=2)), behind=behind), "k1")
    hub.send(batch(house, live, device=CUFF, behind=behind), "k2")

    assert [reading.taken_at for reading in house.readings()] == [house.now - timedelta(hours=2)]
    assert [reading.taken_at for reading in house.readings(Metric.BLOOD_PRESSURE)] == [house.now]


def test_a_value_stamped_on_arrival_is_kept_once_however_often_and_late_it_comes(house: House) -> None:
    hub = HubAtHome(house, CUFF)
    body = batch(house, [RawPayload("2a35", UNDATED_PRESSURE, house.now)], device=CUFF, behind=timedelta(hours=3))
    hub.send(body, "k1")
    with writing(house.engine) as session:
        session.execute(update(SentBatch).values(answer=None))  # the server died before it could note its answer
    house.clock.advance(days=2)

    again = hub.send(body | {"sent_at": (house.now - timedelta(hours=3, minutes=9)).isoformat()}, "k1")

    assert again.status_code == 201
    assert len(house.readings(Metric.BLOOD_PRESSURE)) == 1


def test_a_batch_that_was_cut_off_while_our_clock_was_ahead_is_taken_in_when_it_comes_again(house: House) -> None:
    hub = HubAtHome(house, CUFF)
    house.clock.advance(minutes=10)
    ahead = house.now
    body = batch(house, [RawPayload("2a35", UNDATED_PRESSURE, ahead)], device=CUFF, behind=timedelta(minutes=10))
    hub.send(body, "k1")
    with writing(house.engine) as session:
        session.execute(update(SentBatch).values(answer=None))  # the server died before it could note its answer
    house.clock.advance(minutes=-9)

    again = hub.send(body | {"sent_at": house.now.isoformat()}, "k1")

    assert again.status_code == 201
    assert [reading.taken_at for reading in house.readings(Metric.BLOOD_PRESSURE)] == [ahead]


def test_a_batch_that_was_refused_for_its_times_is_judged_anew_when_the_senders_clock_is_right(house: House) -> None:
    hub = HubAtHome(house, METER)
    body = batch(house, house.payloads(163, house.now))
    long_ago = (house.now - timedelta(days=900)).isoformat()

    first = hub.send(body | {"sent_at": long_ago}, "k1")
    second = hub.send(body, "k1")

    assert problem(first) == (422, "clock_ahead")
    assert (second.status_code, second.get_json()["new"]) == (201, 1)


def test_a_batch_with_nothing_new_still_tells_of_the_device(house: House) -> None:
    hub = HubAtHome(house, METER)
    house.clock.advance(days=1)

    hub.send(batch(house, [], device=METER | {"battery_percent": 40, "firmware": "2.1"}))

    device = house.only(Device)
    assert (device.battery_percent, device.firmware, device.last_seen_at) == (40, "2.1", house.now)


def test_the_patients_own_browser_sends_batches_with_its_form_token(house: House) -> None:
    program = Program(house, house.anna)
    program.post("/devices", METER)

    answer = program.post("/readings:batch", batch(house, house.payloads(163, house.now)))

    assert (answer.status_code, len(house.readings())) == (201, 1)


def test_without_its_form_token_a_browser_is_refused_and_fills_nothing(house: House) -> None:
    program = Program(house, house.anna)
    program.token = ""

    answer = program.post("/readings:batch", batch(house, house.payloads(163, house.now)))

    assert problem(answer) == (400, "csrf")
    assert house.all(RefusedBatch) == []


# Refusals


def only_refusal(house: House) -> tuple[str, bytes]:
    kept = house.only(RefusedBatch)
    return kept.code, plain_of(house.engine, REFUSED_BATCH, kept)


def test_an_unknown_device_is_refused_and_its_bytes_are_kept(house: House) -> None:
    hub = HubAtHome(house)
    payloads = house.payloads(163, house.now)

    answer = hub.send(batch(house, payloads))

    code, content = only_refusal(house)
    assert problem(answer) == (422, "unknown_device")
    assert (code, payloads[0].raw.hex().encode() in content) == ("unknown_device", True)
    assert house.readings() == []


def test_a_device_that_was_removed_is_unknown_until_it_is_paired_again(house: House) -> None:
    hub = HubAtHome(house, METER)
    with writing(house.engine) as session:
        session.execute(update(Device).values(removed_at=house.now))
    body = batch(house, house.payloads(163, house.now))

    refused = hub.send(body)
    hub.post("/devices", METER)
    taken = hub.send(body)

    assert (problem(refused), taken.status_code) == ((422, "unknown_device"), 201)


def test_a_revoked_hub_is_refused_and_its_bytes_are_kept(house: House) -> None:
    hub = HubAtHome(house, METER)
    with writing(house.engine) as session:
        revoke_hub(session, house.only(Hub), house.anna, house.now)
    payloads = house.payloads(163, house.now)

    answer = hub.send(batch(house, payloads), "k1")

    code, content = only_refusal(house)
    assert problem(answer) == (401, "hub_revoked")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (code, payloads[0].raw.hex().encode() in content) == ("hub_revoked", True)
    assert house.readings() == []


def test_a_token_that_nobody_gave_is_refused_and_leaves_no_trace(house: House) -> None:
    hub = HubAtHome(house, METER)
    hub.token = "x" * 43

    answer = hub.send(batch(house, house.payloads(163, house.now)))

    assert problem(answer) == (401, "token_unknown")
    assert house.all(RefusedBatch) == []


def test_more_than_five_hundred_values_are_refused_and_kept(house: House) -> None:
    hub = HubAtHome(house, METER)
    payloads = [payload for n in range(501) for payload in house.payloads(100, house.now - timedelta(hours=n))]

    answer = hub.send(batch(house, payloads), "k1")

    assert problem(answer) == (422, "invalid")
    assert answer.get_json()["errors"] == [{"pointer": "/items", "detail": "At most 500 items make a batch."}]
    assert only_refusal(house)[0] == "invalid"
    assert house.readings() == []


def test_five_hundred_values_are_taken_in(house: House) -> None:
    hub = HubAtHome(house, METER)
    payloads = [payload for n in range(500) for payload in house.payloads(100, house.now - timedelta(hours=n))]

    answer = hub.send(batch(house, payloads), "k1")

    assert answer.get_json()["new"] == 500


def test_a_body_beyond_all_measure_is_refused_unread(house: House) -> None:
    hub = HubAtHome(house, METER)

    answer = hub.send(batch(house, []) | {"more": "x" * 3_000_000})

    assert problem(answer)[0] == 413
    assert only_refusal(house) == ("too_large", b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": [{"characteristic": "2a18", "value": "zz", "received_at": "2026-03-04T09:00:00Z"}]},
        {"items": [{"characteristic": "2a18", "value": "0", "received_at": "2026-03-04T09:00:00Z"}]},
        {"items": [{"characteristic": "2a18", "value": "00", "received_at": "2026-03-04T09:00:00"}]},
        {"items": [{"characteristic": "2a18", "value": "00", "received_at": "2026-03-05T09:00:00Z"}]},
        {"sent_at": "yesterday"},
        {"device": {"kind": "kettle", "address": "x"}},
        {"items": None},
    ],
)
def test_a_batch_that_makes_no_sense_is_refused_and_kept(house: House, wrong: dict[str, Any]) -> None:
    hub = HubAtHome(house, METER)

    answer = hub.send(batch(house, []) | wrong, "k1")

    assert problem(answer)[0] == 422
    assert house.only(RefusedBatch).reason


def test_a_payload_that_is_no_record_is_kept_among_the_others(house: House) -> None:
    hub = HubAtHome(house, METER)
    broken = RawPayload("2a18", b"\x02\x01", house.now)

    answer = hub.send(batch(house, [broken, *house.payloads(163, house.now)]))

    assert answer.get_json()["refused"] == 1
    assert len(house.readings()) == 1


def test_a_hub_opens_nothing_else(house: House) -> None:
    hub = HubAtHome(house)
    headers = {"Authorization": f"Bearer {hub.token}"}

    answers = [
        hub.client.get("/api/v1/me", headers=headers),
        hub.client.get(f"/api/v1/patients/{house.anna.public_id}/readings", headers=headers),
        hub.client.get("/today", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 302]


def test_a_sender_that_is_refused_without_end_fills_no_disk(house: House) -> None:
    hub = HubAtHome(house)

    for n in range(60):
        hub.send(batch(house, house.payloads(100 + n, house.now)))

    assert len(house.all(RefusedBatch)) == 50
