"""A synthetic export of Apple Health, of any size, shaped like real ones: mostly steps and heartbeats, some glucose,
blood pressures as correlations and once more at the top."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 13 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
]>
<HealthData locale="en_US">
 <ExportDate value="2026-03-01 14:12:17 +0100"/>
"""
_FIRST = datetime(2016, 1, 1)  # noqa: DTZ001 the wall of the phone, whose offset the text states
_GLUCOSE_EVERY, _PRESSURE_EVERY = 20, 200
"""Of how many elements one is a glucose, one a blood pressure."""


def write_apple_export(path: Path, megabytes: int, seed: int = 1) -> int:
    """Writes at least so many megabytes (of 1,000,000 bytes); gives the number of elements at the top."""
    size = elements = 0
    with path.open("w", encoding="utf-8") as file:
        size += file.write(_HEAD)
        for number, element in zip(count(1), _elements(Random(seed)), strict=False):  # noqa: S311
            size += file.write(element)
            elements = number
            if size >= megabytes * 1_000_000:
                break
        file.write("</HealthData>\n")
    return elements


def _elements(dice: Random) -> Iterator[str]:
    at = _FIRST
    while True:
        at += timedelta(seconds=dice.randrange(30, 90))
        choice = dice.randrange(_PRESSURE_EVERY)
        if choice == 0:
            yield from _pressures(at, dice)
        elif choice <= _PRESSURE_EVERY // _GLUCOSE_EVERY:
            yield _record("BloodGlucose", "mg/dL", dice.randrange(60, 300), at)
        else:
            yield _record("HeartRate", "count/min", dice.randrange(50, 120), at)


def _pressures(at: datetime, dice: Random) -> Iterator[str]:
    systolic = _record("BloodPressureSystolic", "mmHg", dice.randrange(100, 170), at)
    diastolic = _record("BloodPressureDiastolic", "mmHg", dice.randrange(60, 99), at)
    yield systolic
    yield diastolic
    yield (
        f' <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" creationDate="{at} +0100" '
        f'startDate="{at} +0100" endDate="{at} +0100">\n {systolic} {diastolic} </Correlation>\n'
    )


def _record(kind: str, unit: str, value: int, at: datetime) -> str:
    return (
        f' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="Phone" sourceVersion="17.5.1" '
        'device="&lt;&lt;HKDevice: 0x1&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch&gt;" '
        f'unit="{unit}" creationDate="{at} +0100" startDate="{at} +0100" endDate="{at} +0100" value="{value}"/>\n'
    )
