"""The patient's devices and hubs, and the administrator's view of what was refused."""

import re

import pytest
from sqlalchemy import update

from companion.care.audit import AuditEntry
from companion.db import writing
from companion.devices.models import Device, Hub, RefusedBatch
from companion.devices.records.payloads import RawPayload
from companion.web.door.hub_door import MAX_CODES
from tests.web.loop.house import House
from tests.web.loop.test_batches import METER, HubAtHome, batch


def change_device(house: House, **values: object) -> None:
    with writing(house.engine) as session:
        session.execute(update(Device).values(**values))


def test_the_page_shows_a_code_that_pairs_a_hub(house: House) -> None:
    page = house.browser(house.anna).send("/devices/hubs/code", seen_on="/devices").get_data(as_text=True)
    (code,) = set(re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}", page))

    answer = house.app.test_client().post("/api/v1/hubs:pair", json={"code": code, "name": "Kitchen"})

    assert answer.status_code == 201
    assert "Kitchen" in house.page(house.anna, "/devices")
    assert {"made_hub_code", "paired_hub"} <= {entry.action for entry in house.all(AuditEntry)}


def test_too_many_codes_are_answered_with_patience(house: House) -> None:
    browser = house.browser(house.anna)

    answers = [browser.send("/devices/hubs/code", seen_on="/devices").status_code for _ in range(MAX_CODES + 1)]

    assert answers == [201] * MAX_CODES + [429]


def test_a_device_shows_when_it_was_read_and_what_is_wrong_with_it(house: House) -> None:
    HubAtHome(house, METER | {"name": "Kitchen meter"})
    change_device(house, battery_percent=12, clock_offset_s=3600)

    page = house.page(house.anna, "/devices")

    assert "Kitchen meter" in page
    assert "Its clock is 60 minutes slow. Please set it to the right time." in page
    assert re.search(r"⚠ battery</span>\s*Low battery \(12 %\): please change it", page)


def test_a_device_that_is_silent_for_a_week_says_what_to_look_at(house: House) -> None:
    HubAtHome(house, METER | {"name": "Kitchen meter"})
    before = house.page(house.anna, "/devices")
    house.clock.advance(days=8)

    page = house.page(house.anna, "/devices")

    assert "What to do" not in before
    assert "not heard for 8 days" in page
    assert "Look whether its Bluetooth is on" in page


def test_a_clock_that_is_nearly_right_is_not_mentioned(house: House) -> None:
    HubAtHome(house, METER)
    change_device(house, battery_percent=80, clock_offset_s=-300)

    page = house.page(house.anna, "/devices")

    assert "Please set it" not in page
    assert "⚠" not in page


def test_a_hub_that_was_not_heard_for_days_is_pointed_out(house: House) -> None:
    HubAtHome(house)
    house.clock.advance(days=4)

    assert "Look whether it has power and network." in house.page(house.anna, "/devices")


@pytest.mark.parametrize("where", ["/devices/hubs", "/office/hubs"])
def test_the_patient_and_the_administrator_can_take_a_hub_away(house: House, where: str) -> None:
    hub = HubAtHome(house, METER)
    browser = house.browser(house.anna if where.startswith("/devices") else house.admin)

    asked = browser.get(f"{where}/{hub.id}/revoke")
    still_welcome = hub.send(batch(house, [])).status_code
    browser.send(f"{where}/{hub.id}/revoke")

    assert (asked.status_code, still_welcome) == (200, 201)
    assert hub.send(batch(house, [])).status_code == 401
    assert house.only(Hub).revoked_at == house.now
    assert "revoked_hub" in {entry.action for entry in house.all(AuditEntry)}


def test_another_patient_sees_and_touches_nothing(house: House) -> None:
    hub = HubAtHome(house, METER)
    device = house.only(Device)
    with writing(house.engine) as session:
        session.execute(update(Hub).values(patient_id=house.ben.id))
        session.execute(update(Device).values(patient_id=house.ben.id))
    browser = house.browser(house.anna)

    answers = [browser.get(f"/devices/hubs/{hub.id}/revoke"), browser.get(f"/devices/{device.public_id}/remove")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_device_that_is_not_mine_is_removed_after_asking(house: House) -> None:
    hub = HubAtHome(house, METER | {"name": "Neighbour's meter"})
    device = house.only(Device).public_id
    browser = house.browser(house.anna)

    asked = browser.get(f"/devices/{device}/remove")
    browser.send(f"/devices/{device}/remove")

    assert asked.status_code == 200
    assert "Neighbour" not in house.page(house.anna, "/devices")
    assert hub.send(batch(house, house.payloads(163, house.now))).status_code == 422


def test_the_administrator_sees_values_that_gave_no_reading_with_their_bytes(house: House) -> None:
    hub = HubAtHome(house, METER)
    hub.send(batch(house, [RawPayload("2a18", bytes.fromhex("0201"), house.now)]))

    page = house.page(house.admin, "/office/quarantine")

    assert "<code>0201</code>" in page
    assert house.anna.public_id in page
    assert house.anna.name not in page


def test_the_administrator_sees_refused_batches_and_can_fetch_them_as_they_came(house: House) -> None:
    hub = HubAtHome(house)
    (payload,) = house.payloads(163, house.now)
    hub.send(batch(house, [payload]))
    browser = house.browser(house.admin)

    page = browser.get("/office/quarantine/batches").get_data(as_text=True)
    fetched = browser.get(f"/office/quarantine/batches/{house.only(RefusedBatch).id}/content")

    assert "unknown_device" in page
    assert hub.id in page
    assert payload.raw.hex().encode() in fetched.data
    assert fetched.headers["Content-Disposition"].startswith("attachment")


def test_quarantine_goes_back_page_by_page(house: House) -> None:
    hub = HubAtHome(house, METER)
    values = [RawPayload("2a18", bytes([2, number]), house.now) for number in range(60)]
    hub.send(batch(house, values))
    browser, path, seen = house.browser(house.admin), "/office/quarantine", list[str]()

    while path:
        page = browser.get(path).get_data(as_text=True)
        seen += re.findall(r"<code>(\w+)</code>", page)
        older = re.search(r'href="(/office/quarantine\?before=\d+)"', page)
        path = older.group(1) if older else ""

    assert sorted(seen) == sorted(value.raw.hex() for value in values)


def test_an_empty_quarantine_says_so(house: House) -> None:
    assert "There are none." in house.page(house.admin, "/office/quarantine")
    assert "There are none." in house.page(house.admin, "/office/quarantine/batches")
    assert "There are none." in house.page(house.admin, "/office/hubs")
