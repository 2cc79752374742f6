"""The security checklists name tests and files as evidence: each of them is there, and each line says how it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs/security").glob("*.md"))
NAMED = re.compile(r"`((?:tests|companion|deploy|docs)/[\w./-]+|requirements[\w.-]*\.txt|pyproject\.toml)(?:::(\w+))?`")
LINE = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([123]) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
STATES = {"met", "n/a", "open"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_as_evidence_exists(page: Path) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))

    missing = [path for path, _ in named if not (ROOT / path).exists()]

    assert named
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_as_evidence_exists(page: Path) -> None:
    named = [(path, test) for path, test in NAMED.findall(page.read_text(encoding="utf-8")) if test]

    missing = [f"{path}::{test}" for path, test in named if not _has(ROOT / path, test)]

    assert not missing


def test_every_line_of_the_standard_says_how_it_stands_and_why() -> None:
    page = (ROOT / "docs/security/asvs-5.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d+\.\d+\.\d+ \|", page, re.MULTILINE)

    lines = LINE.findall(page)

    assert len(lines) == len(rows)
    assert {state for _, _, state, _ in lines} == STATES
    assert len({number for number, *_ in lines}) == len(lines)


def _has(path: Path, test: str) -> bool:
    return re.search(rf"def {test}\b", path.read_text(encoding="utf-8")) is not None
