"""No pattern of ours takes more than a few times as long for a text of twice the length, whatever the text is.

Every pattern of the package is read from the source, with every way in which it is used, and tried on texts made of the
pattern's own pieces: one of them, or two in turn, again and again, and then something that does not fit.
"""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
LENGTHS = (20, 24, 28, 500, 4000)
"""The short ones first: what doubles with each character is found before it takes for ever."""
BUDGET_S = 0.05
"""Of the processor. A text of 4,000 characters is read once in 20 µs; 4,000 times takes 80 ms, or much longer."""
MOST_PIECES = 8
"""Of a pattern that are put together in pairs."""

SHORT_ONLY = {
    "companion/benches": "reads our own files",
    "companion/web/report/paper.py": "reads our own style sheet and pages",
    "companion/settings.py": "reads what the operator set",
    "companion/advice/alarms/instruction_rules.py": "reads an instruction of at most some hundred characters, by staff",
}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """(`module:line`, pattern) of everything in the package that is compiled when it is imported, or written out."""
    for path in sorted((ROOT / "companion").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(tuple(SHORT_ONLY)) and "/migrations/" not in place:
            yield from _of_module(place, path)


def _of_module(place: str, path: Path) -> Iterator[tuple[str, re.Pattern[str]]]:
    source = path.read_text(encoding="utf-8")
    if "re." not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if written := _written(node):
            yield f"{place}:{node.lineno}", re.compile(written)  # type: ignore[attr-defined]
    if "re.compile(" in source:
        module = importlib.import_module(place.removesuffix(".py").replace("/", "."))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{place}:{name}", value


def _written(node: ast.AST) -> str | None:
    """The pattern of `re.fullmatch("…", text)`; those of `re.compile` are taken from the module, with their flags."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    first = node.args[0]
    is_use = ast.unparse(node.func.value) == "re" and node.func.attr in METHODS
    return first.value if is_use and isinstance(first, ast.Constant) and isinstance(first.value, str) else None


PATTERNS = dict(patterns())


def pieces(pattern: re.Pattern[str]) -> list[str]:
    """Characters that the pattern speaks of, one for each thing in it; and one of each usual kind."""
    found = dict.fromkeys(_characters(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)))
    return [*list(found)[: MOST_PIECES - 4], "a", "1", " ", "-"]


def _characters(parsed: Any) -> Iterator[str]:
    for code, value in parsed:
        if code in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(value)
        elif code is codes.RANGE:
            yield chr(value[0])
        elif code is codes.ANY:
            yield "x"
        else:
            yield from _inside(value)


def _inside(value: Any) -> Iterator[str]:
    """Whatever is nested in one item: alternatives, groups, repeats, sets."""
    if isinstance(value, parser.SubPattern):
        yield from _characters(value)
    elif isinstance(value, (list, tuple)):
        if len(value) == 2 and value[0] in (codes.LITERAL, codes.RANGE, codes.IN):
            yield from _characters([value])
        else:
            for one in value:
                yield from _inside(one)


def hostile(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    known = pieces(pattern)
    repeated = [*known, *("".join(pair) for pair in product(known, repeat=2) if pair[0] != pair[1])]
    for one in repeated:
        yield one * (length // len(one)) + "\x07"


def slowest(pattern: re.Pattern[str], length: int) -> tuple[float, str]:
    """Seconds of the processor for the worst of the texts, and how that begins; it stops at the first over budget."""
    worst = (0.0, "")
    for text in hostile(pattern, length):
        began = time.thread_time()
        pattern.fullmatch(text)
        pattern.match(text)
        worst = max(worst, (time.thread_time() - began, text[:12]))
        if worst[0] > BUDGET_S:
            break
    return worst


@pytest.mark.parametrize("place", PATTERNS)
def test_no_pattern_goes_back_and_back(place: str) -> None:
    pattern = PATTERNS[place]

    for length in LENGTHS:
        took, text = slowest(pattern, length)

        assert took <= BUDGET_S, f"{pattern.pattern!r} took {took:.3f} s for {length} characters like {text!r}"


def test_a_pattern_that_goes_back_and_back_is_found() -> None:
    assert slowest(re.compile(r"(a+)+b"), 22)[0] > BUDGET_S


def test_every_module_with_patterns_is_read() -> None:
    assert len(PATTERNS) > 80
