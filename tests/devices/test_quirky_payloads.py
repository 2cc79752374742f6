"""What devices send that depart from their profile, and what becomes of it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from companion.devices.profiles.assigned_numbers import (
    BLOOD_PRESSURE_MEASUREMENT,
    CUFF_PRESSURE,
    CURRENT_TIME,
    GLUCOSE_CONTEXT,
    GLUCOSE_MEASUREMENT,
    RECORD_ACCESS,
)
from companion.devices.quirk_table import quirks_of
from companion.devices.records.origin import Origin
from companion.devices.records.payloads import Batch, RawPayload, read_payloads
from companion.readings.reading import Metric
from firmware_mocks import encode

ARRIVED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
EIGHT = datetime(2026, 3, 4, 8)
ANY = Origin("pa_anna", "de_meter", "in_1", ZoneInfo("Europe/Berlin"))
CARESENS = ANY._replace(quirks=quirks_of("i-SENS", "CareSens Dual"))
ACCU_CHEK = ANY._replace(quirks=quirks_of("Roche", "923"))
TAIDOC = ANY._replace(quirks=quirks_of("TaiDoc", "DM30b"))
MEDISANA = ANY._replace(quirks=quirks_of("Medisana", "BU 530"))
KETONE = encode.Context(meal=6)


def meter(*raws: tuple[str, bytes], origin: Origin = ANY) -> Batch:
    return read_payloads([RawPayload(uuid, raw, ARRIVED_AT) for uuid, raw in raws], origin, None)


def glucose(sequence: int = 7, value: str = "0.00005", context: encode.Context | None = None) -> tuple[str, bytes]:
    return GLUCOSE_MEASUREMENT, encode.Glucose(sequence, EIGHT, value, context=context).encode()


def cuff(*records: encode.BloodPressure, origin: Origin = ANY) -> Batch:
    raws = [record.encode() for record in records]
    return read_payloads([RawPayload(BLOOD_PRESSURE_MEASUREMENT, raw, ARRIVED_AT) for raw in raws], origin, None)


@pytest.mark.parametrize("origin", [CARESENS, ANY])
def test_meal_6_makes_a_ketone_of_a_tenth_of_what_would_be_mg_dl(origin: Origin) -> None:
    batch = meter(glucose(context=KETONE), (GLUCOSE_CONTEXT, KETONE.encode(7)), origin=origin)

    ((_, reading),) = batch.incoming
    assert (reading.metric, str(reading.value), reading.unit) == (Metric.KETONE, "0.5", "mmol/L")


def test_meal_6_means_nothing_on_a_meter_that_is_known_and_does_not_measure_ketones() -> None:
    batch = meter(glucose(value="0.00120", context=KETONE), (GLUCOSE_CONTEXT, KETONE.encode(7)), origin=ACCU_CHEK)

    ((_, reading),) = batch.incoming
    assert (reading.metric, reading.value, reading.meal) == (Metric.GLUCOSE, 120, None)


def test_a_record_of_a_meter_that_measures_both_is_kept_aside_when_its_context_did_not_come() -> None:
    batch = meter(glucose(context=KETONE), origin=CARESENS)

    assert list(batch.incoming) == []
    assert "glucose from a ketone" in batch.refused[0].reason


def test_a_record_without_a_context_to_come_is_a_glucose_on_any_meter() -> None:
    batch = meter(glucose(value="0.00120"), origin=CARESENS)

    assert [reading.metric for _, reading in batch.incoming] == [Metric.GLUCOSE]


def test_any_other_meter_whose_context_did_not_come_gives_its_glucose() -> None:
    batch = meter(glucose(value="0.00120", context=encode.Context(meal=1)), origin=ACCU_CHEK)

    assert [(reading.value, reading.meal) for _, reading in batch.incoming] == [(120, None)]


def test_a_record_that_is_renumbered_with_every_newer_one_is_the_same_record() -> None:
    newest = meter(glucose(0, "0.00120"), origin=TAIDOC)
    a_day_later = meter(glucose(1, "0.00120"), origin=TAIDOC)

    assert newest.incoming.identities == a_day_later.incoming.identities
    assert newest.incoming.readings.sequence == a_day_later.incoming.readings.sequence


def test_a_record_with_a_lasting_number_is_another_one_under_another_number() -> None:
    assert meter(glucose(0, "0.00120")).incoming.identities != meter(glucose(1, "0.00120")).incoming.identities


def test_a_meter_that_doubts_its_own_time_is_not_believed_without_a_remark() -> None:
    doubtful = encode.Glucose(7, EIGHT, "0.00120", status=1 << 11).encode()

    batch = meter((GLUCOSE_MEASUREMENT, doubtful), glucose(8, "0.00120"))

    assert list(batch.incoming.readings.flags) == ["clock_unknown,time_fault", "clock_unknown"]


def test_a_clock_that_was_moved_too_far_leaves_no_time() -> None:
    batch = meter((GLUCOSE_MEASUREMENT, encode.Glucose(7, EIGHT, "0.00120", offset_min=0x7FFF).encode()))

    assert "moved further" in batch.refused[0].reason


@pytest.mark.parametrize("pulse", ["4000", "0", "NAN"])
def test_a_pulse_that_no_heart_has_is_left_out(pulse: str) -> None:
    batch = cuff(encode.BloodPressure("138", "86", "103", time=EIGHT, pulse=pulse.replace("4000", "400e1")))

    ((_, reading),) = batch.incoming
    assert (reading.value, reading.pulse) == (138, None)


def test_a_record_without_a_time_is_just_measured_only_where_memory_is_not_sent_again() -> None:
    undated = encode.BloodPressure("138", "86", "103")

    live, from_memory = cuff(undated), cuff(undated, origin=MEDISANA)

    assert list(live.incoming.readings.flags) == ["receive_stamped"]
    assert list(from_memory.incoming) == []
    assert "perhaps from memory" in from_memory.refused[0].reason


def test_a_pressure_beyond_what_the_cuff_measures_is_an_event() -> None:
    batch = cuff(encode.BloodPressure("POS_INF", "86", "103", time=EIGHT))

    assert "beyond" in batch.refused[0].reason


def test_a_failed_measurement_among_good_ones_is_an_event_and_stops_no_other() -> None:
    failed = encode.BloodPressure("NAN", time=EIGHT, pulse="NAN", status=0)

    batch = cuff(failed, encode.BloodPressure("138", "86", "103", time=EIGHT))

    assert [reading.value for _, reading in batch.incoming] == [138]
    assert ["failed" in item.reason for item in batch.refused] == [True]
    assert batch.refused[0].content == failed.encode().hex()


def test_a_proprietary_payload_on_a_standard_characteristic_is_kept_with_its_bytes() -> None:
    proprietary = "fe202700750055005f00e407091810093a690001"

    batch = meter((BLOOD_PRESSURE_MEASUREMENT, bytes.fromhex(proprietary)))

    assert list(batch.incoming) == []
    assert [(item.place, item.content) for item in batch.refused] == [("2a35", proprietary)]
    assert "layout of its own" in batch.refused[0].reason


@pytest.mark.parametrize("uuid", [GLUCOSE_CONTEXT, CUFF_PRESSURE])
def test_what_gives_no_reading_of_its_own_is_kept_when_it_is_cut_short(uuid: str) -> None:
    batch = meter((uuid, b"\x02"))

    assert [item.content for item in batch.refused] == ["02"]


@pytest.mark.parametrize("uuid", [RECORD_ACCESS, CURRENT_TIME])
def test_what_a_device_says_of_itself_is_nothing_of_the_patients(uuid: str) -> None:
    batch = meter((uuid, b"\x06\x00\x01\x01"))

    assert (list(batch.incoming), batch.refused) == ([], [])


def test_a_characteristic_of_the_makers_own_is_kept_under_its_whole_name() -> None:
    uuid = "00000000-0002-11e2-9e96-0800200c9a66"

    batch = meter((uuid, b"\x01"))

    assert [(item.place, item.content) for item in batch.refused] == [(uuid, "01")]
