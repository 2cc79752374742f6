"""Reads a protocol file and refuses what is ambiguous, naming file, line and reason. Pure: text in, Protocol out.

The grammar is told in `docs/protocols.md`. Every table with a clinical number names its `evidence` and, when that is
stored or secondary, its `source`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar, cast

from companion.advice.assessing.home_pressure import LeastPressures
from companion.advice.grammar import conditions
from companion.advice.grammar.conditions import Condition
from companion.advice.grammar.file_table import Table, read
from companion.advice.grammar.may_run import may_run
from companion.advice.grammar.protocol import (
    Barrier,
    Changes,
    Citation,
    FollowUp,
    FreshLab,
    Kind,
    Ladder,
    Limit,
    MinimumData,
    Protocol,
    Rule,
    Source,
    Vector,
)
from companion.advice.grammar.rule_file import in_order, read_rule
from companion.advice.grammar.vocabulary import VOCABULARY
from companion.errors import BadInput

T = TypeVar("T")

EVIDENCE = ("stored", "secondary", "memory", "product")
LABS = ("egfr", "creatinine", "potassium")
EXCLUDING_GATES = ("G02", "G03", "G04")


def parse(text: str, file: str) -> Protocol:
    """The text of a protocol file → Protocol. Raises BadInput naming file, line and reason."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(_reason(error), where=_where(error, file)) from None
    return _Reader(text, file).protocol(raw)


def _reason(error: tomllib.TOMLDecodeError) -> str:
    return f"not TOML: {error}"


def _where(error: tomllib.TOMLDecodeError, file: str) -> str:
    found = re.search(r"line (\d+)", str(error))
    return f"{file}:{found[1]}" if found else file


class _Reader:
    """Reads one file from the top; `where` of a refusal is `file:line`."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.splitlines()
        self.file = file
        self.sources: dict[str, Source] = {}
        self.unit = ""
        self.cited: dict[str, Citation] = {}

    def protocol(self, raw: dict[str, Any]) -> Protocol:
        top = Table(raw, self.file)
        self.unit = top.text("unit")
        self.sources = {name: self._source(found, name) for name, found in top.take("sources", dict, {}).items()}
        definitions = self._definitions(top)
        rules, otherwise = self._rules(top, definitions)
        is_enabled = bool(top.take("enabled", bool))
        protocol = Protocol(
            id=top.text("id"),
            version=top.text("version"),
            title=top.text("title"),
            kind=cast(Kind, top.choice("kind", ("glucose", "bp"))),
            is_enabled=is_enabled,
            why_disabled=None if is_enabled else top.text("why_disabled"),
            drug_classes=top.texts("drug_classes"),
            unit=self.unit,
            changes=cast(Changes, top.choice("changes", ("one_medicine", "two_injections", "plan_step"))),
            one_change_at_a_time=top.flag("one_change_at_a_time"),
            sources=self.sources,
            minimum_data=self._optional(top, "minimum_data", self._minimum_data),
            least_pressures=self._optional(top, "home_pressure", self._least_pressures),
            labs=self._each(top, "labs", self._lab),
            hold_off_days=self._cited_count(top, "hold_off", "days"),
            lifetime=timedelta(hours=self._cited_count(top, "lifetime", "hours")),
            round_to=read(self._round_to, self._table(top, "rounding")),
            limits={name: self._limit(name, values) for name, values in top.take("limits", dict, {}).items()},
            ladders=self._ladders(top),
            exclusions=self._each(top, "exclusions", self._barrier),
            preconditions=self._each(top, "preconditions", self._barrier),
            definitions=definitions,
            rules=rules,
            otherwise=otherwise,
            follow_up=self._optional(top, "follow_up", self._follow_up),
            vectors=self._each(top, "test_vectors", _vector),
            cited=self.cited,
        )
        top.close()
        self._holds_together(protocol)
        return protocol

    def _line(self, header: str, nth: int = 0) -> str:
        """`file:line` of the nth line that begins so, or just the file when it is written another way."""
        found = [n for n, line in enumerate(self.lines, start=1) if line.startswith(header)]
        return f"{self.file}:{found[nth]}" if nth < len(found) else self.file

    def _table(self, top: Table, name: str) -> Table:
        return Table(top.take(name, dict), self._line(f"[{name}]"))

    def _optional(self, top: Table, name: str, reader: Callable[[Table], T]) -> T | None:
        return read(reader, self._table(top, name)) if name in top.values else None

    def _each(self, top: Table, name: str, reader: Callable[[Table], T]) -> tuple[T, ...]:
        tables = enumerate(top.take(name, list, []))
        return tuple(read(reader, Table(table, self._line(f"[[{name}]]", nth))) for nth, table in tables)

    def _source(self, values: Any, name: str) -> Source:
        return read(lambda t: Source(t.text("title"), t.text("url")), Table(values, self._line(name)))

    def _cited(self, table: Table) -> Citation:
        evidence = table.choice("evidence", EVIDENCE)
        source = table.optional_text("source")
        if source is None and evidence in ("stored", "secondary"):
            raise table.refusal(f"source is missing for {evidence} evidence")
        if source is not None and source not in self.sources:
            raise table.refusal(f"source {source!r} is not in [sources]")
        return Citation(evidence, source)

    def _cited_count(self, top: Table, name: str, key: str) -> int:
        table = self._table(top, name)
        self.cited[name] = self._cited(table)
        return read(lambda t: t.count(key), table)

    def _minimum_data(self, table: Table) -> MinimumData:
        newest = table.count("most_recent_within_h", None)
        return MinimumData(
            fasting_values=table.count("fasting_values"),
            distinct_days=table.count("distinct_days", 1),
            before_dinner_values=table.count("before_dinner_values", 0),
            within=timedelta(days=table.count("within_days")),
            most_recent_within=None if newest is None else timedelta(hours=newest),
            cited=self._cited(table),
        )

    def _least_pressures(self, table: Table) -> LeastPressures:
        self.cited["home_pressure"] = self._cited(table)
        return LeastPressures(
            days=table.count("days"),
            readings=table.count("readings"),
            sessions_each=table.count("sessions_each"),
            within=timedelta(days=table.count("within_days")),
            experienced_after=table.count("experienced_after_days"),
        )

    def _lab(self, table: Table) -> FreshLab:
        name = cast(Literal["egfr", "creatinine", "potassium"], table.choice("name", LABS))
        return FreshLab(name, table.count("within_days"), table.text("ask"), self._cited(table))

    def _round_to(self, table: Table) -> Decimal:
        self._own_unit(table)
        self.cited["rounding"] = self._cited(table)
        return table.number("to")

    def _own_unit(self, table: Table, unit: str | None = None) -> None:
        found, wanted = table.text("unit"), unit or self.unit
        if found != wanted:
            raise table.refusal(f"unit is {found!r}, not {wanted!r}")

    def _limit(self, name: str, values: Any) -> Limit:
        table = Table(values, self._line(f"[limits.{name}]"))
        units = {"step": self.unit, "step_percent": "%", "per_kg": f"{self.unit}/kg", "daily": self.unit}
        if name not in units:
            raise table.refusal(f"unknown limit {name!r}")
        self._own_unit(table, units[name])
        return read(lambda t: Limit(t.number("value"), units[name], t.optional_text("ask"), self._cited(t)), table)

    def _ladders(self, top: Table) -> dict[str, Ladder]:
        ladders = self._each(top, "ladders", lambda t: Ladder(t.text("drug"), t.numbers("daily"), self._cited(t)))
        by_drug = {ladder.drug: ladder for ladder in ladders}
        if len(by_drug) < len(ladders):
            raise BadInput("a drug has two ladders", where=self._line("[[ladders]]"))
        return by_drug

    def _definitions(self, top: Table) -> dict[str, Condition]:
        definitions: dict[str, Condition] = {}
        for nth, values in enumerate(top.take("definitions", list, [])):
            table = Table(values, self._line("[[definitions]]", nth))
            name = table.text("name")
            if name in definitions or name in VOCABULARY:
                raise table.refusal(f"{name!r} is defined twice")
            definitions[name] = conditions.parse(table.text("if"), table.where, dict(definitions))
            self.cited[f"definitions.{name}"] = self._cited(table)
            table.close()
        return definitions

    def _barrier(self, table: Table) -> Barrier:
        if "gate" in table.values:
            return Barrier(table.choice("gate", EXCLUDING_GATES), None, "")
        return Barrier(None, conditions.parse(table.text("if"), table.where), table.text("says"))

    def _rules(self, top: Table, definitions: Mapping[str, Condition]) -> tuple[tuple[Rule, ...], str | None]:
        rules = self._each(top, "rules", lambda table: read_rule(table, definitions, self._cited, self.unit))
        otherwise = self._optional(top, "otherwise", lambda table: table.text("says"))
        in_order(rules, has_otherwise=otherwise is not None, where=lambda nth: self._line("[[rules]]", nth))
        return rules, otherwise

    def _follow_up(self, table: Table) -> FollowUp:
        return FollowUp(table.texts("labs"), table.count("within_days"), self._cited(table))

    def _holds_together(self, protocol: Protocol) -> None:
        if self.file != f"{protocol.id}.toml":
            raise BadInput(f"id is {protocol.id!r}, not the name of the file", where=self.file)
        if (protocol.kind == "bp") is not (protocol.least_pressures is not None):
            raise BadInput("[home_pressure] belongs to kind bp, and to no other", where=self._line("[home_pressure]"))
        if protocol.is_enabled:
            may_run(protocol, self._line)


def _vector(table: Table) -> Vector:
    return Vector(table.take("in", dict), table.take("out", dict))
