"""What a run came to, as a part of docs/load.md. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MARK_MS, MARK_PATIENTS = 500, 1_000
"""p99 of so many patients with ten seconds between two pages, on two cores: the mark of the issue."""
SOAK_S = 600


@dataclass(frozen=True)
class Run:
    """One run. `rows` are locust's, by request name, with "Aggregated" the last; `memory` in MB over the time."""

    stack: str
    scene: str
    patients: int
    seconds: int
    machine: str
    day: str
    rows: Sequence[Mapping[str, str]]
    memory: Mapping[str, Sequence[float]]

    @property
    def key(self) -> str:
        """By which its place in the page is found: a soak stands beside a short run."""
        return f"{self.stack} {self.scene}{' soak' if self.seconds > SOAK_S else ''}"

    @property
    def total(self) -> Mapping[str, str]:
        return self.rows[-1]


def text_of(run: Run) -> str:
    """The heading, the table, and the memory."""
    lines = [
        f"### {run.stack}, {run.scene}: {run.patients:,} patients, {run.seconds} s",
        f"{run.day}, {run.machine}; locust on the same machine.",
        "",
        "| request | n | failed | a second | p50 ms | p95 ms | p99 ms |",
        "| --- | --: | --: | --: | --: | --: | --: |",
        *map(_line, run.rows),
        "",
        *_verdict(run),
        *_memory(run),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Mapping[str, str]) -> str:
    name = "all" if row["Name"] == "Aggregated" else row["Name"]
    count, failed, rate = int(row["Request Count"]), int(row["Failure Count"]), float(row["Requests/s"])
    return f"| {name} | {count:,} | {failed:,} | {rate:.1f} | {row['50%']} | {row['95%']} | {row['99%']} |"


def _p99(row: Mapping[str, str]) -> float:
    return float(row["99%"])


def _verdict(run: Run) -> Iterable[str]:
    if run.patients >= MARK_PATIENTS:
        yield f"The mark is p99 under {MARK_MS} ms: **{'met' if _p99(run.total) < MARK_MS else 'not met'}**."


def _memory(run: Run) -> Iterable[str]:
    for name, seen in run.memory.items():
        if seen:
            tenth = max(1, len(seen) // 10)
            first, last = sum(seen[:tenth]) / tenth, sum(seen[-tenth:]) / tenth
            span = f"{first:.0f} MB in the first tenth, {last:.0f} MB in the last, {max(seen):.0f} MB at most"
            moments = f"; {_at_moments(seen, run.seconds)}" if run.seconds > SOAK_S else ""
            yield f"Memory of {name}: {span}{moments}."


def _at_moments(seen: Sequence[float], seconds: int) -> str:
    """At the beginning, at each third and at the end; looks are equally far apart."""
    moments = [(seconds * third // 180, seen[(len(seen) - 1) * third // 3]) for third in range(4)]
    return ", ".join(f"{mb:.0f} after {minutes} min" for minutes, mb in moments)


def with_run(page: str, key: str, text: str) -> str:
    """The page with that run's part put in place of the one before. Raises ValueError if it has no room for it."""
    begin, end = f"<!-- {key} -->", f"<!-- end of {key} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"no {begin} in the page")
    return pattern.sub(lambda _: f"{begin}\n{text}{end}", page)
