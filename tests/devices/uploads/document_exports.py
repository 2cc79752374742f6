"""Small exports in JSON and XML, written for the tests: their shapes, made-up values."""

import json
from typing import Any

LIBRELINKUP_POINT = {
    "FactoryTimestamp": "2/13/2026 11:30:00 PM",
    "Timestamp": "2/14/2026 12:30:00 AM",
    "type": 0,
    "ValueInMgPerDl": 104,
    "GlucoseUnits": 0,
    "Value": 5.8,
}
LIBRELINKUP = {
    "status": 0,
    "data": {
        "connection": {
            "targetHigh": 160,
            "glucoseMeasurement": LIBRELINKUP_POINT | {"type": 1, "ValueInMgPerDl": 111},
            "glucoseItem": LIBRELINKUP_POINT | {"type": 1, "ValueInMgPerDl": 111},
        },
        "graphData": [LIBRELINKUP_POINT, LIBRELINKUP_POINT | {"ValueInMgPerDl": None}],
    },
}
LIBRELINKUP_LOGBOOK = {"status": 0, "data": [LIBRELINKUP_POINT | {"type": 2}]}

NIGHTSCOUT_SENSOR = {
    "_id": "65f4a1b2c8e3d2f1a0b1c2d2",
    "type": "sgv",
    "date": 1778069100000,
    "dateString": "2026-05-06T12:05:00.000Z",
    "utcOffset": 120,
    "device": "share2",
    "sgv": 125,
}
NIGHTSCOUT = [
    NIGHTSCOUT_SENSOR,
    NIGHTSCOUT_SENSOR | {"date": "1778069400000.5", "sgv": "131", "_id": "2"},
    NIGHTSCOUT_SENSOR | {"date": 1778069700000, "sgv": 12, "_id": "3"},
    {"type": "mbg", "date": 1778072400000, "device": "meter", "mbg": 110, "_id": "4"},
    {"type": "cal", "date": 1778072400000, "slope": 800, "device": "dexcom", "_id": "5"},
]

TIDEPOOL_METER = {
    "type": "smbg",
    "time": "2026-02-13T15:17:36Z",
    "deviceTime": "2026-02-13T11:17:36",
    "timezoneOffset": -240,
    "value": 5.550747991045533,
    "units": "mmol/L",
    "deviceId": "meter-1",
    "uploadId": "u1",
    "id": "t1",
}
OUT_OF_RANGE = {"code": "bg/out-of-range", "value": "high"}
TIDEPOOL = [
    {"type": "upload", "time": "2026-02-13T15:17:00Z", "uploadId": "u1", "deviceId": "meter-1"},
    TIDEPOOL_METER,
    TIDEPOOL_METER | {"type": "cbg", "id": "t2", "value": 8.3, "deviceTime": "2026-02-13T11:20:00"},
    TIDEPOOL_METER | {"id": "t3", "value": 600, "units": "mg/dL", "annotations": [OUT_OF_RANGE]},
    TIDEPOOL_METER | {"type": "bloodKetone", "id": "t4", "value": 0.6},
    TIDEPOOL_METER | {"type": "wizard", "id": "t5", "bgInput": 7.1},
]


def omh(body: dict[str, Any]) -> dict[str, Any]:
    """A data point with its header."""
    return {"header": {"id": "o1", "schema_id": {"namespace": "omh"}}, "body": body}


AT = {"date_time": "2026-02-13T07:25:00-08:00"}
OMH_GLUCOSE = {
    "blood_glucose": {"unit": "mg/dL", "value": 95},
    "effective_time_frame": AT,
    "specimen_source": "capillary blood",
    "temporal_relationship_to_meal": "before breakfast",
}
OMH_PRESSURE = {
    "systolic_blood_pressure": {"unit": "mmHg", "value": 128},
    "diastolic_blood_pressure": {"unit": "mmHg", "value": 82},
    "effective_time_frame": AT,
}


def observation(code: str, value: float = 6.3, unit: str = "mmol/L", **more: Any) -> dict[str, Any]:
    """A FHIR Observation of one quantity."""
    return {
        "resourceType": "Observation",
        "id": f"id-{code}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-02-13T09:30:10+01:00",
        "valueQuantity": {"value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"},
    } | more


def pressure_part(code: str, value: float, unit: str = "mm[Hg]") -> dict[str, Any]:
    return {
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "valueQuantity": {"value": value, "unit": "mmHg", "code": unit},
    }


PRESSURE_PANEL = {
    "resourceType": "Observation",
    "id": "bp",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "effectiveDateTime": "2026-02-13T09:30:10+01:00",
    "component": [pressure_part("8462-4", 82), pressure_part("8480-6", 128), pressure_part("8478-0", 97)],
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


_RECORD = (
    'sourceName="{source}" unit="{unit}" creationDate="2026-02-20 09:00:00 +0100" startDate="{at}" value="{value}"'
)


def apple_record(
    kind: str,
    value: str,
    unit: str,
    at: str = "2026-02-13 09:24:00 -0400",
    source: str = "Meter",
    notes: str = "",
) -> str:
    """One <Record> of Apple Health; `notes` are its metadata."""
    told = _RECORD.format(source=source, unit=unit, at=at, value=value)
    return f'<Record type="HKQuantityTypeIdentifier{kind}" {told}>{notes}</Record>'


def apple_note(key: str, value: str) -> str:
    return f'<MetadataEntry key="{key}" value="{value}"/>'


MOLAR = "mmol&lt;180.1558800000541&gt;/L"
PRESSURE_CORRELATION = (
    '<Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" '
    'startDate="2026-02-13 09:24:00 -0400" endDate="2026-02-13 09:24:00 -0400">'
    + apple_record("BloodPressureDiastolic", "66", "mmHg")
    + apple_record("BloodPressureSystolic", "113", "mmHg")
    + "</Correlation>"
)


def apple(*elements: str) -> str:
    """An export with its document type declaration, as real ones have it."""
    declaration = "<!DOCTYPE HealthData [<!ELEMENT HealthData ANY>]>"
    return f'<?xml version="1.0"?>{declaration}<HealthData locale="en_US">{"".join(elements)}</HealthData>'


APPLE = apple(
    apple_record("StepCount", "120", "count"),
    apple_record("BloodGlucose", "101", "mg/dL", notes=apple_note("HKBloodGlucoseMealTime", "1")),
    apple_record("BloodGlucose", "5.550747991045533", MOLAR, source="Dexcom G7", at="2026-02-13 09:30:00 -0400"),
    apple_record("BloodPressureSystolic", "113", "mmHg"),
    PRESSURE_CORRELATION,
)

SMART_PIX = """\
<?xml version="1.0" encoding="ISO-8859-1"?>
<IMPORT><ACSPIX Type="2106" Ver="3.01" SN="S1"/>
<DEVICE Name="Performa" SN="55500001" Dt="2026-02-14" Tm="08:05" BGUnit="mmol/L" CarbUnit="g"/>
<BGDATA>
<BG Val="5.4" Dt="2026-02-13" Tm="07:12" D="1"/>
<BG Val="HI" Dt="2026-02-13" Tm="12:12" D="1"/>
<BG Val="---" Dt="2026-02-13" Tm="13:12" D="1"/>
<BG Val="7.0" Dt="2026-02-13" Tm="14:12" Ctrl="1" D="1"/>
</BGDATA></IMPORT>
"""

EXPORTS = {
    "librelinkup": (json.dumps(LIBRELINKUP), json.dumps(LIBRELINKUP_LOGBOOK)),
    "nightscout": (
        json.dumps(NIGHTSCOUT),
        json.dumps(NIGHTSCOUT_SENSOR),
        json.dumps({"status": 200, "result": NIGHTSCOUT}),
    ),
    "tidepool": (json.dumps(TIDEPOOL),),
    "open_mhealth": (json.dumps([omh(OMH_GLUCOSE), omh(OMH_PRESSURE)]), json.dumps(OMH_PRESSURE)),
    "fhir_r4": (
        json.dumps(bundle(observation("15074-8"), PRESSURE_PANEL)),
        "\n".join(map(json.dumps, [observation("15074-8"), PRESSURE_PANEL])),
    ),
    "apple_health": (APPLE,),
    "smart_pix": (SMART_PIX,),
}
