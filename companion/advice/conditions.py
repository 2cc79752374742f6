"""The small language in which a protocol states its conditions. Pure; nothing is ever run as Python.

A condition is an expression over the names of `vocabulary.VOCABULARY`:
comparisons (`<`, `<=`, `>`, `>=`, `==`, `!=`), `and`, `or`, `not`, `+`, `-`, `*`, `/`, numbers, quoted text,
and the functions of `FUNCTIONS` over series. `and` beside `or` needs brackets; comparisons do not chain.

Three answers are possible. True and False, and None where a null input leaves it open: `False and null` is
False, `True or null` is True, everything else with a null is None. What an empty series gives (NOTHING) is no
null: nothing was measured, so no comparison with it holds.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from companion.advice.vocabulary import NOTHING, VOCABULARY, Kind, Nothing, Series, Value
from companion.errors import BadInput


def _lowest(series: Series) -> Value:
    return min(series, default=NOTHING)


def _mean(series: Series) -> Value:
    return sum(series, Fraction()) / len(series) if series else NOTHING


def _mean_last(series: Series, n: Fraction) -> Value:
    return _mean(series[-int(n) :]) if len(series) >= n else NOTHING


def _median(series: Series) -> Value:
    return median(series) if series else NOTHING


def _last(series: Series, n: Fraction) -> Value:
    return series[-int(n) :]


def _count_above(series: Series, limit: Fraction) -> Value:
    return Fraction(sum(1 for value in series if value > limit))


def _share_above(series: Series, limit: Fraction) -> Value:
    return Fraction(sum(1 for value in series if value > limit), len(series)) if series else NOTHING


def _count_below(series: Series, limit: Fraction) -> Value:
    return Fraction(sum(1 for value in series if value < limit))


def _starts_with(text: str, beginning: str) -> Value:
    return text.startswith(beginning)


@dataclass(frozen=True)
class _Function:
    takes: tuple[Kind, ...]
    gives: Kind
    call: Callable[..., Value]


FUNCTIONS: Mapping[str, _Function] = {
    "lowest": _Function(("series",), "number", _lowest),
    "mean": _Function(("series",), "number", _mean),
    "mean_last": _Function(("series", "number"), "number", _mean_last),
    "count_below": _Function(("series", "number"), "number", _count_below),
    "median": _Function(("series",), "number", _median),
    "last": _Function(("series", "number"), "series", _last),
    "count_above": _Function(("series", "number"), "number", _count_above),
    "share_above": _Function(("series", "number"), "number", _share_above),
    "starts_with": _Function(("text", "text"), "bool", _starts_with),
}

_COMPARE: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A checked expression; `names` are the inputs it reads, through definitions too."""

    text: str
    tree: ast.expr = field(compare=False)
    names: frozenset[str]
    defined: Mapping[str, "Condition"]

    def holds(self, inputs: Mapping[str, Value]) -> bool | None:
        """True, False, or None where a null input leaves it open."""
        value = _evaluate(self.tree, self, inputs)
        assert value is None or isinstance(value, bool), f"{self.text}: checked when it was parsed"
        return value

    def is_like(self, other: "Condition") -> bool:
        """Whether both say the same, however it is spaced."""
        return ast.dump(self.tree) == ast.dump(other.tree)


def parse(text: str, where: str, defined: Mapping[str, Condition] | None = None) -> Condition:
    """Text → Condition. Raises BadInput naming `where` and the reason for anything outside the language."""
    defined = defined or {}
    if "\n" in text:
        raise BadInput("a condition is one line", where=where)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise BadInput(f"{text!r} is not a condition", where=where) from None
    reader = _Reader(text, where, defined)
    if reader.kind(tree) != "bool":
        raise BadInput(f"{text!r} is not true or false", where=where)
    return Condition(text, tree, frozenset(reader.names), defined)


class _Reader:
    """Finds the kind of every part, and refuses what the language does not have."""

    def __init__(self, text: str, where: str, defined: Mapping[str, Condition]) -> None:
        self.text = text
        self.where = where
        self.defined = defined
        self.names: set[str] = set()

    def kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.Constant(value=value):
                return self._constant(value)
            case ast.BoolOp(values=parts):
                return self._connected(parts)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return self._need(part, "bool", gives="bool")
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return self._compared(left, op, right)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                self._need(left, "number")
                return self._need(right, "number", gives="number")
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._called(name, args)
            case _:
                raise self._refusal(f"{ast.unparse(node)!r} is not part of the language")

    def _name(self, name: str) -> Kind:
        if name in self.defined:
            self.names |= self.defined[name].names
            return "bool"
        if name not in VOCABULARY:
            raise self._refusal(f"unknown name {name!r}")
        self.names.add(name)
        return VOCABULARY[name].kind

    def _constant(self, value: object) -> Kind:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._refusal(f"{value!r} is not a number or text")
        return "text" if isinstance(value, str) else "number"

    def _connected(self, parts: list[ast.expr]) -> Kind:
        for part in parts:
            if isinstance(part, ast.BoolOp) and not self._is_bracketed(part):
                raise self._refusal(f"`and` beside `or` needs brackets in {self.text!r}")
            self._need(part, "bool")
        return "bool"

    def _is_bracketed(self, node: ast.expr) -> bool:
        # Positions count bytes; a bracket before the part is what tells `(a and b) or c` from `a and b or c`.
        return self.text.encode()[: node.col_offset].rstrip().endswith(b"(")

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Kind:
        kind = self.kind(left)
        ordered = not isinstance(op, ast.Eq | ast.NotEq)
        if kind not in ("number", "text") or (ordered and kind == "text"):
            raise self._refusal(f"{ast.unparse(left)!r} cannot be compared like this")
        return self._need(right, kind, gives="bool")

    def _called(self, name: str, args: list[ast.expr]) -> Kind:
        function = FUNCTIONS.get(name)
        if function is None or len(args) != len(function.takes):
            raise self._refusal(f"{name!r} is not a function with {len(args)} arguments")
        for arg, kind in zip(args, function.takes, strict=True):
            self._need(arg, kind)
        return function.gives

    def _need(self, node: ast.expr, kind: Kind, gives: Kind = "number") -> Kind:
        if self.kind(node) != kind:
            raise self._refusal(f"{ast.unparse(node)!r} is not a {kind}")
        return gives

    def _refusal(self, what: str) -> BadInput:
        return BadInput(what, where=self.where)


def _evaluate(node: ast.expr, condition: Condition, inputs: Mapping[str, Value]) -> Value:
    def value_of(part: ast.expr) -> Value:
        return _evaluate(part, condition, inputs)

    match node:
        case ast.Name(id=name) if name in condition.defined:
            return condition.defined[name].holds(inputs)
        case ast.Name(id=name):
            return inputs[name]
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant():
            # From the text, so that 0.1 is a tenth.
            return Fraction(Decimal(ast.unparse(node)))
        case ast.BoolOp(op=op, values=parts):
            return _connect([value_of(part) for part in parts], stops_at=isinstance(op, ast.Or))
        case ast.UnaryOp(operand=part):
            value = value_of(part)
            return None if value is None else not value
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _with_known(_COMPARE[type(op)], value_of(left), value_of(right), nothing=False)
        case ast.BinOp(left=left, op=op, right=right):
            return _with_known(_ARITHMETIC[type(op)], value_of(left), value_of(right), nothing=NOTHING)
        case ast.Call(func=ast.Name(id=name), args=args):
            gives_bool = FUNCTIONS[name].gives == "bool"
            return _with_known(FUNCTIONS[name].call, *map(value_of, args), nothing=False if gives_bool else NOTHING)
    raise AssertionError(f"{condition.text}: checked when it was parsed")


def _connect(values: list[Value], *, stops_at: bool) -> bool | None:
    """`and` (stops at False) and `or` (stops at True), with None where a null leaves it open."""
    if any(value is stops_at for value in values):
        return stops_at
    return None if any(value is None for value in values) else not stops_at


def _with_known(call: Callable[..., Value], *values: Value, nothing: Value) -> Value:
    if any(value is None for value in values):
        return None
    return nothing if any(isinstance(value, Nothing) for value in values) else call(*values)
