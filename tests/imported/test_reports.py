"""Reports of laboratories and check-ups, as they are read: pure."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from companion.care.facts import BOUNDS, FactKind
from companion.errors import BadInput
from companion.imported.report_fhir import read_report
from companion.imported.report_table import read_table
from companion.imported.report_take import format_of
from companion.imported.report_told import ReportTold
from companion.programme.checkups.checkup_models import ReportFormat
from tests.imported.bundles import LOINC, Json, bundle, concept, observation

TODAY = date(2026, 3, 4)
ZONE = "Europe/Berlin"
BORN = date(1947, 5, 1)
HEAD = "date,test,value,unit\n"


def report(**more: Any) -> Json:
    told: Json = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": concept(LOINC, "11502-2", "Laboratory report"),
        "subject": {"reference": "Patient/4711"},
        "effectiveDateTime": "2026-02-20",
    }
    return told | more


def read(*resources: Json) -> ReportTold:
    return read_report(bundle(*resources), TODAY, ZONE, BORN)


def said(told: ReportTold) -> list[tuple[str, str, str]]:
    return [(value.kind.value, value.value, value.told) for value in told.values]


# FHIR


def test_observations_beside_a_report_and_in_it_are_read_in_the_kept_unit() -> None:
    inside = observation("2160-0", "1.02", "mg/dL")
    told = read(report(contained=[inside]), observation("4548-4", "7.4", "%"), observation("59261-8", "64", "mmol/mol"))

    assert told.name == "Laboratory report"
    assert said(told) == [
        ("hba1c", "7.4", "7.4 %"),
        ("hba1c", "8.0", "64 mmol/mol"),
        ("creatinine", "90", "1.02 mg/dL"),
    ]
    assert {value.measured_on for value in told.values} == {date(2026, 2, 20)}


def test_a_report_that_stands_alone_is_one_too() -> None:
    alone = simplejson.dumps(report(contained=[observation("1742-6", "31", "U/L")]), use_decimal=True).encode()

    assert said(read_report(alone, TODAY, ZONE, BORN)) == [("alt", "31", "31 U/L")]


def test_an_observation_without_a_day_is_of_the_reports() -> None:
    undated = observation("2823-3", "4.4", "mmol/L")
    del undated["effectiveDateTime"]

    (value,) = read(report(effectiveDateTime="2026-01-15"), undated).values

    assert value.measured_on == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (observation("2823-3", "4.4", "mg/dL"), "which 'mg/dL' is not"),
        (observation("2823-3", "44", "mmol/L"), "is not plausible: between 1.5 and 9 mmol/L"),
        (observation("2160-0", "88", "umol/L"), "which 'umol/L' is not"),
        (observation("2093-3", "5.1", "mmol/L"), "no code of LOINC that is asked about here"),
        (observation("2823-3", "4.4", "mmol/L", status="preliminary"), "its status is preliminary"),
        (observation("2823-3", "4.4", "mmol/L", effectiveDateTime="2026-03-05"), "its day lies in the future"),
        (observation("2339-0", "120", "mg/dL"), "a reading: send it as a file of readings"),
    ],
)
def test_what_cannot_be_taken_is_left_with_its_reason(odd: Json, why: str) -> None:
    told = read(report(), odd, observation("4548-4", "7.4", "%"))

    assert said(told) == [("hba1c", "7.4", "7.4 %")]
    assert why in told.left[0].why


def test_a_number_with_a_monstrous_exponent_is_no_value() -> None:
    monster = bundle(report(), observation("2823-3", "4.4", "mmol/L")).replace(b"4.4", b"1e999999999")

    told = read_report(monster, TODAY, ZONE, BORN)

    assert (told.values, told.left[0].why) == ((), "no value")


@pytest.mark.parametrize(
    ("resources", "where"),
    [
        ([observation("4548-4", "7.4", "%")], "resourceType"),
        ([report(status="registered")], "status"),
        ([report(), observation("4548-4", "7.4", "%", subject={"reference": "Patient/9"})], "subject"),
        ([report(), {"resourceType": "Patient", "birthDate": "1950-01-01"}], "Patient.birthDate"),
    ],
)
def test_no_report_one_nobody_stands_for_and_somebody_elses_are_refused(resources: list[Json], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(*resources)

    assert refused.value.where == where


# Tables


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("2026-02-20,hba1c,7.4,%", ("hba1c", "7.4")),
        ("2026-02-20,HbA1c,57,mmol/mol", ("hba1c", "7.4")),
        ("2026-02-20,肌酐,88,µmol/L", ("creatinine", "88")),
        ("2026-02-20,creatinine,1.0,mg/dL", ("creatinine", "88")),
        ("2026-02-20,2823-3,4.4,mmol/L", ("potassium", "4.4")),
        ("2026-02-20,weight,154,[lb_av]", ("weight_kg", "69.9")),
    ],
)
def test_a_row_is_read_by_code_or_name_in_its_unit(row: str, value: tuple[str, str]) -> None:
    (told,) = read_table((HEAD + row).encode(), TODAY).values

    assert (told.kind.value, told.value) == value


def test_columns_stand_in_any_order_with_others_beside_them_and_in_the_encodings_of_spreadsheets() -> None:
    text = "单位;备注;结果;项目;日期\r\nmmol/L;x;4,4;血钾;2026-02-20\r\n"

    by_encoding = [read_table(text.encode(name), TODAY).values for name in ("utf-8-sig", "gb18030", "utf-16")]

    assert [(each[0].value, each[0].told) for each in by_encoding] == [("4.4", "4,4 mmol/L")] * 3


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-02-20,cholesterol,5,mmol/L", "test"),
        ("2026-02-20,potassium,4.4,mg/dL", "unit"),
        ("2026-02-20,potassium,<5,mmol/L", "value"),
        ("2026-02-20,potassium,1e999999999,mmol/L", "value"),
        ("20.02.2026,potassium,4.4,mmol/L", "date"),
        ("2026-03-05,potassium,4.4,mmol/L", "date"),
        ("2026-02-20,potassium,44,mmol/L", "is not plausible"),
    ],
)
def test_a_row_that_cannot_be_taken_is_left_with_field_and_reason(row: str, why: str) -> None:
    told = read_table((HEAD + row).encode(), TODAY)

    assert told.values == ()
    assert told.left[0].why.startswith(why)


@pytest.mark.parametrize("head", ["", "date,test,value\n", "date,test,value,unit,unit\n"])
def test_a_table_without_a_column_is_refused_with_its_name(head: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(head.encode(), TODAY)

    assert refused.value.where.startswith("column ")


@given(st.sampled_from(sorted(BOUNDS)), st.decimals(allow_nan=False, allow_infinity=False), st.integers(-900, 900))
def test_whatever_a_table_says_a_value_that_is_taken_is_plausible_and_not_of_the_future(
    kind: FactKind, number: Decimal, days: int
) -> None:
    names = {"weight_kg": "weight"}
    unit = {"egfr": "mL/min/1.73m2", "creatinine": "umol/L"}.get(kind.value, BOUNDS[kind][2])
    row = f"{TODAY + timedelta(days=days)},{names.get(kind.value, kind.value)},{number},{unit}"

    told = read_table((HEAD + row).encode(), TODAY)

    assert len(told.values) + len(told.left) == 1
    for value in told.values:
        low, high, _unit = BOUNDS[kind]
        assert low <= Decimal(value.value) <= high
        assert value.measured_on <= TODAY


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", ReportFormat.PDF),
        (b'\xef\xbb\xbf {"resourceType"', ReportFormat.FHIR),
        (b"date,test,value,unit", ReportFormat.CSV),
    ],
)
def test_the_format_is_told_by_how_a_file_begins(content: bytes, kind: ReportFormat) -> None:
    assert format_of(content) is kind
