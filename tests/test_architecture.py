"""House rules, held by reading the source: imports go down, decisions are pure, the outside has one door each."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import companion.migrations  # noqa: F401 — every model is known then
from companion.db import Base

ROOT = Path(__file__).parents[1]

# From the bottom up. A module may import its own package and any layer below; packages that share a layer
# never import each other.
LAYERS: list[set[str]] = [
    {"errors", "crash_points", "key_files"},
    {"clock", "i18n", "logs", "originals", "rates", "settings", "splitting", "tokens", "typeset", "write_turns"},
    {"comparing", "counters", "db"},
    {"group_commit", "many_rows", "sealing"},
    {"care", "readings"},
    {"messages"},
    {"devices", "reminders", "advice", "programme"},
    {"approved"},
    {"apart", "arrivals", "compose", "doctors_told", "fhir", "gather", "linking", "panel", "replies", "waiting"},
    {"sheets", "supplying", "urgency"},
    {"answered_call", "corrections", "ending", "flows", "pushed_back"},
    {"erasing", "exporting", "imported", "kpi", "retention", "sent", "ways_set_up"},
    {"recognised"},
    {"services"},
    {"hub", "jobs"},
    {"web"},
    {"migrations"},
    {"backups"},
    {"benches"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# Decisions: no I/O, no ORM, no clock. Folders end in a slash.
PURE = (
    "advice/alarms/episodes.py", "advice/alarms/instruction_rules.py", "advice/alarms/ketones.py",
    "advice/alarms/urgent.py", "advice/assessing/", "advice/deciding/acts.py", "advice/deciding/bounds.py",
    "advice/deciding/decision_codes.py", "advice/deciding/telling.py", "advice/deciding/what_changed.py",
    "advice/grammar/cited_numbers.py", "advice/grammar/compiling.py", "advice/grammar/conditions.py",
    "advice/grammar/file_table.py", "advice/grammar/functions.py", "advice/grammar/may_run.py",
    "advice/grammar/protocol.py", "advice/grammar/protocol_file.py", "advice/grammar/rule_file.py",
    "advice/grammar/vocabulary.py", "advice/quality/rule_quality.py", "advice/signed/plan_terms.py",
    "advice/taking_back/withdrawal_rules.py", "backups/manifest.py", "backups/reading_lines.py",
    "care/audit_chain.py", "care/consent_texts.py", "care/data_consent_texts.py", "care/emergency.py",
    "care/medicine_names.py", "care/quiet_hours.py", "care/report_kinds.py", "care/standing_in.py",
    "care/task_turns.py", "care/teach_back.py", "care/wall_hours.py", "comparing.py", "devices/check/report.py",
    "devices/profiles/",
    "devices/quirk_table.py", "devices/quirks.py", "devices/radio/bluez_errors.py", "devices/radio/browser_order.py",
    "devices/radio/kinds.py", "devices/radio/naming.py", "devices/radio/oddities.py", "devices/radio/pairing.py",
    "devices/radio/record_kinds.py", "devices/radio/selection.py", "devices/radio/troubles.py", "devices/records/",
    "devices/uploads/", "erasing/plan.py", "fhir/", "hub/bodies.py", "hub/moment.py", "hub/parts.py", "hub/rests.py",
    "hub/verdict.py", "imported/conditions.py", "imported/contradictions.py", "imported/known.py", "imported/labs.py",
    "imported/medicines.py", "imported/moments.py", "imported/observed.py", "imported/report_fhir.py",
    "imported/report_table.py", "imported/report_told.py", "imported/resources.py", "imported/sorting.py",
    "imported/told.py", "kpi/control.py", "kpi/figures.py", "kpi/hiding.py", "kpi/satisfaction.py", "kpi/spans.py",
    "messages/channels/twilio_codes.py", "messages/channels/wechat_heard.py", "messages/channels/wechat_templates.py",
    "messages/courtesy.py", "messages/delivery_state.py", "messages/outcomes.py", "messages/public_numbers.py",
    "messages/push_subscription.py", "messages/routing.py", "messages/segments.py", "messages/topics.py",
    "messages/wording/", "panel/control.py", "panel/standing.py", "panel/trend.py", "programme/amount_words.py",
    "programme/board/made_up_names.py", "programme/board/screening.py",
    "programme/care_plans/plan_rules.py", "programme/demand/", "programme/desk/expected_wait.py",
    "programme/desk/hours.py", "programme/desk/specialties.py", "programme/desk/triage.py",
    "programme/figures/definitions.py",
    "programme/guides/compared.py", "programme/guides/kinds.py", "programme/guides/languages.py",
    "programme/guides/markdown.py", "programme/orders/comparing.py", "programme/orders/consent_texts.py",
    "programme/orders/handing_rules.py", "programme/orders/order_life.py", "programme/orders/price_file.py",
    "programme/orders/promises.py", "programme/orders/signing.py", "programme/orders/urgent_kinds.py",
    "programme/outreach/tip_effect.py", "programme/outreach/tips.py", "programme/points/quizzes.py",
    "programme/points/rules.py", "programme/questionnaires/answers.py", "programme/questionnaires/fhir_response.py",
    "programme/questionnaires/questions.py", "programme/questionnaires/result.py", "programme/red_flag_words.py",
    "programme/red_flags.py", "programme/segments/backtest.py",
    "programme/segments/definitions.py", "programme/segments/placing.py", "programme/segments/taking.py",
    "programme/segments/trend.py",
    "programme/surveys/experiment_result.py", "programme/traits.py", "rates.py", "readings/batch.py",
    "readings/blood_pressure_average.py", "readings/columns.py", "readings/corrected.py", "readings/coverage.py",
    "readings/days.py", "readings/digest.py", "readings/doubts.py", "readings/glucose_episodes.py",
    "readings/glucose_metrics.py",
    "readings/glucose_trace.py", "readings/glucose_values.py", "readings/glucose_variability.py",
    "readings/home_methods.py", "readings/identity.py", "readings/influx_lines.py", "readings/influx_url.py",
    "readings/mage.py", "readings/many_numbers.py", "readings/meal_slots.py", "readings/packed_days.py",
    "readings/pressure_quality.py", "readings/profile.py", "readings/reading.py", "readings/same.py",
    "readings/sensor_report.py", "readings/units.py", "readings/values.py", "reminders/adherence.py",
    "reminders/calendar_text.py",
    "reminders/doses/change_replies.py", "reminders/doses/dose_life.py", "reminders/doses/dose_state.py",
    "reminders/doses/replies.py", "reminders/effect/arms.py", "reminders/effect/effect.py",
    "reminders/schedules/after_intake.py", "reminders/schedules/plain_words.py", "reminders/schedules/rule.py",
    "reminders/schedules/rule_fields.py", "reminders/schedules/rule_json.py", "reminders/schedules/spacing.py",
    "reminders/schedules/timetable.py", "reminders/supply/fills.py", "reminders/supply/stock.py",
    "reminders/telling/escalation.py", "reminders/telling/nagging.py", "retention/levels.py", "retention/plan.py",
    "splitting.py",
    "web/charting/chart_parts.py", "web/charting/chart_words.py", "web/charting/charts.py",
    "web/charting/condensing.py", "web/charting/day_charts.py", "web/charting/one_unit.py",
    "web/charting/shown_glucose.py",
    "web/charting/trends.py", "web/charting/verdicts.py", "web/door/ceremonies.py", "web/door/code_app.py",
    "web/for_doctors/checks.py", "web/for_doctors/panel_order.py", "web/for_doctors/queue_order.py",
    "web/programme/figure_cells.py", "web/report/day_log.py",
)  # fmt: skip
IMPURE_IMPORTS = {
    "sqlalchemy", "flask", "requests", "socket", "os", "subprocess", "asyncio", "threading", "time", "logging",
    "bleak", "twilio", "apscheduler", "structlog", "pathlib", "companion.db", "companion.settings",
}  # fmt: skip

ONLY_IMPORTER = {
    "bleak": {"companion/devices/radio/bleak_radio.py"},
    "dbus_fast": {"companion/devices/radio/bluez_agent.py"},
    "twilio": {"companion/messages/channels/twilio_client.py"},
    "boto3": {"companion/sealing/kms.py"},
    "botocore": {"companion/sealing/kms.py"},
    "weasyprint": {"companion/typeset/child.py"},
    "pywebpush": {"companion/messages/channels/web_push.py"},
    "apprise": {"companion/messages/channels/apprise.py"},
    "influxdb_client": {"companion/readings/influx_server.py"},
    "numpy": {"companion/readings/many_numbers.py"},
    "apscheduler": {"companion/jobs.py"},
    "gunicorn": {"companion/web/serving.py"},
    "prometheus_client": {"companion/counters.py", "companion/web/for_clinic/exposition.py"},
    "pyrage": {"companion/backups/age_files.py"},
    "jwt": {"companion/web/records/cds_clients.py"},
    "webauthn": {"companion/web/door/ceremonies.py"},
    "pyotp": {"companion/web/door/code_app.py"},
    "segno": {"companion/web/scanned.py"},
    "urllib3": {
        "companion/hub/service.py",
        "companion/messages/channels/push_http.py",
        "companion/messages/channels/twilio_client.py",
        "companion/messages/channels/web_push.py",
        "companion/messages/channels/wechat_api.py",
        "companion/readings/influx_server.py",
    },
}
# `companion bench` runs what it compares with: a scheduler, a bare client, virtual devices.
BENCHES = {path.relative_to(ROOT).as_posix() for path in (ROOT / "companion" / "benches").glob("*.py")}


def python_files(*folders: str) -> list[Path]:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert files, folders
    return sorted(files)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imported_names(path: Path) -> frozenset[str]:
    """Every absolute module name the file imports, at any depth; `from a import b` counts as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def part_of(module: str) -> str | None:
    """companion.care.people → care; None for what is not ours or is the bare package."""
    pieces = module.split(".")
    return pieces[1] if pieces[0] == "companion" and len(pieces) > 1 and pieces[1] in LEVEL else None


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_down_and_never_sideways() -> None:
    wrong = {relative(path): names for path in python_files("companion") if (names := not_below(path))}

    assert wrong == {}


def not_below(path: Path) -> list[str]:
    """What the file imports of parts that are not below its own."""
    own = path.relative_to(ROOT / "companion").parts[0].removesuffix(".py")
    if own == "__init__":
        return sorted(imported_names(path))
    others = {name: part_of(name) for name in imported_names(path)}
    return sorted(name for name, other in others.items() if other and other != own and LEVEL[other] >= LEVEL[own])


def test_every_module_has_a_layer() -> None:
    found = {path.relative_to(ROOT / "companion").parts[0].removesuffix(".py") for path in python_files("companion")}

    assert found - {"__init__"} <= set(LEVEL)


def test_no_import_cycle_between_modules() -> None:
    graph = {}
    modules = {
        relative(p).removesuffix(".py").removesuffix("/__init__").replace("/", "."): p
        for p in python_files("companion")
    }
    for module, path in modules.items():
        graph[module] = {name for name in imported_names(path) if name in modules and name != module} - {"companion"}

    state: dict[str, str] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert state.get(module) != "open", " → ".join([*trail, module])
        if state.get(module) == "done":
            return
        state[module] = "open"
        for other in graph[module]:
            # A package's __init__ is imported by its own modules without being used.
            if not module.startswith(other + "."):
                visit(other, (*trail, module))
        state[module] = "done"

    for module in graph:
        visit(module, ())


def pure_files() -> list[Path]:
    return [
        p
        for p in python_files("companion")
        if any(p.relative_to(ROOT / "companion").as_posix().startswith(entry) for entry in PURE)
    ]


def test_decisions_do_no_io_and_read_no_clock() -> None:
    files = pure_files()
    wrong = {relative(path): found for path in files if (found := not_pure(path))}

    assert len(files) > len(PURE)
    assert wrong == {}


def not_pure(path: Path) -> list[str]:
    """What the file does with the outside: imports, and calls of a clock or of a file."""
    names = imported_names(path)
    nodes = list(ast.walk(parsed(path)))
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & {"now", "utcnow", "today", "system_clock"}
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} & {"open"}
    outside = {n for n in names if n in IMPURE_IMPORTS or n.split(".")[0] in IMPURE_IMPORTS - {"companion"}}
    return sorted(outside | read | called)


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_each_door_to_the_outside_has_one_module(library: str) -> None:
    importers = {
        relative(p)
        for p in python_files("companion")
        if any(name == library or name.startswith(library + ".") for name in imported_names(p))
    }

    assert importers - BENCHES <= ONLY_IMPORTER[library]


def test_only_the_clock_reads_the_system_clock() -> None:
    for path in python_files("companion"):
        if relative(path) in {"companion/clock.py"} | BENCHES:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                base = ast.unparse(node.value)
                assert base.split(".")[-1] not in {"datetime", "date", "dt"}, f"{relative(path)}:{node.lineno}"


def test_only_settings_reads_the_environment() -> None:
    for path in python_files("companion"):
        if relative(path) != "companion/settings.py":
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                    assert ast.unparse(node.value) != "os", f"{relative(path)}:{node.lineno}"


def test_the_mocks_share_no_code_with_the_product_and_only_the_demo_starts_them() -> None:
    for path in python_files("firmware_mocks"):
        assert not {n for n in imported_names(path) if n.split(".")[0] == "companion"}, relative(path)
    importers = {
        relative(p)
        for p in python_files("companion")
        if any(n.split(".")[0] == "firmware_mocks" for n in imported_names(p))
    }
    assert importers - BENCHES <= {"companion/cli/demo.py"}


def test_only_the_review_and_the_doctors_editor_change_a_regimen() -> None:
    callers = set()
    for path in python_files("companion"):
        for node in ast.walk(parsed(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", "")) in {"revise", "RegimenRevision"}:
                callers.add(relative(path))

    assert callers - BENCHES <= {
        "companion/care/regimens.py",
        "companion/advice/deciding/concluding.py",
        "companion/advice/taking_back/withdrawing.py",
        "companion/web/for_doctors/clinic.py",
        "companion/cli/regimen.py",
        "companion/cli/demo_story.py",  # in the name of its visibly demo doctor
    }


def advice_tables() -> set[str]:
    """What the models of advice are kept in."""
    found: set[str] = set()
    for path in python_files("companion/advice"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == ["__tablename__"]:
                assert isinstance(node.value, ast.Constant)
                found.add(str(node.value.value))
    return found


COMMERCIAL = (
    "order_line", "order_event", "medicine_order", "pharmacy", "price", "point", "coupon", "demand", "tip_", "survey",
    "experiment", "supply",
)  # fmt: skip
"""How the tables of what is ordered, paid, given and sent begin."""


def test_nothing_of_the_programme_or_of_supply_touches_advice_and_advice_nothing_of_them() -> None:
    tables = advice_tables()
    assert "suggestion" in tables

    for path in python_files("companion/programme", "companion/supplying", "companion/reminders/supply"):
        assert not {name for name in imported_names(path) if part_of(name) == "advice"}, relative(path)
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "select" in node.value.lower():
                assert not tables & set(re.findall(r"\w+", node.value.lower())), f"{relative(path)}:{node.lineno}"
    for path in python_files("companion/advice"):
        assert "programme" not in path.read_text("utf-8"), relative(path)
        assert not {name for name in imported_names(path) if part_of(name) in {"programme", "supplying"}}
        assert not {name for name in imported_names(path) if name.startswith("companion.reminders.supply")}


def test_no_key_of_the_database_leads_from_what_is_sold_to_advice_or_back() -> None:
    advice, tables = advice_tables(), Base.metadata.tables
    commercial = {name for name in tables if name.startswith(COMMERCIAL)}
    assert len(commercial) > 15

    for name, table in tables.items():
        leads_to = {key.column.table.name for key in table.foreign_keys}
        if name in commercial:
            assert not leads_to & advice, name
        if name in advice:
            assert not leads_to & commercial, name
