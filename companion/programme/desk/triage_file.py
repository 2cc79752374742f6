"""The first questions and hours of the desk, as they come with the product."""

from pathlib import Path

from companion.programme.desk.triage import triage_of

SHIPPED = Path(__file__).with_name("triage.toml")
TRIAGE = triage_of(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
