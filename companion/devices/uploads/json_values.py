"""Values of JSON → the texts that a record carries. Every value may be a number, its text, or null."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from companion.devices.uploads.plain_text import checked_text

_SMALLEST_DIGIT = Decimal("0.000001")
"""No meter measures finer: what is written with more digits was converted from another unit."""


def text_of(value: Any) -> str:
    """`101`, `5.4`, `"101"` as text; "" for null and for what is no single value. Raises BadInput for zero bytes."""
    if isinstance(value, str):
        return checked_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    return _digits(Decimal(value))


def _digits(number: Decimal) -> str:
    if not number.is_finite() or number.copy_abs() >= 10**15:
        return str(number)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        number = number.quantize(_SMALLEST_DIGIT).normalize()
    return format(number, "f")


def mapping_in(value: Any, *keys: str) -> Mapping[str, Any]:
    """The object found by following the keys; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_in(value: Any, key: str) -> list[Any]:
    """The list under that key; an empty one where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
