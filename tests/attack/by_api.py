"""Schemathesis: the API called by its own description, as nobody, as each role, and as a hub."""

import time
from pathlib import Path
from xml.etree import ElementTree

from tests.attack.outcome import Finding, Outcome
from tests.attack.scratch import ROLES, Target
from tests.attack.tools import Ended, Tool

SCHEMATHESIS = Tool("schemathesis", "schemathesis")
SEED = "20261123"
MOST_S = 240


PHASES = "examples,coverage,fuzzing,stateful"


def schemathesis(target: Target, folder: Path, *, examples: int, phases: str = PHASES) -> list[Outcome]:
    """One run for each who may call, each bounded in time."""
    return [_run(target, folder, caller, headers, examples, phases) for caller, headers in _callers(target).items()]


def _callers(target: Target) -> dict[str, dict[str, str]]:
    """Who calls, and the headers that show it."""
    known = {role: target.with_form_token(role) for role in ROLES}
    return {"nobody": {}, **known, "hub": {"Authorization": f"Bearer {target.hub_token()}"}}


def _run(target: Target, folder: Path, caller: str, headers: dict[str, str], examples: int, phases: str) -> Outcome:
    began = time.monotonic()
    report = folder / f"schemathesis-{caller}.xml"
    report.unlink(missing_ok=True)
    shown = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    ended = SCHEMATHESIS.run(
        ["run", f"{target.url}/api/v1/openapi.json", *shown, "--max-examples", str(examples), "--seed", SEED,
         "--phases", phases, "--continue-on-failure", "--generation-deterministic", "--report-junit-path", str(report)],
        seconds=MOST_S, folder=folder,
    )  # fmt: skip
    report.with_suffix(".txt").write_text(ended.said, encoding="utf-8")
    findings = (*_failures(report, ended), *target.broken_since("schemathesis"))
    return Outcome(
        "schemathesis",
        SCHEMATHESIS.version,
        f"/api/v1/openapi.json as {caller}, {examples} examples",
        time.monotonic() - began,
        findings,
        ended.note,
    )


def _failures(report: Path, ended: Ended) -> list[Finding]:
    """Each failed check of each operation, by its code (`st explain ST202` says what it is).

    The report is written at the end: a run that was stopped has none.
    """
    if ended.code is None:
        return []
    if not report.exists():
        return [Finding("schemathesis", "no report", report.name)]
    found = {
        Finding("schemathesis", code, case.get("name") or "")
        for case in ElementTree.parse(report).iter("testcase")
        for kind in ("failure", "error")
        for failure in case.iter(kind)
        for code in (failure.get("message") or "failed").split(", ")
    }
    return sorted(found)
