"""`companion timetable`: what it prints, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.cli import companion
from companion.errors import BadInput

REGIMEN: dict[str, Any] = {
    "zone": "America/New_York",
    "start": "2026-03-01",
    "end": None,
    "rule": {"kind": "daily", "times": ["02:30"]},
}
TAPER = {"kind": "taper", "steps": [{"days": 14, "amount": "4", "times": ["08:00"]}]}
FROM, TO = "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(companion, ["timetable", *arguments], input=given)


def saved(folder: Path, regimen: Any) -> str:
    path = folder / "regimen.json"
    path.write_text(regimen if isinstance(regimen, str) else json.dumps(regimen), encoding="utf-8")
    return str(path)


def question(**changes: Any) -> str:
    return json.dumps({"regimen": REGIMEN, "from": FROM, "to": TO} | changes)


def test_each_dose_is_one_line_of_json(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, "--from", FROM, "--to", TO, "--json")

    assert result.exit_code == 0
    assert result.stdout == (
        '{"slot": 0, "local": "2026-03-08T02:30", "due_at": "2026-03-08T07:30:00Z", "note": "gap"}\n'
    )


def test_the_lines_of_a_taper_carry_the_amount(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN | {"rule": TAPER})

    result = run(path, "--from", FROM, "--to", TO, "--json")

    assert json.loads(result.stdout) == {
        "slot": 0,
        "local": "2026-03-08T08:00",
        "due_at": "2026-03-08T12:00:00Z",
        "note": None,
        "amount": "4",
    }


def test_without_json_a_line_is_for_people(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, "--from", FROM, "--to", TO)

    assert result.stdout == "2026-03-08 02:30  due 2026-03-08T07:30:00Z  slot 0  (gap)\n"


def test_instants_may_carry_an_offset(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, "--from", "2026-03-08T15:30:00+08:00", "--to", "2026-03-08T15:30:01+08:00", "--json")

    assert json.loads(result.stdout)["due_at"] == "2026-03-08T07:30:00Z"


def test_an_instant_may_be_written_in_small_letters(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, "--from", "2026-03-08t07:30:00z", "--to", "2026-03-08t07:30:01z", "--json")

    assert json.loads(result.stdout)["due_at"] == "2026-03-08T07:30:00Z"


def test_a_year_has_four_digits(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN | {"zone": "UTC", "start": "0001-01-01"})

    result = run(path, "--from", "0900-01-01T00:00:00Z", "--to", "0900-01-02T00:00:00Z", "--json")

    assert json.loads(result.stdout)["due_at"] == "0900-01-01T02:30:00Z"


def test_no_doses_is_an_empty_answer_and_no_error(tmp_path: Path) -> None:
    path = saved(tmp_path, REGIMEN | {"rule": {"kind": "linked", "minutes": 30}})

    result = run(path, "--from", FROM, "--to", TO, "--json")

    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "2026-03-08T00:00:00", "--to", TO),
        ("--from", FROM, "--to", "2026-03-09"),
        ("--from", "soon", "--to", TO),
        ("--from", FROM),
        (),
    ],
)
def test_an_instant_without_a_zone_or_left_out_is_wrong_usage(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, *options, "--json")

    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize("to", [FROM, "2026-03-07T00:00:00Z"])
def test_to_not_after_from_is_wrong_usage(tmp_path: Path, to: str) -> None:
    path = saved(tmp_path, REGIMEN)

    result = run(path, "--from", FROM, "--to", to, "--json")

    assert result.exit_code == 2
    assert result.stdout == ""


def test_an_anchor_without_a_zone_is_wrong_usage_too(tmp_path: Path) -> None:
    rule = {"kind": "interval", "hours": 8, "anchor": "2026-03-01T06:00:00"}
    path = saved(tmp_path, REGIMEN | {"rule": rule})

    result = run(path, "--from", FROM, "--to", TO, "--json")

    assert result.exit_code == 2
    assert "regimen.rule.anchor" in result.stderr


@pytest.mark.parametrize(
    ("regimen", "to", "told"),
    [
        (REGIMEN | {"rule": {"kind": "daily", "times": ["8"]}}, TO, "regimen.rule.times[0]"),
        ("{", TO, "not JSON"),
        ("[]", TO, "not an object"),
        ("", TO, "not JSON"),
        ('{"zone": "UTC", "zone": "UTC"}', TO, "'zone' is there twice"),
        ('{"zone": NaN}', TO, "NaN is not a JSON number"),
        ('{"zone": 1e99999999999999999999}', TO, "too large a number"),
        ("[" * 100_000, TO, "nested too deeply"),
    ],
)
def test_what_cannot_be_understood_is_bad_input_that_says_where(
    tmp_path: Path, regimen: Any, to: str, told: str
) -> None:
    path = saved(tmp_path, regimen)

    result = run(path, "--from", FROM, "--to", to, "--json")

    assert isinstance(result.exception, BadInput)
    assert told in str(result.exception)
    assert result.stdout == ""


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nothing.json"), "--from", FROM, "--to", TO)

    assert isinstance(result.exception, BadInput)


def test_a_batch_answers_every_line_in_order() -> None:
    given = "\n".join([question(), question(to="2026-03-08T01:00:00Z"), question(regimen=REGIMEN | {"rule": TAPER})])

    result = run("-", "--json", given=given + "\n")

    assert result.exit_code == 0
    answers = [json.loads(line)["doses"] for line in result.stdout.splitlines()]
    assert answers[0] == [{"slot": 0, "local": "2026-03-08T02:30", "due_at": "2026-03-08T07:30:00Z", "note": "gap"}]
    assert answers[1] == []
    assert [dose["amount"] for dose in answers[2]] == ["4"]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "[]",
        question(to=FROM),
        question(to="2026-03-09T00:00:00"),
        question(to=None),
        question(also=1),
        question(regimen=5),
        question(regimen=REGIMEN | {"zone": "\ud800"}),
        '{"regimen": ' + "[" * 100_000,
    ],
)
def test_a_bad_line_gets_its_error_and_the_others_their_doses(bad: str) -> None:
    result = run("-", "--json", given="\n".join([question(), bad, question()]) + "\n")

    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(answer) for answer in answers] == [["doses"], ["error"], ["doses"]]
    assert answers[1]["error"]


def test_a_batch_takes_no_window_from_the_command_line() -> None:
    result = run("-", "--from", FROM, "--to", TO, "--json", given=question())

    assert result.exit_code == 2
