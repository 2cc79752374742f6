"""What stands in deploy/monitoring: alerts, a dashboard and runbooks that speak of metrics there really are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import insert

from companion.care.anchors import anchor_daily
from companion.care.audit import note
from companion.care.audit_checkups import check_daily
from companion.care.backup_notes import BackupMade
from companion.db import writing
from companion.devices.models import RefusedBatch
from companion.jobs import beat
from companion.messages.models import DeliveryState
from tests.messages.mail_room import put
from tests.web.loop.house import House
from tests.web.loop.test_gauges import add_hub

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
NAME = re.compile(r"\bcompanion_\w+")


def rules() -> list[dict[str, Any]]:
    found = YAML(typ="safe").load(MONITORING / "alerts.yaml")
    return [rule for group in found["groups"] for rule in group["rules"]]


def queries() -> Iterator[str]:
    """Of every panel of the dashboard."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def promtool(*arguments: str) -> str:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("Debian's package prometheus is not here")
    run = subprocess.run([tool, *arguments], cwd=MONITORING, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The name of every sample that a house tells in which everything has happened once."""
    house = House(tmp_path_factory.mktemp("house"))
    put(house.engine, house.anna, house.now, DeliveryState.SENT)
    beat(house.engine, house.clock, lambda now: None)
    beat(house.engine, house.clock, lambda now: 1 / 0)  # type: ignore[arg-type, return-value]
    add_hub(house, "kitchen", 1)
    with writing(house.engine) as session:
        refused = RefusedBatch(patient_id=house.anna.id, code="device_unknown", reason="-", content=b"x", at=house.now)
        refused.content_sha256 = "0" * 64
        session.add(refused)
        backup = {"taken_at": house.now, "done_at": house.now, "file": "a", "bytes": 1, "sha256": "0" * 64}
        session.execute(insert(BackupMade), backup)
        note(session, actor="companion", action="test.act", now=house.now)
    anchor_daily(house.engine, house.settings.audit_anchor_key_file, None, house.now)
    check_daily(house.engine, [], house.now)
    page = house.app.test_client().get("/metrics").get_data(as_text=True)
    page += house.app.test_client().get("/metrics").get_data(as_text=True)  # the first answer is counted by now
    return set(re.findall(r"^(companion_\w+)", page, re.M)) | {"companion_failed_work_total"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_told(rule: dict[str, Any], told: set[str]) -> None:
    assert set(NAME.findall(rule["expr"])) <= told
    assert rule["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("query", list(queries()))
def test_a_panel_shows_what_is_told(query: str, told: set[str]) -> None:
    names = set(NAME.findall(query))

    assert names
    assert names <= told


def test_every_alert_has_its_section_among_the_runbooks_and_every_section_its_alert() -> None:
    page = (ROOT / "docs" / "runbooks.md").read_text("utf-8")
    sections = re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.M | re.S)

    assert [name for name, _ in sections] == [rule["alert"] for rule in rules()]
    for name, body in sections:
        assert "**For patients:**" in body, name
        assert "**Look" in body, name
        assert "**Over when:**" in body, name
    for rule in rules():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{rule['alert'].lower()}"


def test_prometheus_takes_the_rules_and_its_settings() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.yaml")
    assert "SUCCESS" in promtool("check", "config", "prometheus.yaml")


def test_the_alerts_come_when_they_should_and_only_then() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yaml")
