"""Wapiti walks the pages as each role and tries every form; sqlmap goes for a handful of parameters."""

import json
import time
from pathlib import Path

from tests.attack.outcome import Finding, Outcome
from tests.attack.scratch import ROLES, Target
from tests.attack.tools import Tool

WAPITI, SQLMAP = Tool("wapiti3", "wapiti"), Tool("sqlmap", "sqlmap")
MODULES = "sql,timesql,xss,permanentxss,exec,file,redirect,crlf,csp,http_headers,cookieflags,csrf,methods"
"""All that stay on this machine: `ssrf` and `xxe` wait for calls at a server of wapiti's makers."""
LEFT_ALONE = ("/sign-out", "/account/sessions*", "/account/password*", "/static/*", "/api/*")
"""What would sign the attacker out, or is not a page."""
SCAN_S, ATTACK_S, WHOLE_S = 30, 6, 180

PARAMETERS = (
    ("admin", "/people?q=li&role=patient&state=here&page=1", "q,role,state,page"),
    (
        "admin",
        "/clinic/audit?who=a&patient=b&kind=c&from=2026-01-01&to=2026-12-31&before=10",
        "who,patient,kind,from,to,before",
    ),
    ("admin", "/clinic/audit/reads?who=a&patient=b&kind=c&before=10", "who,patient,kind,before"),
    ("doctor", "/doctor/tasks?kind=adherence_review&whose=all&page=1", "kind,whose,page"),
    ("patient", "/readings?days=14&part=all", "days,part"),
    (None, "/sign-in", "login,password"),
)
"""As whom, where, and which parameters."""
SQLMAP_S = 120
INJECTABLE = "identified the following injection point"


def wapiti(target: Target, folder: Path) -> list[Outcome]:
    """One walk for each role, and one for nobody."""
    return [_walk(target, folder, role) for role in (None, *ROLES)]


def _walk(target: Target, folder: Path, role: str | None) -> Outcome:
    began = time.monotonic()
    report = folder / f"wapiti-{role}.json"
    left_alone = [part for path in LEFT_ALONE for part in ("-x", f"{target.url}{path}")]
    shown = ["-H", f"Cookie: {target.with_form_token(role)['Cookie']}"] if role else []
    ended = WAPITI.run(
        ["-u", f"{target.url}/", "--scope", "folder", *shown, *left_alone, "-m", MODULES, "-f", "json",
         "-o", str(report), "--max-scan-time", str(SCAN_S), "--max-attack-time", str(ATTACK_S), "--flush-session",
         "--no-bugreport", "--store-session", str(folder / "wapiti"), "-v", "0"],
        seconds=WHOLE_S, folder=folder,
    )  # fmt: skip
    (folder / f"wapiti-{role}.txt").write_text(ended.said, encoding="utf-8")
    findings = [*_vulnerabilities(report), *target.broken_since("wapiti3")]
    what = f"pages as {role or 'nobody'}"
    note = ended.note or _walked(report)
    return Outcome("wapiti3", WAPITI.version, what, time.monotonic() - began, tuple(findings), note)


def _walked(report: Path) -> str:
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"infos": {}}
    return f"{told['infos'].get('crawled_pages_nbr', 0)} pages and forms"


def _vulnerabilities(report: Path) -> list[Finding]:
    if not report.exists():
        return [Finding("wapiti3", "no report", report.name)]
    told = json.loads(report.read_text(encoding="utf-8"))
    return sorted(
        {
            Finding("wapiti3", rule, f"{one['method']} {one['path']}")
            for kind in ("vulnerabilities", "anomalies")
            for rule, found in told[kind].items()
            for one in found
        }
    )


def sqlmap(target: Target, folder: Path) -> list[Outcome]:
    """Each handful of parameters, each bounded in time. The scratch service is on SQLite; SQL is put together the same
    way on PostgreSQL."""
    return [_inject(target, folder, *parameters) for parameters in PARAMETERS]


def _inject(target: Target, folder: Path, role: str | None, path: str, names: str) -> Outcome:
    began = time.monotonic()
    shown = ["--cookie", target.cookies_of(role)] if role else ["--data", "login=a&password=b&csrf_token=", *_CSRF]
    ended = SQLMAP.run(
        ["-u", f"{target.url}{path}", "-p", names, *shown, "--batch", "--dbms", "SQLite", "--level", "2",
         "--risk", "1", "--flush-session", "--disable-coloring", "--output-dir", str(folder / "sqlmap")],
        seconds=SQLMAP_S, folder=folder,
    )  # fmt: skip
    (folder / f"sqlmap-{path.partition('?')[0].strip('/').replace('/', '-')}.txt").write_text(ended.said)
    where = f"{path.partition('?')[0]} ({names})"
    injected = [Finding("sqlmap", "injectable", where)] if INJECTABLE in ended.said else []
    findings = (*injected, *target.broken_since("sqlmap"))
    return Outcome("sqlmap", SQLMAP.version, where, time.monotonic() - began, findings, ended.note)


_CSRF = ("--csrf-token", "csrf_token", "--method", "POST")
