"""`docs/protocols.md` tells the grammar as it is: every table, key, function and name, and no other."""

import re
from pathlib import Path

import pytest

import companion
from companion.advice.assessing import inputs
from companion.advice.assessing.case import FLAGS
from companion.advice.grammar import registry
from companion.advice.grammar.functions import FUNCTIONS
from companion.advice.grammar.protocol_file import parse
from companion.advice.grammar.vocabulary import COLLECTED, VOCABULARY

PAGE = (Path(__file__).parents[2] / "docs/protocols.md").read_text(encoding="utf-8")
FOLDER = Path(companion.__file__).parent / "advice" / "protocols"


def rows(first: str) -> dict[str, list[str]]:
    """The rows of the table whose first column is called `first`."""
    table = PAGE.split(f"| {first} |", 1)[1].split("\n\n", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_name_is_told_with_its_kind_and_meaning() -> None:
    assert rows("name") == {name: [known.kind, known.means] for name, known in VOCABULARY.items()}


def test_every_function_is_told_with_what_it_takes_and_gives() -> None:
    told = {name: row[:2] for name, row in rows("function").items()}

    assert told == {name: [", ".join(known.takes), known.gives] for name, known in FUNCTIONS.items()}


def test_every_name_can_be_looked_up() -> None:
    assert set(inputs.LOOK_UP) | FLAGS | set(COLLECTED) == set(VOCABULARY)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_every_key_that_a_file_uses_is_told(file: Path) -> None:
    keys = set(re.findall(r"^(\w+) = ", file.read_text(encoding="utf-8"), re.MULTILINE))
    tables = set(re.findall(r"^\[+(\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))

    sources = set(parse(file.read_text(encoding="utf-8"), file.name).sources)
    assert {key for key in keys - sources if f"`{key}`" not in PAGE} == set()
    assert {table for table in tables if f"[{table}" not in PAGE} == set()


def test_fourteen_protocols_and_six_of_them_switched_off() -> None:
    protocols = registry.load().protocols.values()

    assert len(protocols) == 14
    assert sorted(each.id for each in protocols if not each.is_enabled) == [
        "basal.atlantus_alg1",
        "basal.cn_3to5d",
        "basal.edition_weekly",
        "basal.insight_1u_daily",
        "bp.thiazide_like",
        "prandial.single_meal",
    ]
