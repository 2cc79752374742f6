"""Which LOINC code a value stands under: by what was measured, how, and in which unit."""

import pytest

from companion.devices.uploads.fhir_codes import GLUCOSE, UNITS_OF
from companion.fhir.coding import codes_of
from companion.readings.reading import Kind, Metric


@pytest.mark.parametrize(
    ("metric", "kind", "unit", "codes"),
    [
        (Metric.GLUCOSE, Kind.METER, "mg/dL", ["41653-7", "2339-0"]),
        (Metric.GLUCOSE, Kind.METER, "mmol/L", ["14743-9", "15074-8"]),
        (Metric.GLUCOSE, Kind.STRIP, "mg/dL", ["41653-7", "2339-0"]),
        (Metric.GLUCOSE, Kind.TYPED, "mg/dL", ["2339-0"]),
        (Metric.GLUCOSE, Kind.TYPED, "mmol/L", ["15074-8"]),
        (Metric.GLUCOSE, Kind.CGM, "mg/dL", ["99504-3"]),
        (Metric.GLUCOSE, Kind.HISTORIC, "mmol/L", ["105272-9"]),
        (Metric.BLOOD_PRESSURE, Kind.CUFF, "mm[Hg]", ["85354-9"]),
        (Metric.KETONE, Kind.STRIP, "mmol/L", ["53060-9"]),
        (Metric.KETONE, Kind.TYPED, "mg/dL", []),
    ],
)
def test_the_code_fits_metric_kind_and_unit(metric: Metric, kind: Kind, unit: str, codes: list[str]) -> None:
    found = codes_of(metric, kind, unit)

    assert [each["code"] for each in found] == codes


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CUFF])
@pytest.mark.parametrize("unit", ["mg/dL", "mmol/L"])
def test_no_code_of_glucose_contradicts_its_unit(kind: Kind, unit: str) -> None:
    found = codes_of(Metric.GLUCOSE, kind, unit)

    assert {UNITS_OF[GLUCOSE[each["code"]].counts] for each in found} == {unit}
