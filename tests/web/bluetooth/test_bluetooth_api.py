"""What a browser asks the service: how to read a device, and what the batches amount to. Neither stores anything."""

from typing import Any

import pytest

from companion.devices.models import Device, Intake, Quarantined, RefusedBatch
from tests.web.bluetooth.conftest import Couple
from tests.web.loop.test_api import Program, problem
from tests.web.loop.test_batches import METER, HubAtHome, batch

SEEN = {"kind": "meter", "browser_id": "abc=", "name": "Meter", "manufacturer": "Maker", "model": "M1"}


def order(house: Couple, **told: str) -> dict[str, Any]:
    answer = Program(house, house.anna).post("/devices:order", SEEN | told)
    assert answer.status_code == 200, answer.get_json()
    told_back: dict[str, Any] = answer.get_json()
    return told_back


# How to read it


def test_a_new_device_is_known_by_the_browsers_own_name_for_it(house: Couple) -> None:
    device = order(house)["device"]

    assert (device["address"], device["serial"]) == ("browser/abc=", "")
    assert house.all(Device) == []


def test_a_device_tells_its_address_in_its_system_id(house: Couple) -> None:
    assert order(house, system_id="debc9afeff563412")["device"]["address"] == "12:34:56:9A:BC:DE"


def test_a_meter_that_a_hub_reads_is_the_same_device_by_its_address(house: Couple) -> None:
    HubAtHome(house, METER | {"address": "12:34:56:9A:BC:DE"})

    device = order(house, system_id="debc9afeff563412")["device"]

    assert device["serial"] == METER["serial"]


def test_a_meter_that_a_hub_reads_is_the_same_device_by_the_serial_number_in_its_name(house: Couple) -> None:
    HubAtHome(house, METER | {"serial": "00012345"})

    device = order(house, name="meter+00012345")["device"]

    assert device["serial"] == "00012345"


def test_two_that_might_be_it_are_none(house: Couple) -> None:
    HubAtHome(house, METER | {"serial": "345"}, METER | {"serial": "12345"})

    assert order(house, name="meter+12345")["device"]["serial"] == ""


def test_another_patients_meter_is_not_hers(house: Couple) -> None:
    Program(house, house.otto).post("/devices", METER | {"address": "12:34:56:9A:BC:DE"})

    assert order(house, system_id="debc9afeff563412")["device"]["serial"] == ""


def test_what_the_hub_read_the_browser_does_not_ask_for_again(house: Couple) -> None:
    hub = HubAtHome(house, METER | {"address": "12:34:56:9A:BC:DE"})
    hub.send(batch(house, house.payloads(163, house.now), device=METER | {"address": "12:34:56:9A:BC:DE"}))

    first = order(house, system_id="debc9afeff563412")["asks"][0]

    assert first["to_report"] == "0103010100"
    assert first["begins"].startswith("0100ea07")


@pytest.mark.parametrize("wrong", [{"kind": "toaster"}, {"system_id": "12"}, {"browser_id": ""}, {"serial": "1"}])
def test_nonsense_is_refused(house: Couple, wrong: dict[str, str]) -> None:
    answer = Program(house, house.anna).post("/devices:order", SEEN | wrong)

    assert problem(answer) == (422, "invalid")


# Whether it is hers


def preview(house: Couple, *batches: dict[str, Any]) -> dict[str, Any]:
    answer = Program(house, house.anna).post("/readings:preview", {"batches": list(batches)})
    assert answer.status_code == 200, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_preview_shows_the_newest_values_and_stores_nothing(house: Couple) -> None:
    shown = preview(house, batch(house, house.payloads(163, house.now)))

    assert shown["newest"] == [{"metric": "Glucose", "value": "163 mg/dL", "time": "Wed, Mar 4 10:30"}]
    assert (shown["new"], shown["known"], shown["refused"], shown["is_mine"]) == (1, 0, 0, False)
    for table in (Device, Intake, Quarantined, RefusedBatch):
        assert house.all(table) == []


def test_a_preview_tells_what_is_there_already(house: Couple) -> None:
    hub, body = HubAtHome(house, METER), batch(house, house.payloads(163, house.now))
    hub.send(body)

    shown = preview(house, body)

    assert (shown["new"], shown["known"], shown["is_mine"]) == (0, 1, True)


def test_a_preview_counts_what_gives_no_value(house: Couple) -> None:
    body = batch(house, house.payloads(163, house.now))
    body["items"].append(body["items"][0] | {"value": "ff"})

    shown = preview(house, body)

    assert (shown["new"], shown["refused"]) == (1, 1)
    assert house.all(Quarantined) == []


def test_a_preview_of_a_time_that_cannot_be_is_refused(house: Couple) -> None:
    body = batch(house, house.payloads(163, house.now))
    body["items"][0]["received_at"] = "2027-01-01T00:00:00Z"

    answer = Program(house, house.anna).post("/readings:preview", {"batches": [body]})

    assert problem(answer) == (422, "clock_ahead")


def test_no_batch_is_no_preview(house: Couple) -> None:
    answer = Program(house, house.anna).post("/readings:preview", {"batches": []})

    assert problem(answer) == (422, "invalid")


def test_a_hub_may_not_ask_as_a_browser_does(house: Couple) -> None:
    answer = HubAtHome(house).post("/devices:order", SEEN)

    assert answer.status_code == 403
