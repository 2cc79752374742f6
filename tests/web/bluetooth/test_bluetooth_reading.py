"""A patient's own browser reads a meter and a cuff: from the chooser to the stored value, and what goes wrong."""

from datetime import datetime, timedelta
from struct import pack

import pytest
from sqlalchemy import update

from companion.db import writing
from companion.devices.models import Device, RefusedBatch
from companion.readings.reading import Metric
from firmware_mocks.encode import Glucose
from tests.web.bluetooth.conftest import Visit
from tests.web.bluetooth.peripherals import CONTROL_POINT, MEASUREMENT, Meter, cuff, pressure, sensor, values_until
from tests.web.bluetooth.radio import HUNG_UP, LINK_LOST

pytestmark = pytest.mark.browser

REPORT_ALL, REPORT_FROM = bytes([1, 1]), bytes([1, 3, 1])


def wall(visit: Visit) -> datetime:
    """What a right clock shows at Anna's."""
    return visit.house.now.astimezone(visit.house.zone).replace(tzinfo=None)


def say_yes(visit: Visit) -> str:
    visit.page.click("#yes")
    visit.page.wait_for_selector("#saved:visible")
    return visit.page.inner_text("#saved")


def test_a_meter_is_read_shown_and_kept_once_the_patient_says_yes(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 101, 112, 163), wall(visit)))

    visit.read(radio)
    asked, before = visit.page.inner_text("#question"), visit.house.readings()
    outcome = say_yes(visit)

    assert ("163 mg/dL" in asked, "Wed, Mar 4" in asked, before) == (True, True, [])
    stored = visit.house.readings()
    assert [reading.value for reading in stored] == [101, 112, 163]
    assert abs(stored[-1].taken_at - visit.house.now) < timedelta(minutes=1)
    assert (stored[1].meal, "now saved: 3" in outcome) == ("before_meal", True)
    device = visit.house.only(Device)
    assert (device.kind, device.name, device.battery_percent) == ("meter", "Meter", 80)


def test_a_second_reading_asks_only_for_what_is_new_and_stores_nothing_twice(visit: Visit) -> None:
    meter = Meter(values_until(wall(visit), 101, 112, 163), wall(visit))
    radio = visit.near(meter)
    visit.read(radio)
    say_yes(visit)
    radio.written.clear()

    radio.switch_on()
    visit.choose()
    radio.work_until("#saved")

    assert "Nothing new" in visit.page.inner_text("#saved")
    assert [request for request in radio.written if request[0] == 1] == [REPORT_FROM + pack("<H", 2)]
    assert len(visit.house.readings()) == 3


def test_a_memory_that_was_erased_is_read_anew(visit: Visit) -> None:
    meter = Meter(values_until(wall(visit) - timedelta(days=2), 101, 112, 163), wall(visit))
    radio = visit.near(meter)
    visit.read(radio)
    say_yes(visit)
    meter.records = values_until(wall(visit), 90, 91, 92, 93)
    radio.written.clear()
    radio.switch_on()

    visit.read(radio)
    say_yes(visit)

    assert [request[:3] for request in radio.written if request[0] == 1] == [REPORT_FROM, REPORT_ALL]
    assert [reading.value for reading in visit.house.readings()] == [101, 112, 163, 90, 91, 92, 93]


def test_a_cuff_sends_by_itself_and_its_quiet_ends_the_reading(visit: Visit) -> None:
    radio = visit.near(cuff(wall(visit)))
    radio.waiting = [pressure(135, 84, wall(visit) - timedelta(hours=1)), pressure(142, 88, wall(visit))]

    visit.read(radio)
    asked = visit.page.inner_text("#question")
    say_yes(visit)

    stored = visit.house.readings(Metric.BLOOD_PRESSURE)
    assert "142/88 mmHg" in asked
    assert [(reading.value, reading.diastolic, reading.pulse) for reading in stored] == [(135, 84, 71), (142, 88, 71)]
    assert visit.house.only(Device).address == "12:34:56:9A:BC:DE"


def test_a_sensor_tells_when_its_session_started_before_its_values(visit: Visit) -> None:
    started_at = wall(visit) - timedelta(minutes=10)
    radio = visit.near(sensor(started_at, wall(visit), 104, 110))

    visit.read(radio)
    say_yes(visit)

    assert [reading.value for reading in visit.house.readings()] == [104, 110]
    assert visit.house.only(Device).kind == "sensor"


def test_a_cuff_that_hangs_up_after_its_value_is_done(visit: Visit) -> None:
    radio = visit.near(cuff(wall(visit)))
    radio.waiting = [pressure(142, 88, wall(visit)), HUNG_UP]

    visit.read(radio)
    say_yes(visit)

    assert len(visit.house.readings(Metric.BLOOD_PRESSURE)) == 1


def test_a_device_lost_in_the_middle_is_gone_on_with_where_it_stopped(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 101, 112, 120, 130, 163), wall(visit), breaks_after=3))

    visit.read(radio)
    say_yes(visit)

    reports = [request for request in radio.written if request[0] == 1]
    assert reports == [REPORT_ALL, REPORT_FROM + pack("<H", 1)]
    assert [reading.value for reading in visit.house.readings()] == [101, 112, 120, 130, 163]


def test_a_device_that_stays_lost_leaves_one_sentence_and_what_came(visit: Visit) -> None:
    meter = Meter(values_until(wall(visit), 101, 112, 163), wall(visit))
    radio = visit.near(meter)
    lost = [(MEASUREMENT, meter.records[0].encode()), LINK_LOST]
    meter.on_write = lambda request: lost if request == REPORT_ALL or request[0] == 1 else meter._answer(request)

    visit.choose()
    radio.work_until("#stopped")
    told = visit.page.inner_text("#what-happened")
    visit.page.click("#go-on")
    visit.page.wait_for_selector("#question:visible")
    warned = visit.page.inner_text("#broken-off")
    say_yes(visit)

    assert told == "The connection was lost: what came is kept. Bring the device nearer and try again."
    assert "broke off" in warned
    assert [reading.value for reading in visit.house.readings()] == [101]
    assert radio.connections == 3


def test_what_was_read_waits_for_an_answer_through_a_closed_page(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)

    visit.page.goto(f"{visit.address}/today")
    visit.open()
    visit.page.click("#waiting a")
    visit.page.wait_for_selector("#question:visible")
    say_yes(visit)

    assert [reading.value for reading in visit.house.readings()] == [163]


def test_a_service_that_cannot_be_reached_gets_it_later(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)
    visit.page.route("**/readings:batch", lambda route: route.abort())
    visit.page.click("#yes")
    visit.page.wait_for_selector("#stopped:visible")
    told = visit.page.inner_text("#what-happened")

    visit.page.unroute("**/readings:batch")
    visit.page.reload()
    visit.page.wait_for_selector("#question:visible")
    say_yes(visit)

    assert "stays in this browser" in told
    assert len(visit.house.readings()) == 1


def test_an_answer_that_was_lost_on_the_way_stores_nothing_twice(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)

    def taken_in_but_not_told(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    visit.page.route("**/readings:batch", taken_in_but_not_told)
    visit.page.click("#yes")
    visit.page.wait_for_selector("#stopped:visible")
    visit.page.unroute("**/readings:batch")
    visit.page.click("#send-again")
    visit.page.wait_for_selector("#saved:visible")

    assert len(visit.house.readings()) == 1


def test_more_than_five_hundred_values_come_in_batches_that_the_service_takes(visit: Visit) -> None:
    records = values_until(wall(visit), *(100 + n % 50 for n in range(340)))
    radio = visit.near(Meter(records, wall(visit)))

    visit.choose()
    radio.work_until("#question", seconds=60)
    say_yes(visit)

    assert len(visit.house.readings()) == 340
    assert visit.house.all(RefusedBatch) == []


def test_what_is_not_hers_is_thrown_away_and_never_reaches_the_service(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)

    visit.page.click("#no")
    visit.page.click("#throw-away")
    visit.page.wait_for_selector("#not-kept:visible")
    visit.open("check")
    visit.page.wait_for_selector("#none:visible")

    assert visit.house.readings() == []
    assert visit.house.all(Device) == []


def test_a_device_that_was_taken_away_before_is_asked_about_again(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)
    say_yes(visit)
    with writing(visit.house.engine) as session:
        session.execute(update(Device).values(removed_at=visit.house.now))
    radio.switch_on()

    visit.read(radio)

    assert visit.page.is_visible("#new-device")


def test_another_patient_of_the_same_computer_sees_nothing_of_it(visit: Visit) -> None:
    radio = visit.near(Meter(values_until(wall(visit), 163), wall(visit)))
    visit.read(radio)

    visit.page.context.clear_cookies()
    visit.sign_in(visit.house.otto)
    visit.open("check")
    visit.page.wait_for_selector("#none:visible")

    assert visit.house.readings() == []


def test_a_control_solution_is_no_value_and_the_page_says_so(visit: Visit) -> None:
    control = Glucose(1, wall(visit), "110e-5", type=10)
    radio = visit.near(Meter([*values_until(wall(visit), 163), control], wall(visit)))

    visit.read(radio)

    assert "cannot be read: 1." in visit.page.inner_text("#refused")


def test_a_device_that_refuses_is_told_in_one_sentence(visit: Visit) -> None:
    meter = Meter(values_until(wall(visit), 163), wall(visit))
    meter.refuses = {CONTROL_POINT}
    radio = visit.near(meter)

    visit.choose()
    radio.work_until("#stopped")

    assert "paired first" in visit.page.inner_text("#what-happened")


def test_a_meter_without_records_says_so(visit: Visit) -> None:
    radio = visit.near(Meter([], wall(visit)))

    visit.choose()
    radio.work_until("#nothing")

    assert visit.house.all(Device) == []


def test_nobody_chosen_is_no_harm(visit: Visit) -> None:
    visit.near(None)
    visit.open("read")

    visit.page.click("#choose-device")
    visit.page.wait_for_function("document.getElementById('why-not').textContent")

    assert "No device was chosen" in visit.page.inner_text("#why-not")


def test_a_model_that_empties_itself_is_read_only_after_a_yes(visit: Visit) -> None:
    peripheral = cuff(wall(visit))
    peripheral.name, peripheral.values["2a29"] = "X4 Smart", b"OMRON"
    radio = visit.near(peripheral)
    radio.waiting = [pressure(142, 88, wall(visit))]

    visit.choose()
    radio.work_until("#empties")
    unread = len(radio.waiting)
    visit.page.click("#empty-yes")
    radio.work_until("text=Values so far: 1")
    visit.page.click("#stop")
    visit.page.wait_for_selector("#question:visible")

    assert unread == 1
    assert "142/88" in visit.page.inner_text("#question")
