"""What the blood-pressure formats share: a row that holds both pressures is a reading, a pulse alone is none."""

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.readings.reading import Kind, Metric


def pressure(time: str, systolic: str, diastolic: str, pulse: str = "", unit: str | None = "mmHg") -> Record:
    """A cuff's measurement as the file writes it; `unit` is "mmHg" or "kPa"."""
    return Record(
        Metric.BLOOD_PRESSURE, Kind.CUFF, time=time, value=systolic, unit=unit, diastolic=diastolic, pulse=pulse
    )


def pressure_row(line: int, record: Record) -> Outcome:
    """One pressure that is missing is an error that the reader of values names; both missing is no measurement."""
    if is_empty(record.value) and is_empty(record.diastolic):
        return Skipped(line, "no value" if is_empty(record.pulse) else "pulse only", record.time)
    return Found(line, (record,))
