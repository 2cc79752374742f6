"""The guards between a suggestion and a patient, each by its line; a test takes one out of order at a time."""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool


@dataclass(frozen=True)
class Guard:
    """What is refused, and where: modules, each with the line that refuses and what stands there when it is out of
    order. `pragma`: SQLite is told to look away."""

    name: str
    places: tuple[tuple[str, str, str], ...] = ()
    pragma: str = ""


REVIEW, SECOND = "companion.advice.deciding.review", "companion.advice.deciding.second_opinion"
LEASES, WEIGHING = "companion.advice.deciding.leases", "companion.advice.deciding.weighing"
CONCLUDING, DECIDING, GATE = (
    "companion.advice.deciding.concluding",
    "companion.web.for_doctors.deciding",
    "companion.web.gate",
)

GUARDS = (
    Guard("only a role that may", ((GATE, "if not may_ever(actor, declaration.action)", "if not actor"),)),
    Guard("only for whom one cares", ((GATE, "if not can(session,", "if False and not can(session,"),)),
    Guard("a fresh password", ((REVIEW, "if not is_fresh(act.authenticated_at, now):", "if False:"),)),
    Guard("the screen as it is", ((WEIGHING, "shown_digest == present.digest", "True"),)),
    Guard(
        "nobody else's claim",
        (
            (LEASES, "if holder_of(suggestion, now) not in (None, by.id):", "if False:"),
            (CONCLUDING, "free_for(verdict.presses.id, now)", "True"),
        ),
    ),
    Guard(
        "what is over is over",
        (
            (LEASES, "if suggestion.state != SuggestionState.PENDING or now > suggestion.expires_at:", "if False:"),
            (CONCLUDING, "Suggestion.state == SuggestionState.PENDING.value", "True"),
            (DECIDING, "    if not is_waiting(suggestion, now()):", "    if False:"),
        ),
    ),
    Guard("limits for all", ((WEIGHING, "if judged.never:", "if False:"),)),
    Guard("two for a bold step", ((REVIEW, "if judged.risks:", "if False:"),)),
    Guard("the second is another", ((SECOND, "if by.id == opinion.proposed_by:", "if False:"),)),
    Guard("a fresh second", ((SECOND, "if not is_fresh(authenticated_at, now):", "if False:"),)),
    Guard("no advice without a review", pragma="PRAGMA ignore_check_constraints = ON"),
    Guard("no advice with a rejection", pragma="PRAGMA foreign_keys = OFF"),
)
"""What is refused at several places is taken out at all of them: each would do."""


@contextmanager
def out_of_order(guard: Guard) -> Iterator[None]:
    """The service without that guard."""
    with ExitStack() as stack:
        for place in guard.places:
            stack.enter_context(_changed(*place))
        if guard.pragma:
            stack.enter_context(_said_to_every_connection(guard.pragma))
        yield


@contextmanager
def _changed(name: str, line: str, instead: str) -> Iterator[None]:
    module = importlib.import_module(name)
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"a guard is no longer in {name}: {line}"
    changed: dict[str, Any] = {"__name__": name}
    exec(compile(source.replace(line, instead), module.__file__ or "", "exec"), changed)
    before = _codes(vars(module))
    # Whoever imported a function holds the function itself: what it does is changed, not what it is called.
    _put(vars(module), _codes(changed))
    try:
        yield
    finally:
        _put(vars(module), before)


def _codes(names: dict[str, Any]) -> dict[str, CodeType]:
    return {name: found.__code__ for name, found in names.items() if _is_of(names, found)}


def _put(names: dict[str, Any], codes: dict[str, CodeType]) -> None:
    for name, code in codes.items():
        names[name].__code__ = code


def _is_of(names: dict[str, Any], found: Any) -> bool:
    is_plain = isinstance(found, FunctionType) and not hasattr(found, "__wrapped__")
    return is_plain and found.__module__ == names["__name__"]


@contextmanager
def _said_to_every_connection(statement: str) -> Iterator[None]:
    def say(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(statement)

    event.listen(Pool, "checkout", say)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", say)
