"""Every act that is noted anywhere has words: found by reading the source, so that a new kind is not forgotten."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import companion
from companion.advice.deciding.acts import Decision
from companion.care import audit
from companion.care.erasure_requests import RequestState
from companion.care.records import ConflictState
from companion.messages.models import MessageState
from companion.reminders.supply.stock import EntryKind
from companion.retention.sweep import SWEPT_ACTION
from companion.web.door.letting_in import NOTED_AS
from companion.web.in_words.audit_words import KINDS

ROOT = Path(companion.__file__).parent
WORKED_OUT: dict[tuple[str, str], list[str]] = {
    ("letting_in", "NOTED_AS[by]"): list(NOTED_AS.values()),
    ("audit", "SEALED"): [audit.SEALED],
    ("read_log", "audit.READS_HASHED"): [audit.READS_HASHED],
    ("erasure_office", "state.value"): [RequestState.REFUSED, RequestState.DONE],
    ("conflicts", "state.value"): [ConflictState.TAKEN_OVER, ConflictState.KEPT],
    ("supply_notes", "new.kind"): list(EntryKind),
    ("messages_office", "MessageState.SEEN_TO"): [MessageState.SEEN_TO],
    ("second_opinion", "how.value"): ["declined", "taken_back"],
    ("sweep", "SWEPT_ACTION"): [SWEPT_ACTION],
    ("concluding", "verdict.decision.value"): list(Decision),
}
"""By module, what is no plain text there, and everything that it can be."""


class Sink(NamedTuple):
    """A function that notes an act: which of its parameters says the kind, and how that becomes the kind."""

    name: str
    place: int
    parameter: str
    becomes: str = "{}"


NOTE = Sink("note", -1, "action")
"""`audit.note` itself: its kind is always named."""
NOT_KEPT = ("benches", "firmware_mocks", "migrations")
"""A benchmark's acts are in no clinic's audit."""


@cache
def modules() -> dict[str, ast.Module]:
    """By path."""
    paths = [path for path in ROOT.rglob("*.py") if not set(path.parts) & set(NOT_KEPT)]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def said(call: ast.Call, sink: Sink) -> ast.expr | None:
    """What the call gives as the kind."""
    named = next((each.value for each in call.keywords if each.arg == sink.parameter), None)
    positional = call.args[sink.place] if 0 <= sink.place < len(call.args) else None
    return named or positional


def sinks_of(tree: ast.Module) -> Iterator[Sink]:
    """The functions of a module that hand a parameter of theirs on to `audit.note`."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            places = {arg.arg: place for place, arg in enumerate(function.args.args)}
            places |= {arg.arg: -1 for arg in function.args.kwonlyargs}
            for call in ast.walk(function):
                kind = said(call, NOTE) if isinstance(call, ast.Call) and called(call) in ("note", "_add") else None
                name, becomes = within(kind)
                if name in places:
                    yield Sink(function.name, places[name], name, becomes)


def within(kind: ast.expr | None) -> tuple[str, str]:
    """The name that an expression is made of, and what is put around it."""
    if isinstance(kind, ast.Name):
        return kind.id, "{}"
    if isinstance(kind, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in kind.values]
        inner = [part.value for part in kind.values if isinstance(part, ast.FormattedValue)]
        return ast.unparse(inner[0]), "".join(map(str, parts))
    return "", "{}"


def texts(module: str, kind: ast.expr) -> list[str]:
    """Everything the expression can be."""
    match kind:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return texts(module, one) + texts(module, other)
        case ast.Subscript(value=ast.JoinedStr() as cut):
            return texts(module, cut)
        case ast.JoinedStr():
            name, becomes = within(kind)
            return [becomes.format(each) for each in WORKED_OUT.get((module, name), [f"<{module}: {name}>"])]
    return WORKED_OUT.get((module, ast.unparse(kind)), [f"<{module}: {ast.unparse(kind)}>"])


def noted(path: str, tree: ast.Module, sinks: dict[str, Sink], own: set[str]) -> Iterator[tuple[str, str]]:
    """Each kind that the module notes, with where."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        sink = sinks.get(called(call), NOTE if called(call) in ("note", "_add") else None)
        kind = said(call, sink) if sink else None
        if sink is None or kind is None or within(kind)[0] in own:
            continue
        for text in texts(Path(path).stem, kind):
            yield sink.becomes.format(text), f"{path}:{call.lineno}"


@cache
def kinds() -> dict[str, str]:
    """Every kind, and a place where it is noted."""
    shared = {sink.name: sink for path in ("advice/deciding/leases.py", "web/door/letting_in.py")
              for sink in sinks_of(modules()[path])}  # fmt: skip
    found: dict[str, str] = {}
    for path, tree in modules().items():
        mine = {sink.name: sink for sink in sinks_of(tree)}
        imported = {name: sink for name, sink in shared.items() if imports(tree, name)}
        found |= dict(noted(path, tree, imported | mine, {sink.parameter for sink in mine.values()}))
    return found


def imports(tree: ast.Module, name: str) -> bool:
    named = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    return name in named


def test_the_source_notes_many_kinds_of_acts() -> None:
    known = {"suggestion.claimed", "suggestion.approved", "confirmed_password", "supply.counted", "reads.hashed"}

    assert len(kinds()) > 100
    assert known <= set(kinds())


def test_every_kind_that_is_noted_anywhere_has_words() -> None:
    without = {kind: place for kind, place in kinds().items() if kind not in KINDS}

    assert without == {}, "name them in companion/web/in_words/audit_words.py"


def test_no_words_are_kept_for_what_nobody_notes() -> None:
    assert set(KINDS) - set(kinds()) == set()
