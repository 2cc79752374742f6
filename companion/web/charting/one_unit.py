"""One unit of glucose for all that is shown of a patient, so that everybody talks of the same numbers. Pure."""

from companion.readings.reading import Metric, Reading
from companion.readings.units import GlucoseUnit
from companion.web.charting.shown_glucose import shown_in


def decided(chosen: str | None, stick: str | None, newest: str | None) -> GlucoseUnit | None:
    """What was chosen for the patient; else that of the newest finger-stick value, which the patient reads off a meter;
    else that of the newest value there is. None where there is none of these."""
    unit = chosen or stick or newest
    return GlucoseUnit(unit) if unit else None


def in_unit(reading: Reading, unit: GlucoseUnit | None) -> Reading:
    """The reading as it is shown: glucose as a meter set to that unit shows it, LO and HI still words, all else as it
    is. For eyes only: what is kept, and what rules look at, stays as it was measured."""
    if unit is None or reading.metric is not Metric.GLUCOSE:
        return reading
    shown = None if reading.value is None else shown_in(reading.value, GlucoseUnit(reading.unit), unit)
    return reading._replace(value=shown, unit=unit.value)
