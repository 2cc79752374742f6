"""What a person meant who typed something else: a value as text, and laid over the reading."""

from decimal import Decimal, InvalidOperation

from companion.errors import BadInput
from companion.readings.plausible import why_impossible
from companion.readings.reading import Kind, Metric, Reading

LONGEST = 20
"""Characters that an amendment has room for."""


def value_text(reading: Reading) -> str:
    """The value as it is corrected: "7.8", of a pressure "141/88"; "" where a device had none."""
    return "/".join(format(value, "f") for value in (reading.value, reading.diastolic) if value is not None)


def check_correction(reading: Reading, text: str) -> None:
    """Raises BadInput for what is no value of that metric, and for a value that a device measured: that is left out
    if it is wrong, never rewritten."""
    if reading.kind is not Kind.TYPED:
        raise BadInput("was measured by a device", where="value", advice="leave it out instead")
    try:
        meant = corrected(reading, text)
        assert meant.value is not None, "what was typed has a value"
        why = why_impossible(meant.metric, meant.value, meant.unit, meant.diastolic)
    except InvalidOperation:
        why = f"{text!r} is no number"
    if len(text) > LONGEST:
        why = "has too many digits"
    if why:
        raise BadInput(why, where="value", advice="write it like 7.8, or 141/88")


def corrected(reading: Reading, text: str) -> Reading:
    """The reading with what was meant in place of what was typed."""
    upper, _, lower = text.partition("/")
    if reading.metric is not Metric.BLOOD_PRESSURE:
        return reading._replace(value=Decimal(text))
    return reading._replace(value=Decimal(upper), diastolic=Decimal(lower))
