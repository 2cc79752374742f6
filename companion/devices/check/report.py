"""What a walk through the check-list found, to be kept and passed on: no reading, no serial number, no address."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from companion.clock import format_instant
from companion.devices.check.visit import Result, State
from companion.devices.radio.kinds import kind_of
from companion.devices.radio.link import Found


def as_json(
    results: Sequence[Result], found: Found | None, machine: Mapping[str, str], made_at: datetime
) -> dict[str, Any]:
    """`machine`: versions, the system, the radio."""
    return {
        "made_at": format_instant(made_at),
        "machine": dict(machine),
        "device": {"kind": kind_of(found), "name": without_digits(found.name)} if found else None,
        "passed": _how_many(results, State.PASSED),
        "failed": _how_many(results, State.FAILED),
        "skipped": _how_many(results, State.SKIPPED),
        "steps": [
            {"step": result.step, "state": result.state.value, "said": result.said, "facts": result.facts}
            for result in results
        ],
    }


def as_text(report: Mapping[str, Any]) -> str:
    """The same for people, a line a step."""
    device = report["device"]
    machine = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    lines = [
        f"companion devices check, {report['made_at']}",
        machine,
        f"device: {device['kind']} {device['name']}" if device else "device: none was heard",
        "",
        *(_line(step) for step in report["steps"]),
        "",
        f"{report['passed']} passed, {report['failed']} failed, {report['skipped']} skipped",
    ]
    return "\n".join(lines) + "\n"


def _line(step: Mapping[str, Any]) -> str:
    facts = ", ".join(f"{name}={value}" for name, value in step["facts"].items() if value not in (None, ""))
    return f"{step['state']:8} {step['step']:13} {step['said']}" + (f" [{facts}]" if facts else "")


def _how_many(results: Sequence[Result], state: State) -> int:
    return sum(result.state is state for result in results)


def without_digits(name: str) -> str:
    """Many devices have their serial number in their name."""
    return re.sub(r"\d", "#", name)
