"""`companion assess`: one file, or one object a line; never a traceback."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.cli.assess import command
from companion.errors import BadInput
from tests.advice.builders import PLAIN, fasting, plain

KEYS = {
    "outcome", "protocol", "rule", "action", "regimen", "from", "to", "unit", "gates", "reasons", "asks",
    "expires_at",
}  # fmt: skip


def run(*arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(command, list(arguments), input=lines)


def test_json_prints_one_object_with_the_keys_of_the_interface() -> None:
    result = run(str(PLAIN), "--json")

    assert result.exit_code == 0
    assert set(json.loads(result.stdout)) == KEYS


def test_without_json_it_tells_the_same_in_a_few_lines() -> None:
    result = run(str(PLAIN))

    assert "increase of glargine: 16 to 18 U" in result.stdout
    assert "a doctor decides before 2026-03-13T14:00:00Z" in result.stdout


@pytest.mark.parametrize(
    ("amount", "now_and_then"),
    [(16, (16, 18)), ("16", ("16", "18")), (16.3, (16.3, 18.3)), ("16.30", ("16.30", "18.30")), (16.0, (16, 18))],
)
def test_output_has_the_type_of_the_input_amount(amount: Any, now_and_then: tuple[Any, Any], tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(plain(**{"regimens[0].amount": amount})), encoding="utf-8")

    found = json.loads(run(str(file), "--json").stdout)

    assert (found["from"], found["to"]) == now_and_then
    assert (type(found["from"]), type(found["to"])) == (type(amount), type(amount))


def test_a_decrease_is_written_like_the_amount_too(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    raw = plain(readings=[{**fasting(65)[0]}], **{"regimens[0].amount": "16.5"})
    file.write_text(json.dumps(raw), encoding="utf-8")

    found = json.loads(run(str(file), "--json").stdout, parse_float=Decimal)

    assert (found["from"], found["to"]) == ("16.5", "14")


def test_a_dash_answers_each_line_in_order_and_a_bad_one_with_its_error() -> None:
    one = json.dumps(plain())
    lines = "\n".join([one, "", "{}", json.dumps(plain(doses=[])), ""])

    result = run("-", "--json", lines=lines)

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("outcome") for answer in answers] == ["proposal", None, None, "hold"]
    assert [set(answer) == {"error"} for answer in answers] == [False, True, True, False]
    assert result.exit_code == 1


def test_a_dash_with_only_good_lines_ends_with_0() -> None:
    result = run("-", "--json", lines=json.dumps(plain()))

    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[1]"])
def test_a_bad_file_is_bad_input(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(content)

    result = run(str(file), "--json")

    assert isinstance(result.exception, BadInput)
    assert "\n" not in str(result.exception)


def test_no_argument_is_wrong_usage() -> None:
    result = run()

    assert result.exit_code == 2
