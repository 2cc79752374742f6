"""The quirk table: how a device finds its row, and that every row is written about."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from companion.devices.quirk_table import ROWS, quirks_of
from companion.devices.quirks import STANDARD, ClockPlace, ClockSetting, Quirks

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "devices"
ALL = (*ROWS, STANDARD)
PLAIN = Quirks(page="", title="", source="")
FACTS = [field.name for field in fields(Quirks) if field.name not in {"page", "title", "source", "makers", "names"}]


def by_page(row: Quirks) -> str:
    return row.page


def facts(row: Quirks) -> str:
    """What the row says beyond a device that keeps to its profile, as the pages write it."""
    told = [(name, getattr(row, name)) for name in FACTS if getattr(row, name) != getattr(PLAIN, name)]
    words = [
        f"`{name}`" if value is True else f"no `{name}`" if value is False else f"`{name} = {value.value}`"
        for name, value in told
    ]
    return ", ".join(words) or "nothing: it keeps to its profile"


@pytest.mark.parametrize(
    ("manufacturer", "model", "name", "page"),
    [
        ("Roche", "923", "meter+01234567", "accu-chek"),
        ("", "", "meter+01234567", "accu-chek"),
        ("Ascensia Diabetes Care", "7800", "Contour7830H0000000", "contour-next"),
        ("TaiDoc", "4272", "TAIDOC TD4272", "taidoc-fora"),
        ("", "DM30b", "", "taidoc-fora"),
        ("i-SENS", "CareSens Dual", "", "caresens"),
        ("A&D Medical", "UA-651BLE", "A&D_UA-651BLE_A1B2C3", "and"),
        ("OMRON HEALTHCARE", "HEM-9200T", "BLEsmart_0000", "omron"),
        ("OMRON HEALTHCARE", "HEM-7155T", "X4 Smart", "omron-x4-smart"),
        ("", "", "1872B", "medisana"),
        ("Beurer GmbH", "BM54", "BM54", "beurer"),
        ("", "", "SBM69", "silvercrest"),
        ("BOSCH + SOHN", "", "boso medicus CE6674", "boso"),
        ("Virtual Diagnostics", "GM-1", "Virtual meter", "standard"),
        ("", "", "", "standard"),
    ],
)
def test_a_device_finds_its_row_by_what_it_says_of_itself(manufacturer: str, model: str, name: str, page: str) -> None:
    assert quirks_of(manufacturer, model, name).page == page


@pytest.mark.parametrize("row", ROWS, ids=by_page)
def test_no_row_stands_in_the_shadow_of_one_above_it(row: Quirks) -> None:
    found = [quirks_of(maker, "") for maker in row.makers] + [quirks_of("", name.upper()) for name in row.names]

    assert found
    assert all(each is row for each in found)


def test_a_device_nobody_knows_is_left_as_it_is() -> None:
    assert STANDARD.clock_setting is ClockSetting.NEVER
    assert not STANDARD.deletes_what_it_sent


@pytest.mark.parametrize("row", ALL, ids=by_page)
def test_no_clock_is_set_that_nobody_can_vouch_for(row: Quirks) -> None:
    """A clock that is set where it cannot be read needs a command of its own maker."""
    if row.clock is ClockPlace.NONE:
        assert row.clock_setting in {ClockSetting.NEVER, ClockSetting.ISENS_COMMAND}


@pytest.mark.parametrize("row", ALL, ids=by_page)
def test_every_row_has_a_page_that_says_the_same(row: Quirks) -> None:
    page = (PAGES / f"{row.page}.md").read_text(encoding="utf-8")

    assert page.startswith(f"# {row.title}\n")
    assert f"- Source: {row.source}\n" in page
    assert f"- In the table: {facts(row)}\n" in page
    assert "Not tried on a real device here" in page
    assert re.findall(r"^## (.*)$", page, re.M) == [
        "Pair", "What it sends", "What companion does", "To check with a real one"
    ]  # fmt: skip
    assert "- [ ] " in page.split("## To check")[1]


def test_every_page_has_a_row_and_the_index_lists_them_in_their_order() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")

    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == {row.page for row in ALL}
    assert re.findall(r"^\| \[.*\]\((.*)\.md\) \| (.*) \|$", index, re.M) == [(row.page, facts(row)) for row in ALL]


def test_no_other_module_asks_for_a_maker_or_a_model() -> None:
    words = {word for row in ROWS for word in (*row.makers, *row.names)}
    for path in [*(ROOT / "companion" / "devices").glob("*.py"), *(ROOT / "companion" / "hub").rglob("*.py")]:
        if path.stem == "quirk_table":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
        asked = {
            str(part.value).lower()
            for node in compared
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        }
        assert not {text for text in asked for word in words if word in text}, path.name
