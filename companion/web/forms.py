"""Forms: what was typed, what a schema made of it, and which field to look at again."""

from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError

from companion.errors import BadInput

PLAIN_WORDS = {
    "Missing data for required field.": _l("This is needed."),
    "Not a valid date.": _l("Write the day like 2026-05-31."),
    "Not a valid number.": _l("Write a number."),
    "Not a valid integer.": _l("Write a whole number."),
    "Not a valid boolean.": _l("Tick it or leave it."),
}
"""What marshmallow says, as one would say it to a person."""


class Form:
    """One form of one request. `data` holds the checked values once `is_valid()` said yes.

    `errors` maps a field's name to what is wrong with it, already in the reader's language.
    """

    def __init__(self, schema: Schema, defaults: dict[str, Any] | None = None) -> None:
        self.schema = schema
        self.defaults = defaults or {}
        self.data: dict[str, Any] = {}
        self.errors: dict[str, str] = {}

    def is_valid(self) -> bool:
        """Whether this is a submission without fault; fills `data` or `errors`."""
        if request.method != "POST":
            return False
        try:
            self.data = self.schema.load(self._typed())
        except ValidationError as error:
            self.errors = {field: _first(told) for field, told in error.messages_dict.items()}
        return not self.errors

    def refuse(self, bad: BadInput) -> None:
        """Shows what a rule further down said, at the field it named."""
        told = [gettext(part) for part in (bad.what, bad.advice) if part]
        self.errors[bad.where] = "; ".join(told)

    def value(self, name: str) -> str:
        """What the field shows: what was typed, else its default."""
        if request.method == "POST":
            return request.form.get(name, "")
        default = self.defaults.get(name)
        return "" if default is None else str(default)

    def chosen(self, name: str) -> list[str]:
        """The ticked boxes of that name."""
        return request.form.getlist(name) if request.method == "POST" else self.defaults.get(name, [])

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        return 422 if self.errors else 200

    def _typed(self) -> dict[str, Any]:
        """Empty fields are left out, so that a schema's defaults and `required` mean what they say."""
        typed: dict[str, Any] = {}
        for name, values in request.form.lists():
            filled = [value.strip() for value in values if value.strip()]
            if filled:
                typed[name] = filled if name in self.many else filled[-1]
        return typed

    @property
    def many(self) -> set[str]:
        """The fields that take several values."""
        return set(getattr(self.schema, "MANY", ()))


def _first(told: Any) -> str:
    """The first sentence of marshmallow's nested messages, in the reader's language."""
    while isinstance(told, dict):
        told = next(iter(told.values()))
    sentence = told[0] if isinstance(told, list) else told
    return str(PLAIN_WORDS.get(sentence) or gettext(sentence))
