"""The small language in which a protocol states its conditions. Pure; nothing is ever run as Python.

A condition is an expression over the names of `vocabulary.VOCABULARY`:
comparisons (`<`, `<=`, `>`, `>=`, `==`, `!=`), `and`, `or`, `not`, `+`, `-`, `*`, `/`, numbers, quoted text,
and the functions of `FUNCTIONS` over series. `and` beside `or` needs brackets; comparisons do not chain.

Three answers are possible. True and False, and None where a null input leaves it open: `False and null` is
False, `True or null` is True, everything else with a null is None. What an empty series gives (NOTHING) is no
null: nothing was measured, so no comparison with it holds.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from companion.advice.grammar.compiling import ARITHMETIC, COMPARE, Run, compiled
from companion.advice.grammar.functions import FUNCTIONS
from companion.advice.grammar.vocabulary import VOCABULARY, Kind, Value
from companion.errors import BadInput


@dataclass(frozen=True)
class Condition:
    """A checked expression, and what runs it; `names` are the inputs it reads, through definitions too."""

    text: str
    tree: ast.expr = field(compare=False)
    run: Run = field(compare=False, repr=False)
    names: frozenset[str]
    defined: Mapping[str, "Condition"]

    def holds(self, inputs: Mapping[str, Value]) -> bool | None:
        """True, False, or None where a null input leaves it open."""
        value = self.run(inputs)
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
    run = compiled(tree, {name: condition.run for name, condition in defined.items()})
    return Condition(text, tree, run, frozenset(reader.names), defined)


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
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARE:
                return self._compared(left, op, right)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
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
