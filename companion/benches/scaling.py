"""What a clinic of some size needs, worked out from measured figures and named assumptions.

`python -m companion.benches.scaling docs/benchmarks.md docs/scaling.md` puts the tables into the page.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from companion.benches.table import amount

SIZES = (1_000, 100_000, 1_000_000)
YEAR, MONTH = 365, 365 / 12
GB = 10**9
RECORDS = ("SQLite", "PostgreSQL")
"""Where doses and messages can be."""


class Range(NamedTuple):
    """Between two prices."""

    low: float
    high: float

    def times(self, quantity: float) -> str:
        return f"{_rounded(self.low * quantity)} to {_rounded(self.high * quantity)}"


class Assumed(NamedTuple):
    """What nobody measured here: change it, and the tables change. Prices are in one currency, of 2026."""

    meter_a_day: float = 3
    pressure_a_day: float = 2
    sensor_a_day: float = 288
    sensor_share: float = 0.1
    doses_a_day: float = 4
    messages_a_day: float = 3
    kept_years: float = 5
    at_once_share: float = 0.25
    """Of a day's doses and messages, due at eight in the morning in one zone."""
    provider_s: float = 0.15
    """From a text to the provider's yes."""
    patience_s: float = 600
    """A reminder may be so late."""
    busiest_hour: float = 0.2
    """Of a day's readings."""
    disk: Range = Range(0.05, 0.25)
    """A GB for a month, with its backup."""
    text: Range = Range(0.005, 0.08)
    """An SMS."""

    @property
    def readings_a_day(self) -> float:
        return self.meter_a_day + self.pressure_a_day + self.sensor_share * self.sensor_a_day


Rates = Mapping[str, float]
"""Figures of `companion bench growth` by name."""


def read_rates(benchmarks: str) -> dict[str, float]:
    """From the page that `companion bench --write` wrote."""
    _, _, section = benchmarks.partition("\n## growth\n")
    rows = _FIGURE.findall(section.partition("\n## ")[0])
    return {name: float(ours.replace(",", "")) for name, ours in rows}


def tables(rates: Rates, assumed: Assumed) -> str:
    """Everything between the marks of the page."""
    parts = [
        _table(["measured", *_engines(rates)], _measured(rates)),
        _table(["assumed", ""], _assumptions(assumed)),
        _table(["patients", *(f"{size:,}" for size in SIZES)], _needs(rates, assumed)),
    ]
    return "\n\n".join(parts)


def put_into(page: str, made: str) -> str:
    """The page with those tables between its marks."""
    found = _MARKED.search(page)
    assert found, "the page has no marks"
    return f"{page[: found.start(1)]}\n{made}\n{page[found.end(1) :]}"


_FIGURE = re.compile(r"^\| ([^(|]+) \([^)]*\); baseline: [^|]*\| ([0-9.,]+)", re.MULTILINE)
_MARKED = re.compile(r"<!-- made by companion\.benches\.scaling -->\n(.*)<!-- until here -->", re.DOTALL)


def _engines(rates: Rates) -> list[str]:
    return [name.removeprefix("a reading, ") for name in rates if name.startswith("a reading, ")]


def _measured(rates: Rates) -> Iterator[list[str]]:
    for label, unit in (
        ("a reading", " B"),
        ("readings by day", "/s"),
        ("readings one by one", "/s"),
        ("a reading's identity", " B"),
        ("a dose", " B"),
        ("doses swept", "/s"),
        ("a message", " B"),
        ("messages handed over", "/s"),
    ):
        found = [rates.get(f"{label}, {engine}") for engine in _engines(rates)]
        yield [label, *("" if value is None else amount(value) + unit for value in found)]


def _assumptions(assumed: Assumed) -> Iterator[list[str]]:
    by_hand = f"{assumed.meter_a_day:g} and {assumed.pressure_a_day:g}"
    yield ["readings of a meter and of a cuff, a patient and day", by_hand]
    share = f"{assumed.sensor_share:.0%} of patients, {assumed.sensor_a_day:g} values a day"
    yield ["with a sensor", share]
    yield ["doses and messages, a patient and day", f"{assumed.doses_a_day:g} and {assumed.messages_a_day:g}"]
    yield ["kept", f"{assumed.kept_years:g} years"]
    yield ["of a day's doses and messages, due at 08:00", f"{assumed.at_once_share:.0%}"]
    yield ["a provider's answer to a text", f"{assumed.provider_s:g} s"]
    yield ["how late a reminder may be", f"{assumed.patience_s:g} s"]
    yield ["of a day's readings, in the busiest hour", f"{assumed.busiest_hour:.0%}"]
    yield ["a GB of disk with its backup, a month", f"{assumed.disk.low:g} to {assumed.disk.high:g}"]
    yield ["an SMS", f"{assumed.text.low:g} to {assumed.text.high:g}"]


def _needs(rates: Rates, assumed: Assumed) -> Iterator[list[str]]:
    yield _row("readings a day", lambda size: size * assumed.readings_a_day)
    for engine in _engines(rates):
        yield _row(f"readings, {engine}, GB", partial(_readings_gb, rates, assumed, engine))
    for engine in RECORDS:
        yield _row(f"identities of readings, {engine}, GB", partial(_identities_gb, rates, assumed, engine))
    for engine in RECORDS:
        yield _row(f"doses and messages, {engine}, GB", partial(_rest_gb, rates, assumed, engine))
    for engine in RECORDS:
        yield _row(f"08:00 swept, {engine}, s", partial(_spike_s, rates, assumed, engine))
    yield _row("values one by one in the busiest hour, a second", partial(_busiest, assumed))
    yield _row("jobs processes for 08:00, PostgreSQL", partial(_senders, rates, assumed))
    yield ["disk a month, PostgreSQL", *(assumed.disk.times(_all_gb(rates, assumed, size)) for size in SIZES)]
    yield ["SMS a month", *(assumed.text.times(size * assumed.messages_a_day * MONTH) for size in SIZES)]


def _row(name: str, need: Callable[[int], float]) -> list[str]:
    return [name, *(_rounded(need(size)) for size in SIZES)]


def _readings_gb(rates: Rates, assumed: Assumed, engine: str, patients: int) -> float:
    days = YEAR * assumed.kept_years
    return patients * assumed.readings_a_day * days * rates[f"a reading, {engine}"] / GB


def _identities_gb(rates: Rates, assumed: Assumed, engine: str, patients: int) -> float:
    days = YEAR * assumed.kept_years
    return patients * assumed.readings_a_day * days * rates[f"a reading's identity, {engine}"] / GB


def _rest_gb(rates: Rates, assumed: Assumed, engine: str, patients: int) -> float:
    a_day = assumed.doses_a_day * rates[f"a dose, {engine}"] + assumed.messages_a_day * rates[f"a message, {engine}"]
    return patients * a_day * YEAR * assumed.kept_years / GB


def _all_gb(rates: Rates, assumed: Assumed, patients: int) -> float:
    return sum(part(rates, assumed, "PostgreSQL", patients) for part in (_readings_gb, _identities_gb, _rest_gb))


def _spike_s(rates: Rates, assumed: Assumed, engine: str, patients: int) -> float:
    return patients * assumed.doses_a_day * assumed.at_once_share / rates[f"doses swept, {engine}"]


def _busiest(assumed: Assumed, patients: int) -> float:
    """Values of meters and cuffs, which come as they are measured; sensors come by the hour or the day."""
    return patients * (assumed.meter_a_day + assumed.pressure_a_day) * assumed.busiest_hour / 3600


def _senders(rates: Rates, assumed: Assumed, patients: int) -> float:
    """So many processes hand over the texts of eight o'clock within the patience."""
    texts = patients * assumed.messages_a_day * assumed.at_once_share
    each_s = 1 / rates["messages handed over, PostgreSQL"] + assumed.provider_s
    return max(1.0, float(-(-texts * each_s // assumed.patience_s)))


def _rounded(value: float) -> str:
    """Two digits that count: more would be a promise."""
    shown = float(f"{value:.2g}")
    return f"{shown:,.0f}" if shown >= 10 else f"{shown:g}"


def _table(head: list[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(benchmarks: str, page: str) -> None:
    """Puts what was measured into the page."""
    made = tables(read_rates(Path(benchmarks).read_text("utf-8")), Assumed())
    Path(page).write_text(put_into(Path(page).read_text("utf-8"), made), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
