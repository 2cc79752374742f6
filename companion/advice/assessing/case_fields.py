"""The kinds of value a case's JSON may hold, each strict: what merely looks like it is refused. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from companion.clock import parse_instant
from companion.errors import BadInput

_DECIMAL = re.compile(r"-?\d{1,6}(\.\d{1,20})?", re.ASCII)
"""26 digits: with these, every sum and product an assessment needs is exact in Decimal's 28."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WALL_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]\Z"


class Number(fields.Field[Decimal]):
    """A JSON number or a decimal string, of at most 6 digits before the point and 20 after it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Decimal:
        text = f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) <= 20 else value
        if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
            raise ValidationError("not a number of at most 6 digits before and 20 after the point")
        return Decimal(text)


class Claim(fields.Field[bool]):
    """true or false, nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("not true or false")
        return value


class Parsed(fields.Field[Any]):
    """Text that a function of ours understands; its refusal is told at this place."""

    def __init__(self, parse: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parse = parse

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("not text")
        try:
            return self.parse(value)
        except BadInput as bad:
            raise ValidationError(f"{bad.what} ({bad.advice})" if bad.advice else bad.what) from None


def instant(text: str) -> datetime:
    instant = parse_instant(text)
    if not 1970 <= instant.year < 2200:
        raise BadInput(f"{text!r} is not a year of this service")
    return instant


def day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(f"{text!r} is not a day", advice="write it like 2026-03-01")


def number_or_null(*checks: validate.Range) -> Number:
    """A number that may be null or left out, within limits."""
    return Number(load_default=None, allow_none=True, validate=list(checks))


def day_or_null() -> Parsed:
    return Parsed(day, load_default=None, allow_none=True)


def _printable(text: str) -> None:
    # Names come out again on one line of JSON or text.
    if not text.strip() or not text.isprintable():
        raise ValidationError("empty, or has characters that cannot be printed")


def text_or_null(*choices: str) -> fields.String:
    checks = [validate.OneOf(choices, error="not one of {choices}")] if choices else [_printable]
    return fields.String(load_default=None, allow_none=True, validate=checks)


def text() -> fields.String:
    return fields.String(required=True, validate=_printable)


def many(schema: type[Schema], **kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(schema, unknown=RAISE), **kwargs)


NOT_NEGATIVE = validate.Range(min=0)
ABOVE_ZERO = validate.Range(min=0, min_inclusive=False)
