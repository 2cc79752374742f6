"""`companion decode`: the published vectors, and the way the command answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from companion.cli.decode import command, say
from companion.cli.decoded import DECODERS
from companion.errors import BadInput

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "bluetooth.json"
KINDS = {
    "2A18": "glucose-measurement",
    "2A34": "glucose-context",
    "2A35": "blood-pressure",
    "2A36": "cuff-pressure",
    "2AA7": "cgm-measurement",
    "2A52": "record-access",
    "2A08": "date-time",
    "SFLOAT": "sfloat",
}
SAID_OF_THE_VECTOR = {"note", "all_optional_absent"}
REQUESTS = {"0101", "0103010200"}
"""The vectors call these an error, and mean that they are no responses."""

needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="../shared is not beside this checkout")


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    return [v for v in json.loads(VECTORS.read_text("utf-8"))["vectors"] if v["characteristic"] in KINDS]


def is_refused(vector: dict[str, Any]) -> bool:
    return bool({"error", "reject_or_flag"} & vector["expect"].keys())


@needs_vectors
def test_there_are_vectors_of_every_kind() -> None:
    assert {vector["characteristic"] for vector in vectors()} == KINDS.keys()


@needs_vectors
@pytest.mark.parametrize("vector", [v for v in vectors() if not is_refused(v)], ids=lambda v: v["hex"])
def test_every_published_value_is_said_as_expected(vector: dict[str, Any]) -> None:
    said = json.loads(json.dumps(say(KINDS[vector["characteristic"]], vector["hex"])))

    expected = {key: value for key, value in vector["expect"].items() if key not in SAID_OF_THE_VECTOR}
    assert {key: said[key] for key in expected} == expected


@needs_vectors
@pytest.mark.parametrize("vector", [v for v in vectors() if is_refused(v)], ids=lambda v: v["hex"])
def test_every_published_mistake_is_refused(vector: dict[str, Any]) -> None:
    if vector["hex"] in REQUESTS:
        assert say("record-access", vector["hex"])["response"] is None
        return

    with pytest.raises(BadInput):
        say(KINDS[vector["characteristic"]], vector["hex"])


def test_absent_fields_are_null_and_their_keys_are_there() -> None:
    said = say("glucose-measurement", "000700ea070301070000")

    assert said == {
        "sequence": 7,
        "base_time": "2026-03-01T07:00:00",
        "time_offset_min": 0,
        "user_facing_time": "2026-03-01T07:00:00",
        "concentration": None,
        "unit": None,
        "mg_dl": None,
        "mmol_l_display": None,
        "type": None,
        "location": None,
        "status": None,
        "context_follows": False,
        "trailing_bytes": 0,
    }


def test_mg_dl_of_moles_is_a_number_that_is_not_rounded() -> None:
    said = say("glucose-measurement", "060700ea07030107000037c011")

    assert (said["concentration"], said["unit"], said["mg_dl"]) == ("0.0055", "mol/L", 99.1001)


def test_a_special_concentration_is_named_and_gives_no_mg_dl() -> None:
    said = say("glucose-measurement", "020700ea070301070000010811")

    assert (said["concentration"], said["mg_dl"]) == ("RESERVED", None)


def test_a_sensor_that_gives_no_number_is_said_so() -> None:
    said = say("cgm-measurement", "0600ff072c01")

    assert (said["concentration"], said["glucose_mg_dl"], said["crc"]) == ("NAN", None, None)


def test_a_cuff_pressure_has_its_own_keys() -> None:
    said = say("cuff-pressure", "005b00ff07ff07")

    assert said.keys() == {
        "cuff", "unit", "timestamp", "timestamp_raw", "pulse", "user_id", "status", "trailing_bytes"
    }  # fmt: skip
    assert (said["cuff"], said["timestamp_raw"]) == ("91", None)


@pytest.mark.parametrize("text", ["", "  ", "ff 07", "0xff07", "ff0", "ff07\n", "zz", "７f07"])
def test_what_is_not_plain_hexadecimal_is_bad_input(text: str) -> None:
    answer = CliRunner().invoke(command, ["sfloat", text, "--json"])

    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["error"].startswith("HEX")


def test_hexadecimal_may_be_in_either_case() -> None:
    assert say("sfloat", "Ff07") == say("sfloat", "fF07") == {"value": None, "special": "NAN"}


def test_a_malformed_value_is_an_error_object_and_exit_1() -> None:
    answer = CliRunner().invoke(command, ["sfloat", "ff0700", "--json"])

    assert answer.exit_code == 1
    assert list(json.loads(answer.stdout)) == ["error"]


def test_many_values_are_answered_a_line_each_in_order() -> None:
    answer = CliRunner().invoke(command, ["sfloat", "-", "--json"], input="65f0\n\n  \nff0700\n00E0")

    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [line.get("value", "error") for line in lines] == ["10.1", "error", "error", "error", "0.00"]
    assert answer.exit_code == 1


def test_many_good_values_end_with_0() -> None:
    answer = CliRunner().invoke(command, ["sfloat", "-"], input="65f0\r\nff07\r\n")

    assert (answer.exit_code, len(answer.stdout.splitlines())) == (0, 2)


def test_without_json_the_answer_is_made_for_people() -> None:
    answer = CliRunner().invoke(command, ["date-time", "00000000121a20"])

    assert answer.stdout == "datetime: -\nraw: (0, 0, 0, 18, 26, 32)\n"


def test_an_unknown_kind_is_wrong_usage() -> None:
    answer = CliRunner().invoke(command, ["heart-rate", "00"])

    assert answer.exit_code == 2


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("current-time", "ea0703040a1e00038002", {"day_of_week": 3, "adjust_reasons": ["external_reference"]}),
        ("cgm-session-start", "ea0703040a1e000404", {"utc_offset_min": 120, "started_at": "2026-03-04T08:30:00+00:00"}),
        ("cgm-session-run-time", "f000", {"hours": 240, "crc": None}),
        ("cgm-status", "2c01010840", {"time_offset_min": 300, "status": 1, "cal_temp": 8, "warning": 64}),
        ("cgm-feature", "00800119ffff", {"features": ["trend", "quality"], "type": 9, "location": 1}),
        ("cgm-record-access", "01040100002c01", {"request_text": "report range time offset 0 to 300"}),
        ("glucose-feature", "2100", {"features": ["low_battery", "result_high_low"], "flags": 33}),
        ("blood-pressure-feature", "0400", {"features": ["irregular_pulse"], "trailing_bytes": 0}),
        ("battery-level", "50", {"percent": 80}),
        ("device-text", "41264400", {"text": "A&D"}),
    ],
)  # fmt: skip
def test_what_a_device_says_besides_its_records_is_decoded_too(
    kind: str, payload: str, expected: dict[str, Any]
) -> None:
    said = say(kind, payload)

    assert {key: said[key] for key in expected} == expected


@pytest.mark.parametrize("kind", list(DECODERS))
def test_every_kind_says_only_what_json_can_hold_and_never_fails_otherwise(kind: str) -> None:
    for payload in ("00" * 5, "00" * 7, "00" * 10, "ff" * 9, "0600" + "00" * 4):
        answer = CliRunner().invoke(command, [kind, payload, "--json"])

        assert answer.exit_code == (1 if "error" in json.loads(answer.stdout) else 0)
