"""LibreLinkUp, Nightscout, Tidepool, Open mHealth, FHIR, Apple Health and Smart Pix: exports in JSON and XML."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export
from companion.errors import BadInput
from companion.readings.reading import Kind, Limit, Meal, Metric
from tests.devices.uploads.document_exports import (
    APPLE,
    AT,
    EXPORTS,
    LIBRELINKUP,
    LIBRELINKUP_LOGBOOK,
    MOLAR,
    NIGHTSCOUT,
    OMH_GLUCOSE,
    OMH_PRESSURE,
    PRESSURE_CORRELATION,
    PRESSURE_PANEL,
    SMART_PIX,
    TIDEPOOL,
    TIDEPOOL_METER,
    apple,
    apple_note,
    apple_record,
    bundle,
    observation,
    omh,
    pressure_part,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(export: Any) -> UploadReport:
    """The report on a document, or on several, one a line."""
    text = export if isinstance(export, str) else json.dumps(export)
    return read_export(text.encode(), zone=SHANGHAI, unit=None, dates=None)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in EXPORTS.items() for text in texts])
def test_every_document_is_known_and_accounted_for(name: str, text: str) -> None:
    report = read(text)

    rows = list(report.rows)
    accounted = len({row.row for row in rows}) + report.duplicates_in_file + len(report.rejected)
    assert report.format == name
    assert rows
    assert accounted + sum(report.skipped.values()) == report.rows_read


def test_librelinkup_tells_the_graph_from_what_the_phone_reads_now() -> None:
    report = read(LIBRELINKUP)

    graph, present = report.rows
    assert (graph.kind, graph.value, graph.unit) == (Kind.HISTORIC, 104, "mg/dL")
    assert (present.kind, present.value) == (Kind.SCAN, 111)
    assert graph.taken_at == datetime(2026, 2, 13, 23, 30, tzinfo=UTC)
    assert graph.device_time == "2026-02-14T00:30:00"
    assert report.skipped == {"no value": 1}


def test_librelinkups_logbook_is_a_list() -> None:
    report = read(LIBRELINKUP_LOGBOOK)

    assert [row.kind for row in report.rows] == [Kind.SCAN]


def test_nightscouts_error_codes_and_calibrations_are_no_readings() -> None:
    report = read(NIGHTSCOUT)

    assert [(row.kind, row.value) for row in report.rows] == [(Kind.CGM, 125), (Kind.CGM, 131), (Kind.METER, 110)]
    assert report.skipped == {"sensor error code": 1, "calibration": 1}
    assert {row.unit for row in report.rows} == {"mg/dL"}


def test_nightscouts_moment_is_told_on_the_wearers_wall() -> None:
    report = read(NIGHTSCOUT)

    first = next(iter(report.rows))
    assert first.taken_at == datetime(2026, 5, 6, 12, 5, tzinfo=UTC)
    assert first.device_time == "2026-05-06T14:05:00"


def test_tidepools_values_keep_their_unit_and_their_limits() -> None:
    report = read(TIDEPOOL)

    meter, sensor, high, ketone = report.rows
    assert (meter.value, meter.unit, meter.kind) == (Decimal("5.550748"), "mmol/L", Kind.METER)
    assert (sensor.kind, sensor.value) == (Kind.CGM, Decimal("8.3"))
    assert (high.limit, high.value, high.unit) == (Limit.HIGH, None, "mg/dL")
    assert (ketone.metric, ketone.value) == (Metric.KETONE, Decimal("0.6"))
    assert report.skipped == {"upload": 1, "wizard": 1}


def test_tidepools_instant_is_its_utc_and_its_day_the_devices() -> None:
    report = read([TIDEPOOL_METER | {"deviceTime": "2026-02-14T03:17:36", "time": "2026-02-13T19:17:36Z"}])

    (row,) = report.rows
    assert (row.taken_at, row.device_time) == (datetime(2026, 2, 13, 19, 17, 36, tzinfo=UTC), "2026-02-14T03:17:36")


def test_open_mhealth_gives_meals_and_both_pressures() -> None:
    report = read([omh(OMH_GLUCOSE), omh(OMH_PRESSURE)])

    glucose, pressure = report.rows
    assert (glucose.value, glucose.meal, glucose.kind) == (95, Meal.BEFORE_MEAL, Kind.METER)
    assert (pressure.value, pressure.diastolic) == (128, 82)
    assert glucose.taken_at == datetime(2026, 2, 13, 15, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "skipped", "rejected"),
    [
        (OMH_GLUCOSE | {"descriptive_statistic": "minimum"}, ["summary (minimum)"], []),
        ({"heart_rate": {"value": 60}, "blood_glucose": None}, ["no glucose or blood pressure"], []),
        (OMH_GLUCOSE | {"effective_time_frame": {}}, [], ["no moment: a span of time or none is told"]),
        (OMH_GLUCOSE | {"blood_glucose": {"unit": "mg", "value": 95}}, [], ["'mg' is no unit of glucose"]),
        (
            OMH_PRESSURE | {"systolic_blood_pressure": {"unit": "mmH", "value": 115}},
            [],
            ["'mmH' is no unit of pressure"],
        ),
    ],
)
def test_open_mhealth_says_what_is_no_reading(body: dict[str, Any], skipped: list[str], rejected: list[str]) -> None:
    report = read([omh(OMH_PRESSURE | {"effective_time_frame": AT}), omh(body)])

    assert list(report.skipped) == skipped
    assert [bad.reason for bad in report.rejected] == rejected


@pytest.mark.parametrize("code", ["2339-0", "41653-7", "2345-7", "99504-3"])
def test_a_code_that_counts_mass_refuses_moles(code: str) -> None:
    report = read(observation(code, 6.3, "mmol/L"))

    (bad,) = report.rejected
    assert bad.reason == f"code {code} counts mass, which 'mmol/L' is not"
    assert list(report.rows) == []


@pytest.mark.parametrize("code", ["15074-8", "14749-6", "105272-9"])
def test_a_code_that_counts_moles_refuses_mass(code: str) -> None:
    report = read(observation(code, 101, "mg/dL"))

    assert [bad.reason for bad in report.rejected] == [f"code {code} counts moles, which 'mg/dL' is not"]


def test_fhirs_pressures_are_told_by_their_codes_whatever_their_order() -> None:
    report = read(bundle(PRESSURE_PANEL))

    (row,) = report.rows
    assert (row.value, row.diastolic, row.kind) == (128, 82, Kind.CUFF)


def test_a_bundle_in_a_bundle_is_unpacked() -> None:
    report = read(bundle(bundle(observation("15074-8")), observation("2339-0", 101, "mg/dL")))

    assert [row.unit for row in report.rows] == ["mmol/L", "mg/dL"]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (observation("15074-8", status="entered-in-error"), "entered-in-error"),
        (observation("97507-8"), "summary (average glucose)"),
        (observation("29463-7", 80, "kg"), "no glucose or blood pressure"),
        ({"resourceType": "Patient", "id": "1"}, "no observation (Patient)"),
        (observation("15074-8", valueQuantity={}), "no value"),
    ],
)
def test_what_fhir_says_beside_readings_is_skipped_with_its_reason(resource: dict[str, Any], reason: str) -> None:
    report = read(bundle(observation("2339-0", 101, "mg/dL"), resource))

    assert report.skipped == {reason: 1}


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (observation("8480-6", 128, "mm[Hg]"), "only one of the two pressures"),
        (PRESSURE_PANEL | {"component": [pressure_part("8480-6", 128)]}, "only one of the two pressures"),
        (
            PRESSURE_PANEL | {"component": [pressure_part("8480-6", 17, "kPa"), pressure_part("8462-4", 82)]},
            "'kPa' and 'mm[Hg]' are not one unit of pressure",
        ),
        (observation("15074-8", effectiveDateTime=None), "no moment: a span of time or none is told"),
    ],
)
def test_half_a_fhir_reading_is_rejected(resource: dict[str, Any], reason: str) -> None:
    report = read(bundle(resource))

    assert [bad.reason for bad in report.rejected] == [reason]


def test_a_bound_in_fhir_is_out_of_range() -> None:
    low = {"value": 40, "comparator": "<", "code": "mg/dL"}

    report = read(observation("2339-0", valueQuantity=low))

    assert [row.limit for row in report.rows] == [Limit.LOW]


def test_a_fhir_value_of_a_day_says_that_its_hour_is_nobodys() -> None:
    report = read(PRESSURE_PANEL | {"effectiveDateTime": "2026-02-13"})

    (row,) = report.rows
    assert (row.device_time, row.flags) == ("2026-02-13T12:00:00", ("day_only",))


def test_fhirs_rows_know_whose_they_are() -> None:
    other = observation("2339-0", 101, "mg/dL", subject={"reference": "Patient/2"})

    report = read(bundle(observation("15074-8"), other))

    assert {row.subject for row in report.rows} == {"Patient/1", "Patient/2"}


def test_apples_pressures_come_from_correlations_alone() -> None:
    report = read(APPLE)

    pressures = [row for row in report.rows if row.metric is Metric.BLOOD_PRESSURE]
    assert [(row.value, row.diastolic) for row in pressures] == [(113, 66)]
    assert report.skipped == {"part of a blood pressure": 1, "other health data": 1}


def test_apples_glucose_is_read_in_the_unit_of_each_record() -> None:
    report = read(APPLE)

    meter, sensor = [row for row in report.rows if row.metric is Metric.GLUCOSE]
    assert (meter.value, meter.unit, meter.meal, meter.kind) == (101, "mg/dL", Meal.BEFORE_MEAL, Kind.METER)
    assert (sensor.value, sensor.unit, sensor.kind) == (Decimal("5.550747"), "mmol/L", Kind.CGM)


def test_what_a_person_typed_into_apple_health_is_typed() -> None:
    report = read(apple(apple_record("BloodGlucose", "6.1", MOLAR, notes=apple_note("HKWasUserEntered", "1"))))

    assert [row.kind for row in report.rows] == [Kind.TYPED]


def test_apples_day_is_the_one_of_the_records_own_zone() -> None:
    zone = apple_note("HKTimeZone", "Asia/Shanghai")

    report = read(apple(apple_record("BloodGlucose", "101", "mg/dL", at="2026-02-13 22:24:00 -0400", notes=zone)))

    (row,) = report.rows
    assert row.taken_at == datetime(2026, 2, 14, 2, 24, tzinfo=UTC)
    assert row.device_time == "2026-02-14T10:24:00"


def test_an_apple_export_from_elsewhere_names_the_same_record() -> None:
    here = read(apple(apple_record("BloodGlucose", "101", "mg/dL", at="2026-02-13 09:24:00 -0400")))
    there = read(apple(apple_record("BloodGlucose", "101", "mg/dL", at="2026-02-13 14:24:00 +0100")))

    (first,), (second,) = here.rows, there.rows
    assert first.vendor_id == second.vendor_id
    assert first.taken_at == second.taken_at


def test_a_correlation_without_both_pressures_is_rejected() -> None:
    report = read(apple(PRESSURE_CORRELATION.replace("BloodPressureSystolic", "HeartRate")))

    assert [bad.reason for bad in report.rejected] == ["only one of the two pressures"]


def test_an_entity_in_an_apple_export_is_refused() -> None:
    bomb = APPLE.replace("<!ELEMENT HealthData ANY>", '<!ENTITY a "aaaa">')

    with pytest.raises(BadInput, match="entity"):
        read(bomb)


def test_smart_pix_knows_its_meter_its_limits_and_its_control_tests() -> None:
    report = read(SMART_PIX)

    value, high = report.rows
    assert (value.value, value.unit, value.device) == (Decimal("5.4"), "mmol/L", "Performa 55500001")
    assert high.limit is Limit.HIGH
    assert report.skipped == {"no value": 1, "control solution": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def altered(document: Any, data: st.DataObject) -> Any:
    """The document with something else at one place."""
    if isinstance(document, dict) and document:
        key = data.draw(st.sampled_from(sorted(document)))
        return document | {key: altered(document[key], data)}
    if isinstance(document, list) and document:
        place = data.draw(st.integers(0, len(document) - 1))
        return [*document[:place], altered(document[place], data), *document[place + 1 :]]
    return data.draw(JSON)


@given(data=st.data(), name=st.sampled_from(["librelinkup", "nightscout", "tidepool", "open_mhealth", "fhir_r4"]))
def test_whatever_stands_in_a_json_export_nothing_breaks(data: st.DataObject, name: str) -> None:
    document = altered(json.loads(EXPORTS[name][0]), data)

    try:
        report = read(document)
    except BadInput:
        return

    accounted = len({row.row for row in report.rows}) + report.duplicates_in_file + len(report.rejected)
    assert accounted + sum(report.skipped.values()) == report.rows_read or report.questions
