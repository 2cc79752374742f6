"""`companion inspect`, as a script and as a person use it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from companion.cli.inspect import command
from companion.errors import BadInput

FIXTURES = Path(__file__).parent / "fixtures"
LIBRE = str(FIXTURES / "libreview_us_mg_dl.csv")
PRESSURE = str(FIXTURES / "pressure_en.csv")


def inspect(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_one_file_gives_one_object_with_every_key_of_the_interface() -> None:
    result = inspect(LIBRE, "--json", "--zone", "America/New_York")

    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(report) == [
        "format", "unit", "date_order", "zone", "zone_source", "rows_read", "readings", "kinds",
        "duplicates_in_file", "out_of_range", "rejected", "skipped", "questions",
    ]  # fmt: skip
    assert report["zone"] == "America/New_York"
    assert report["kinds"]["scan"] == {
        "n": 2, "first": "2024-05-13T12:30:00", "last": "2024-05-13T12:30:00", "min": 250, "max": 251, "sum": 501,
    }  # fmt: skip
    assert report["questions"] == []


def test_several_files_give_an_object_a_line_with_the_file_first() -> None:
    result = inspect("--json", LIBRE, PRESSURE)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [next(iter(line.items())) for line in lines] == [("file", LIBRE), ("file", PRESSURE)]


def test_a_missing_file_among_several_gets_its_line_and_the_others_their_answer() -> None:
    result = inspect("--json", "nowhere.csv", PRESSURE)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert set(lines[0]) == {"file", "error"}
    assert lines[1]["format"] == "plain_csv"


@pytest.mark.parametrize("name", ["nowhere.csv", "", str(FIXTURES)])
def test_a_file_that_cannot_be_opened_is_bad_input_with_its_name(name: str) -> None:
    result = inspect("--json", name)

    assert isinstance(result.exception, BadInput)
    assert name in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_workbook_is_refused_by_name(tmp_path: Path) -> None:
    workbook = tmp_path / "readings.csv"
    workbook.write_bytes(b"PK\x03\x04")

    result = inspect(str(workbook))

    assert isinstance(result.exception, BadInput)
    assert result.exception.where == str(workbook)


@pytest.mark.parametrize(
    "arguments",
    [["--zone", "Mars/Base", LIBRE], ["--unit", "stone", LIBRE], ["--dates", "DYM", LIBRE], []],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = inspect(*arguments)

    assert result.exit_code == 2
    assert not result.stdout


def test_options_are_taken_in_any_case() -> None:
    result = inspect(
        "--json", "--unit", "MG/DL", "--dates", "dmy", str(FIXTURES / "libreview_header_without_units.csv")
    )

    assert json.loads(result.stdout)["unit"] == "mg/dL"


def test_a_person_reads_what_was_found_left_out_and_asked() -> None:
    result = inspect(LIBRE)

    assert "libreview: 15 rows, unit mg/dL" in result.stdout
    assert "historic: 1 readings, 101 to 101" in result.stdout
    assert "out of the device's range: 1 low, 1 high" in result.stdout
    assert "rejected: row 15: glucose 'x' is not a number" in result.stdout
    assert "please say --zone" in result.stdout


def test_a_person_is_told_when_nobody_knows_the_format(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear doctor")

    result = inspect(str(letter))

    assert "Nobody here knows this format" in result.stdout
