"""Files that could be read in two ways: each is refused with its file, its line and the reason."""

from pathlib import Path

import pytest

import companion
from companion.advice.grammar.protocol import Protocol
from companion.advice.grammar.protocol_file import parse
from companion.errors import BadInput

FOLDER = Path(companion.__file__).parent / "advice" / "protocols"
METFORMIN, PRESSURE, RAAS = "metformin.step.toml", "bp.step_generic.toml", "bp.raas_uptitrate.toml"
PRANDIAL, PREMIX, SULFONYLUREA = "prandial.single_meal.toml", "premix.bid.toml", "sulfonylurea.hypo_reduce.toml"


def text_of(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "reason", "line_of"),
    [
        (PRANDIAL, "enabled = false", "enabled = true", "unknown key why_disabled", ""),
        (PRANDIAL, "why_disabled", "because", "why_disabled is missing", ""),
        (PRANDIAL, "units = [1, 2]", "units = [2, 1]", "range of two", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", "units = [1, 2, 3]", "range of two", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", "units = [1]", "ascending numbers", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", "units = []", "ascending numbers", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", "units = [true, 2]", "range of two", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", 'units = ["1", 2]', "range of two", "[[rules]]"),
        (PRANDIAL, "units = [1, 2]", 'units = "1-2"', "not a number above zero", "[[rules]]"),
        (METFORMIN, "[limits.step] ", "[limits.daily2] ", "unknown limit 'daily2'", "[limits.daily2]"),
        (METFORMIN, "value = 500", "value = 501", "above the hard limit 500", "[limits.step]"),
        (METFORMIN, "value = 2000", "value = 2551", "above the hard limit 2550", "[limits.daily]"),
        (METFORMIN, "down_to = 1000", "down_to = 1000\nunits = 500", "the step of decrease is", "[[rules]]"),
        (METFORMIN, "down_to = 1000\nunit", "unit", "the step of decrease is", "[[rules]]"),
        (METFORMIN, 'down_to = 1000\nunit = "mg"', 'down_to = 1000\nunit = "g"', "unit is not 'mg'", "[[rules]]"),
        (METFORMIN, 'name = "egfr"', 'name = "sodium"', "name is 'sodium'", "[[labs]]"),
        (METFORMIN, "within_days = 180", "within_days = 0", "not above zero", "[[labs]]"),
        (METFORMIN, 'ask = "insufficient_data"', "", "ask is missing", "[[labs]]"),
        (METFORMIN, 'kind = "glucose"', 'kind = "bp"', "belongs to kind bp", ""),
        (METFORMIN, 'changes = "one_medicine"', 'changes = "all"', "changes is 'all'", ""),
        (METFORMIN, 'drug_classes = ["metformin"]', 'drug_classes = ["metformin", "metformin"]', "different names", ""),
        (METFORMIN, "[otherwise]", "[[rules]]", "id is missing", "[[rules]]"),
        (METFORMIN, 'if = "gi_symptoms"\n', "", "comes after the `else`", "[[rules]]"),
        (METFORMIN, 'if = "organ_failure"', 'if = "organ_failure"\ngate = "G02"', "unknown key if", "[[exclusions]]"),
        (METFORMIN, 'if = "organ_failure"', 'if = "egfr > 30 > 20"', "not part of the language", "[[exclusions]]"),
        (METFORMIN, 'id = "R1"', "id = 1", "id is not text", "[[rules]]"),
        (METFORMIN, 'id = "R1"', 'id = "R1"\nid = "R0"', "not TOML", ""),
        (SULFONYLUREA, "percent = 50", "percent = 50\nfor_safety = 1", "not true or false", "[[rules]]"),
        (SULFONYLUREA, 'ask = "hold_drug"', 'ask = "hold_drug"\nfor_safety = true', "only a decrease", "[[rules]]"),
        (SULFONYLUREA, "percent = 50", "percent = 50\ndown_to = 4", "the step of decrease", "[[rules]]"),
        (PRESSURE, "[home_pressure] ", "[home] ", "belongs to kind bp|unknown key", ""),
        (PRESSURE, "sessions_each = 3\n", "", "sessions_each is missing", "[home_pressure]"),
        (PRESSURE, 'kind = "bp"', 'kind = "glucose"', "belongs to kind bp", "[home_pressure]"),
        (PRESSURE, 'changes = "plan_step"', 'changes = "one_medicine"', "not of a plan's step", "[[rules]]"),
        (PRESSURE, 'by = "previous_amount"', 'by = "guess"', "by is 'guess'", "[[rules]]"),
        (PRESSURE, 'by = "plan_step"', 'by = "ladder"', r"no \[\[ladders\]\]", "[[rules]]"),
        (PRESSURE, '"mra", ', '"statin", ', "no hard limits are known for 'statin'", ""),
        (PRESSURE, 'name = "far_above"', 'name = "above"', "defined twice", "[[definitions]]"),
        (RAAS, "daily = [5, 10, 20, 40]", "daily = [5, 20, 10, 40]", "ascending", "[[ladders]]"),
        (RAAS, 'drug = "enalapril"', 'drug = "lisinopril"', "two ladders", "[[ladders]]"),
        (RAAS, 'labs = ["potassium", "creatinine"]', "labs = []", "different names", "[follow_up]"),
        (PREMIX, "before_dinner_values = 3", "before_dinner_values = 2.5", "not a whole number", "[minimum_data]"),
    ],
)
def test_it_is_refused_with_file_line_and_reason(file: str, old: str, new: str, reason: str, line_of: str) -> None:
    text = text_of(file)
    assert old in text
    broken = text.replace(old, new, 1)

    with pytest.raises(BadInput, match=reason) as refused:
        parse(broken, file)

    named, _, line = refused.value.where.partition(":")
    assert named == file
    assert not line_of or broken.splitlines()[int(line) - 1].startswith(line_of)


def test_a_range_keeps_a_protocol_switched_off() -> None:
    on = "\n".join(
        line.replace("enabled = false", "enabled = true")
        for line in text_of(PRANDIAL).splitlines()
        if not line.startswith("why_disabled")
    )

    with pytest.raises(BadInput, match="rule R2: a range") as refused:
        parse(on, PRANDIAL)

    assert refused.value.advice == "say it, or switch the protocol off"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_no_line_of_any_file_is_superfluous_or_goes_unread(file: Path) -> None:
    """Without any one of its `if`, `evidence`, `action` or `says` lines a file is refused, or means something else."""
    lines = file.read_text(encoding="utf-8").splitlines()
    whole = parse("\n".join(lines), file.name)

    for n, line in enumerate(lines):
        if line.startswith(("if = ", "evidence = ", "action = ", "says = ", "source = ", "id = ", "unit = ")):
            assert read_without(lines, n, file.name) != whole, line


def read_without(lines: list[str], n: int, file: str) -> Protocol | None:
    try:
        return parse("\n".join(lines[:n] + lines[n + 1 :]), file)
    except BadInput:
        return None
