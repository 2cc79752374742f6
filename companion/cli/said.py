"""Values of devices as JSON can hold them: Decimals as text with the digits as sent, specials by their names."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import IntFlag

from companion.devices.profiles.wire import Number, Special


def iso(local: datetime | None) -> str | None:
    return None if local is None else local.isoformat()


def text(value: Number | None) -> str | None:
    """Plain notation with the digits as sent, or the name of the special."""
    return format(value, "f") if isinstance(value, Decimal) else value


def number(value: Decimal | None) -> int | float | None:
    """A JSON number, not rounded."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def number_or_special(value: Number | None) -> int | float | str | None:
    return value if isinstance(value, Special) else number(value)


def one_decimal(value: Decimal | None) -> str | None:
    """As a meter shows mmol/L."""
    return None if value is None else str(value.quantize(Decimal("0.1"), ROUND_HALF_UP))


def names(flags: IntFlag) -> list[str]:
    """The names of the bits that are set; bits without one are in the number only."""
    return [bit.name.lower() for bit in type(flags) if bit in flags and bit.name]
