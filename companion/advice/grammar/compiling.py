"""From a checked expression to what runs: taken apart once, when a protocol is read, not for every patient. Pure."""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from typing import Any

from companion.advice.grammar.functions import FUNCTIONS
from companion.advice.grammar.vocabulary import NOTHING, Value

Run = Callable[[Mapping[str, Value]], Value]
"""Inputs → value; None where a null input leaves it open."""

COMPARE: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def compiled(node: ast.expr, defined: Mapping[str, Run]) -> Run:
    """The expression, which `conditions` has checked, as a function. `defined`: what names of their own stand for."""
    match node:
        case ast.Name(id=name):
            return defined.get(name) or itemgetter(name)
        case ast.Constant(value=str(text)):
            return _always(text)
        case ast.Constant():
            # From the text, so that 0.1 is a tenth.
            return _always(Fraction(Decimal(ast.unparse(node))))
        case ast.BoolOp(op=op, values=parts):
            return _connected([compiled(part, defined) for part in parts], stops_at=isinstance(op, ast.Or))
        case ast.UnaryOp(operand=part):
            return _applied(operator.not_, [compiled(part, defined)], nothing=False)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _applied(COMPARE[type(op)], [compiled(left, defined), compiled(right, defined)], nothing=False)
        case ast.BinOp(left=left, op=op, right=right):
            return _applied(ARITHMETIC[type(op)], [compiled(left, defined), compiled(right, defined)], nothing=NOTHING)
        case ast.Call(func=ast.Name(id=name), args=args):
            function = FUNCTIONS[name]
            nothing = False if function.gives == "bool" else NOTHING
            return _applied(function.call, [compiled(arg, defined) for arg in args], nothing=nothing)
    raise AssertionError(f"{ast.unparse(node)}: checked when it was parsed")


def _always(value: Value) -> Run:
    return lambda inputs: value


def _connected(parts: Sequence[Run], *, stops_at: bool) -> Run:
    """`and` (stops at False) and `or` (stops at True), with None where a null leaves it open."""

    def run(inputs: Mapping[str, Value]) -> Value:
        is_open = False
        for part in parts:
            value = part(inputs)
            if value is stops_at:
                return stops_at
            is_open = is_open or value is None
        return None if is_open else not stops_at

    return run


def _applied(call: Callable[..., Value], parts: Sequence[Run], *, nothing: Value) -> Run:
    """None of any null, `nothing` of anything not measured, else the call."""

    def run(inputs: Mapping[str, Value]) -> Value:
        values, is_measured = [], True
        for part in parts:
            value = part(inputs)
            if value is None:
                return None
            is_measured = is_measured and value is not NOTHING
            values.append(value)
        return call(*values) if is_measured else nothing

    return run
