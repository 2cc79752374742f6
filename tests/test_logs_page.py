"""Every line that the service logs stands on the page that says what is logged."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/logs.md").read_text("utf-8")
LOGGED = re.compile(r'\blog\.(?:debug|info|warning|error|exception|critical)\(\s*"([^"]+)"')


def test_every_line_is_told() -> None:
    said = {line for path in (ROOT / "companion").rglob("*.py") for line in LOGGED.findall(path.read_text("utf-8"))}

    assert len(said) > 40
    assert {line for line in said if f"`{line}`" not in PAGE} == set()
