"""What a doctor was shown, as JSON, and the digest that binds a decision to exactly that."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from companion.advice.assessing.case import Case, Outcome
from companion.advice.models import Plan
from companion.advice.signed.signing_models import ProtocolSignature


def written(case: Case, outcome: Outcome, plan: Plan, signature: ProtocolSignature | None) -> str:
    """What the doctor is shown, as canonical JSON."""
    told = outcome.as_dict(amounts_as_text=True)
    del told["expires_at"]
    seen = _fields_of(case)
    del seen["assessed_at"]
    by = {"id": signature.public_id, "is_demo": signature.is_demo} if signature else None
    return canonical({"plan": plan.id, "signature": by, "case": seen, "outcome": told, "lines": outcome.lines})


def canonical(told: dict[str, Any]) -> str:
    """The same text for the same, whatever the order of its keys."""
    return json.dumps(told, default=_as_json, sort_keys=True, separators=(",", ":"))


def _as_json(value: Any) -> object:
    kind = value.__class__
    write = _WRITES.get(kind)
    return write(value) if write else _write_of(kind)(value)


def _as_text(amount: Decimal) -> str:
    return format(amount, "f")


_WRITES: dict[type, Callable[[Any], object]] = {Decimal: _as_text, datetime: datetime.isoformat, frozenset: sorted}
"""How a value of just that class is written: there are hundreds in a case, and most are one of these."""


@lru_cache(maxsize=100)
def _write_of(kind: type) -> Callable[[Any], object]:
    if issubclass(kind, Decimal):
        return _as_text
    if issubclass(kind, date):
        return kind.isoformat
    if issubclass(kind, frozenset):
        return sorted
    return _fields_of if is_dataclass(kind) else str


def _fields_of(value: Any) -> dict[str, Any]:
    """By name. What stands in them is written as it is: `asdict` would copy every value of every reading first."""
    return {name: getattr(value, name) for name in _names_of(value.__class__)}


@lru_cache(maxsize=100)
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def digest_of(text: str) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(text.encode()).hexdigest()
