"""Reads a protocol file and refuses what is ambiguous, naming file, line and reason. Pure: text in, Protocol out.

A file holds, in TOML:
`id`, `version` (told whole), `title`, `kind` ("glucose"), `enabled`, `drug_classes`, `unit`;
[sources] NAME = {title, url};
[minimum_data], [hold_off] days, [lifetime] hours, [rounding] to;
[limits.NAME] value, unit, ask: `step`, `step_percent`, `per_kg`, `daily`;
[[exclusions]] gate, or if + says;   [[preconditions]] if + says (they block increases only);
[[definitions]] name + if: a named condition for the rules below it;
[[rules]] id, if (none: else, last), action (increase, decrease, none, ask), units or percent + at_least,
unit, ask, priority ("urgent"), on_events, says;
[[test_vectors]] in, out.
Every table with a clinical number names its `evidence` and, when that is stored or secondary, its `source`.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal, TypeVar, cast

from companion.advice import conditions
from companion.advice.conditions import Condition
from companion.advice.guardrails import HARD_LIMITS
from companion.advice.protocol import (
    Barrier,
    Citation,
    Limit,
    MinimumData,
    Protocol,
    Rule,
    Source,
    Vector,
)
from companion.errors import BadInput

T = TypeVar("T")

EVIDENCE = ("stored", "secondary", "memory", "product")
LIMITS = ("step", "step_percent", "per_kg", "daily")
RULE_ACTIONS = ("increase", "decrease", "none", "ask")
EXCLUDING_GATES = ("G02", "G03", "G04")
_IN_WORDS = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}


def parse(text: str, file: str) -> Protocol:
    """The text of a protocol file → Protocol. Raises BadInput naming file, line and reason."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(str(error), where=file) from None
    return _Reader(text, file).protocol(raw)


class _Table:
    """One TOML table being read: every key once, of one type, and nothing left over."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise BadInput("is not a table", where=where)
        self.values = dict(values)
        self.where = where

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        value = self.values.pop(key, default)
        if value is ...:
            raise BadInput(f"{key} is missing", where=self.where)
        # A bool is an int to Python, never to a protocol.
        if value is not default and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            raise BadInput(f"{key} is not {_IN_WORDS[kind]}", where=self.where)
        return value

    def text(self, key: str) -> str:
        value = self.take(key, str)
        if not value.strip():
            raise BadInput(f"{key} is empty", where=self.where)
        return cast(str, value)

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise BadInput(f"{key} is {value!r}, not one of {', '.join(choices)}", where=self.where)
        return value

    def count(self, key: str) -> int:
        value = self.take(key, int)
        if value < 1:
            raise BadInput(f"{key} is not above zero", where=self.where)
        return cast(int, value)

    def number(self, key: str) -> Decimal:
        value = self.values.pop(key, None)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value < 1_000_000:
            raise BadInput(f"{key} is not a number above zero", where=self.where)
        return Decimal(value)

    def optional_number(self, key: str) -> Decimal | None:
        return self.number(key) if key in self.values else None

    def close(self) -> None:
        if self.values:
            raise BadInput(f"unknown key {', '.join(sorted(self.values))}", where=self.where)


class _Reader:
    """Reads one file from the top; `where` of a refusal is `file:line`."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.splitlines()
        self.file = file
        self.sources: dict[str, Source] = {}
        self.unit = ""

    def protocol(self, raw: dict[str, Any]) -> Protocol:
        top = _Table(raw, self.file)
        head = {key: top.text(key) for key in ("id", "version", "title")}
        kind = top.choice("kind", ("glucose",))
        is_enabled = bool(top.take("enabled", bool))
        drug_classes = self._drug_classes(top)
        self.unit = top.text("unit")
        self.sources = {
            name: self._source(top_source, name) for name, top_source in top.take("sources", dict, {}).items()
        }
        minimum_data = self._minimum_data(self._table(top, "minimum_data"))
        hold_off_days = self._cited_count(self._table(top, "hold_off"), "days")
        lifetime = timedelta(hours=self._cited_count(self._table(top, "lifetime"), "hours"))
        round_to = self._round_to(self._table(top, "rounding"))
        limits = self._limits(top.take("limits", dict), drug_classes)
        definitions = self._definitions(top)
        protocol = Protocol(
            id=head["id"],
            version=head["version"],
            title=head["title"],
            kind=cast(Literal["glucose"], kind),
            is_enabled=is_enabled,
            drug_classes=drug_classes,
            unit=self.unit,
            sources=self.sources,
            minimum_data=minimum_data,
            hold_off_days=hold_off_days,
            lifetime=lifetime,
            round_to=round_to,
            limits=limits,
            exclusions=self._each(top, "exclusions", self._barrier),
            preconditions=self._each(top, "preconditions", self._barrier),
            definitions=definitions,
            rules=self._rules(top, definitions),
            vectors=self._each(top, "test_vectors", _vector),
        )
        top.close()
        if self.file != f"{protocol.id}.toml":
            raise BadInput(f"id is {protocol.id!r}, not the name of the file", where=self.file)
        return protocol

    def _where(self, header: str, nth: int = 0) -> str:
        """`file:line` of the nth table with this header, or just the file when it is written another way."""
        found = [n for n, line in enumerate(self.lines, start=1) if line.startswith(header)]
        return f"{self.file}:{found[nth]}" if nth < len(found) else self.file

    def _table(self, top: _Table, name: str) -> _Table:
        return _Table(top.take(name, dict), self._where(f"[{name}]"))

    def _each(self, top: _Table, name: str, read: Callable[[_Table], T]) -> tuple[T, ...]:
        tables = enumerate(top.take(name, list, []))
        return tuple(_read(read, _Table(table, self._where(f"[[{name}]]", nth))) for nth, table in tables)

    def _drug_classes(self, top: _Table) -> tuple[str, ...]:
        names = tuple(top.take("drug_classes", list))
        if not names or not all(isinstance(name, str) and name for name in names):
            raise BadInput("drug_classes is not a list of names", where=self.file)
        return names

    def _source(self, values: Any, name: str) -> Source:
        table = _Table(values, self._where(name))
        return _read(lambda t: Source(t.text("title"), t.text("url")), table)

    def _cited(self, table: _Table) -> Citation:
        evidence = table.choice("evidence", EVIDENCE)
        source = table.optional_text("source")
        if source is None and evidence in ("stored", "secondary"):
            raise BadInput(f"source is missing for {evidence} evidence", where=table.where)
        if source is not None and source not in self.sources:
            raise BadInput(f"source {source!r} is not in [sources]", where=table.where)
        return Citation(evidence, source)

    def _cited_count(self, table: _Table, key: str) -> int:
        count = table.count(key)
        self._cited(table)
        table.close()
        return count

    def _minimum_data(self, table: _Table) -> MinimumData:
        return _read(
            lambda t: MinimumData(
                fasting_values=t.count("fasting_values"),
                distinct_days=t.count("distinct_days"),
                within=timedelta(days=t.count("within_days")),
                most_recent_within=timedelta(hours=t.count("most_recent_within_h")),
                cited=self._cited(t),
            ),
            table,
        )

    def _round_to(self, table: _Table) -> Decimal:
        round_to = table.number("to")
        self._own_unit(table)
        self._cited(table)
        table.close()
        return round_to

    def _own_unit(self, table: _Table) -> None:
        unit = table.text("unit")
        if unit != self.unit:
            raise BadInput(f"unit is {unit!r}, not {self.unit!r}", where=table.where)

    def _limits(self, raw: dict[str, Any], drug_classes: tuple[str, ...]) -> dict[str, Limit]:
        limits = {name: self._limit(name, values) for name, values in raw.items()}
        for name in LIMITS:
            if name not in limits:
                raise BadInput(f"limits.{name} is missing", where=self.file)
        for drug_class in drug_classes:
            self._within_hard_limits(limits, drug_class)
        return limits

    def _limit(self, name: str, values: Any) -> Limit:
        table = _Table(values, self._where(f"[limits.{name}]"))
        units = {"step": self.unit, "step_percent": "%", "per_kg": f"{self.unit}/kg", "daily": self.unit}
        if name not in units:
            raise BadInput(f"unknown limit {name!r}", where=table.where)
        limit = _read(lambda t: Limit(t.number("value"), t.text("unit"), t.optional_text("ask"), self._cited(t)), table)
        if limit.unit != units[name]:
            raise BadInput(f"unit is {limit.unit!r}, not {units[name]!r}", where=table.where)
        return limit

    def _within_hard_limits(self, limits: Mapping[str, Limit], drug_class: str) -> None:
        hard = HARD_LIMITS.get(drug_class)
        if hard is None:
            raise BadInput(f"no hard limits are known for {drug_class!r}", where=self.file)
        most = {
            "step": hard.max_step,
            "step_percent": hard.max_step_share * 100,
            "per_kg": hard.max_daily_per_kg,
            "daily": hard.max_daily,
        }
        for name, maximum in most.items():
            if limits[name].value > maximum:
                raise BadInput(f"is above the hard limit {maximum}", where=self._where(f"[limits.{name}]"))

    def _definitions(self, top: _Table) -> dict[str, Condition]:
        definitions: dict[str, Condition] = {}
        for nth, values in enumerate(top.take("definitions", list, [])):
            table = _Table(values, self._where("[[definitions]]", nth))
            name = table.text("name")
            if name in definitions or name in conditions.VOCABULARY:
                raise BadInput(f"{name!r} is defined twice", where=table.where)
            definitions[name] = conditions.parse(table.text("if"), table.where, definitions)
            self._cited(table)
            table.close()
        return definitions

    def _barrier(self, table: _Table) -> Barrier:
        if "gate" in table.values:
            return Barrier(table.choice("gate", EXCLUDING_GATES), None, "")
        return Barrier(None, conditions.parse(table.text("if"), table.where), table.text("says"))

    def _rules(self, top: _Table, definitions: Mapping[str, Condition]) -> tuple[Rule, ...]:
        rules = self._each(top, "rules", lambda table: self._rule(table, definitions))
        if not rules or rules[-1].condition is not None:
            raise BadInput("the last rule has no `else` (a rule without `if`)", where=self.file)
        for nth, rule in enumerate(rules):
            self._only_once(rule, rules[:nth], self._where("[[rules]]", nth))
        for nth, (rule, following) in enumerate(pairwise(rules)):
            if following.on_events and not rule.on_events:
                raise BadInput("a rule on events comes after one that is not", where=self._where("[[rules]]", nth + 1))
        return rules

    def _only_once(self, rule: Rule, earlier: tuple[Rule, ...], where: str) -> None:
        for other in earlier:
            if rule.id == other.id:
                raise BadInput(f"rule id {rule.id} twice", where=where)
            if other.condition is None:
                raise BadInput(f"rule {rule.id} comes after the `else`", where=where)
            if rule.condition and rule.condition.is_like(other.condition) and other.action != "ask":
                raise BadInput(f"rule {rule.id} has the condition of {other.id}: never reached", where=where)

    def _rule(self, table: _Table, definitions: Mapping[str, Condition]) -> Rule:
        text = table.optional_text("if")
        action = table.choice("action", RULE_ACTIONS)
        rule = Rule(
            id=table.text("id"),
            condition=conditions.parse(text, table.where, definitions) if text else None,
            action=cast(Literal["increase", "decrease", "none", "ask"], action),
            units=table.optional_number("units"),
            percent=table.optional_number("percent"),
            at_least=table.optional_number("at_least"),
            ask=table.optional_text("ask"),
            is_urgent=table.choice("priority", ("urgent",)) == "urgent" if "priority" in table.values else False,
            on_events=bool(table.take("on_events", bool, False)),
            says=table.text("says"),
            cited=self._cited(table),
        )
        self._step_is_clear(rule, table)
        return rule

    def _step_is_clear(self, rule: Rule, table: _Table) -> None:
        by_units = rule.units is not None and rule.percent is None and rule.at_least is None
        by_percent = rule.units is None and rule.percent is not None and rule.at_least is not None
        no_step = rule.units is None and rule.percent is None and rule.at_least is None
        clear = {"increase": by_units, "decrease": by_units or by_percent, "none": no_step, "ask": no_step}
        if not clear[rule.action]:
            raise BadInput(
                f"rule {rule.id}: an increase has units, a decrease units or percent and at_least, others no step",
                where=table.where,
            )
        if rule.action == "ask" and rule.ask is None:
            raise BadInput(f"rule {rule.id}: ask is missing", where=table.where)
        if not no_step:
            self._own_unit(table)


def _vector(table: _Table) -> Vector:
    return Vector(table.take("in", dict), table.take("out", dict))


def _read(read: Callable[[_Table], T], table: _Table) -> T:
    """What `read` makes of the table, which must then be empty."""
    value = read(table)
    table.close()
    return value
