"""Attacks that read instead of asking: bandit on our source, pip-audit on what it runs on."""

import json
import time
from pathlib import Path

from tests.attack.outcome import Finding, Outcome
from tests.attack.tools import ROOT, Ended, Tool

BANDIT, PIP_AUDIT = Tool("bandit", "bandit"), Tool("pip-audit", "pip-audit")
MOST_S = 240
NOT_CHECKED = "not checked: the advisory service did not answer"


def bandit(folder: Path) -> Outcome:
    """Everything that bandit has to say of the package, of any severity."""
    began = time.monotonic()
    report = folder / "bandit.json"
    BANDIT.run(["-q", "-r", "companion", "-f", "json", "-o", str(report)], seconds=MOST_S, folder=ROOT)
    results = json.loads(report.read_text(encoding="utf-8"))["results"]
    findings = {Finding("bandit", one["test_id"], one["filename"].removeprefix("./")) for one in results}
    return Outcome("bandit", BANDIT.version, "companion/", time.monotonic() - began, tuple(sorted(findings)))


def pip_audit(folder: Path) -> Outcome:
    """Every pinned library of the service, with those that it needs."""
    began = time.monotonic()
    report = folder / "pip-audit.json"
    asked = ["-r", str(ROOT / "requirements.txt"), "--no-deps", "--disable-pip", "-f", "json", "-o", str(report)]
    ended = PIP_AUDIT.run([*asked, "--progress-spinner", "off", "--timeout", "10"], seconds=MOST_S, folder=folder)
    note, findings = _advisories(ended, report)
    return Outcome(
        "pip-audit", PIP_AUDIT.version, "requirements.txt", time.monotonic() - began, tuple(sorted(findings)), note
    )


def _advisories(ended: Ended, report: Path) -> tuple[str, set[Finding]]:
    if ended.code not in (0, 1) or not report.exists():
        return NOT_CHECKED, set()
    asked = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    skipped = [one["name"] for one in asked if "skip_reason" in one]
    found = {
        Finding("pip-audit", known["id"], f"{one['name']}=={one['version']}")
        for one in asked
        for known in one.get("vulns", ())
    }
    return (f"not checked: {', '.join(skipped)}" if skipped else f"{len(asked)} libraries"), found
