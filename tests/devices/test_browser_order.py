"""What a browser is told to ask a device for: the requests octet by octet."""

from datetime import datetime

import pytest

from companion.devices.quirk_table import quirks_of
from companion.devices.quirks import STANDARD
from companion.devices.radio.browser_order import Ask, order_for
from companion.devices.radio.naming import address_of_system_id
from companion.devices.radio.selection import Mark

ALL = Ask("0401", "0101", "")
FROM_0 = Ask("0403010000", "0103010000", "")


def test_a_meter_never_read_is_asked_for_everything() -> None:
    order = order_for("meter", STANDARD, None)

    assert order.asks == (ALL, FROM_0)
    assert order.listen == ("2a34", "2a18", "2a52")
    assert order.clocks == ("2a2b", "2a08")


def test_a_meter_read_before_is_asked_from_its_last_record_on_which_has_to_come() -> None:
    mark = Mark(0x0123, datetime(2026, 3, 4, 10, 30))

    first, *others = order_for("meter", STANDARD, mark).asks

    # 0103: report, from; 01: by number; 2301: 0x0123, the lower octet first; ea07 03 04 0a 1e 00: 2026-03-04 10:30:00
    assert first == Ask("0403012301", "0103012301", "2301" + "ea0703040a1e00")
    assert others == [ALL, FROM_0]


def test_a_meter_that_numbers_backwards_is_always_asked_for_everything() -> None:
    order = order_for("meter", quirks_of("TaiDoc", "TD"), Mark(5))

    assert (order.asks, order.resume) == ((ALL, FROM_0), "")


def test_a_meter_that_answers_numbers_only_is_asked_from_0() -> None:
    order = order_for("meter", quirks_of("Ascensia", "Contour Next One"), None)

    assert order.asks == (FROM_0, ALL)


def test_a_meter_goes_on_after_a_broken_link_by_the_number_of_its_last_record() -> None:
    assert order_for("meter", STANDARD, None).resume == "010301"


def test_a_cuff_is_asked_for_nothing() -> None:
    order = order_for("cuff", STANDARD, None)

    assert (order.asks, order.listen, order.may_empty) == ((), ("2a35",), False)


def test_an_omron_cuff_tells_its_time_when_it_is_listened_to() -> None:
    order = order_for("cuff", quirks_of("OMRON", "BP7000"), None)

    assert (order.clocks, order.listen) == ((), ("2a2b", "2a35"))


def test_a_model_that_deletes_what_it_sent_may_be_emptied_only_after_a_yes() -> None:
    assert order_for("cuff", quirks_of("OMRON", "X4 Smart"), None).may_empty


def test_a_sensor_says_first_when_its_session_started() -> None:
    order = order_for("sensor", STANDARD, Mark(700, datetime(2026, 3, 4)))

    assert order.read_first == ("2aa8", "2aa9", "2aaa")
    assert order.asks[0] == ALL


@pytest.mark.parametrize(
    ("system_id", "address"),
    [
        ("debc9afeff563412", "12:34:56:9A:BC:DE"),
        ("0000000000000000", ""),
        ("debc9a0000563412", ""),
        ("", ""),
    ],
)
def test_an_address_is_in_a_system_id_that_was_made_of_one(system_id: str, address: str) -> None:
    assert address_of_system_id(system_id) == address
