"""What a day costs a patient, and what breaks first in a larger clinic. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

SIZES = (1_000, 10_000, 100_000, 1_000_000)
STEP_S = 600
"""A beat of the lived day stands for so many seconds of beats."""
PROVIDER_S = 0.15
"""From a text to the provider's yes: an assumption, like those of docs/scaling.md."""
PAGES_CPU_S = 0.03
"""Processor time of the two pages around an answer or a value, at 15 ms each: the mark of `companion bench pages`."""
CORES = 2
ROOM_GB = 100
"""Of a small machine's disk, for five years."""
YEARS_DAYS = 5 * 365


@dataclass(frozen=True)
class Lived:
    """A day with so many patients. `spent` and `busiest`: processor seconds by kind, of the day and of its busiest
    ten minutes. `grown`: bytes of the database."""

    patients: int
    spent: Mapping[str, float]
    busiest: Mapping[str, float]
    grown: int
    messages: int

    def a_patient(self, what: str) -> float:
        """Processor seconds of a day."""
        return self.spent[what] / self.patients


def text_of(lived: Lived, machine: str, day: str) -> str:
    """The costs of a patient, and the table by size."""
    lines = [
        f"Lived with {lived.patients:,} patients, {day}, {machine}; {_scaled(lived)}",
        "",
        "| a patient and day | |",
        "| --- | --: |",
        f"| jobs, processor | {1000 * lived.a_patient('beats'):.1f} ms |",
        f"| answers, processor | {1000 * lived.a_patient('answers'):.1f} ms |",
        f"| values, processor | {1000 * lived.a_patient('values'):.1f} ms |",
        f"| database | {lived.grown / lived.patients / 1000:.1f} kB |",
        f"| messages | {lived.messages / lived.patients:.1f} |",
        "",
        "| patients | jobs, busiest | people, busiest | texts | disk, five years | first to break |",
        "| --: | --: | --: | --: | --: | --- |",
        *(_line(lived, size) for size in SIZES),
    ]
    return "\n".join(lines) + "\n"


def loads(lived: Lived, size: int) -> dict[str, float]:
    """How much of what there is a clinic of that size takes, by what it takes it of: 1 is all of it."""
    times = size / lived.patients
    people = max(lived.busiest["answers"], lived.busiest["values"]) * times + PAGES_CPU_S * size
    return {
        "jobs": lived.busiest["beats"] * times / STEP_S,
        "pages and answers": people / (STEP_S * CORES),
        "one provider, one text after the other": size * PROVIDER_S / STEP_S,
        "disk": lived.grown * times * YEARS_DAYS / (ROOM_GB * 10**9),
    }


def first_to_break(lived: Lived, size: int) -> str:
    """What is taken most of, if all of it and more is taken."""
    share, name = max((share, name) for name, share in loads(lived, size).items())
    return f"{name} ({share:.1f} times what there is)" if share > 1 else f"nothing ({name}: {share:.0%})"


def _line(lived: Lived, size: int) -> str:
    share = loads(lived, size)
    cells = [f"{share['jobs']:.1%}", f"{share['pages and answers']:.1%}"]
    cells += [f"{share['one provider, one text after the other']:.1%}", f"{share['disk']:.1%} of {ROOM_GB} GB"]
    return f"| {size:,} | {' | '.join(cells)} | {first_to_break(lived, size)} |"


def _scaled(lived: Lived) -> str:
    larger = [f"{size:,}" for size in SIZES if size != lived.patients]
    return f"{', '.join(larger)} are that day, multiplied."
