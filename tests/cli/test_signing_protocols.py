"""`companion protocols` and `companion plan`, as somebody at a terminal meets them."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner, Result

from companion.advice.models import Plan
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.people import Person
from companion.cli import companion
from companion.clock import system_clock
from companion.db import writing
from companion.errors import BadInput
from tests.people import PASSWORD, password_hash
from tests.world import World

BASAL, STEPS = "basal.ada_2u3d", "bp.step_generic"


@pytest.fixture
def terminal(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose doctor has a password, and whose settings the commands find."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    with writing(world.engine) as session:
        for person in (world.doctor, world.other_doctor):
            session.get_one(Person, person.id).password_hash = password_hash()
    return world


def run(*arguments: str, typed: str = f"{PASSWORD}\n") -> Result:
    return CliRunner().invoke(companion, arguments, input=typed)


def told(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    return json.loads(result.output)


def sign(world: World, protocol: str, accepted: Sequence[str] = (), typed: str = f"{PASSWORD}\n") -> Result:
    accepts = [word for key in accepted for word in ("--accept", key)]
    return run("protocols", "sign", protocol, "--by", world.doctor.public_id, *accepts, typed=typed)


def test_the_list_names_all_fourteen_with_what_is_missing(terminal: World) -> None:
    sign(terminal, BASAL)

    lines = [json.loads(line) for line in run("protocols", "list", "--json").output.splitlines()]
    plain = run("protocols", "list").output

    by_name = {line["protocol"]: line for line in lines}
    assert len(lines) == len(plain.splitlines()) == 14
    assert by_name[f"{BASAL}@1.0.0-draft"]["signed"][0]["by"] == "Dr. Roth"
    assert by_name["bp.thiazide_like@1.0.0-draft"]["enabled"] is False
    assert "no sodium is collected" in plain
    assert plain.count("not signed: it runs for nobody") == 7


def test_one_protocol_is_shown_with_every_number_and_every_signature(terminal: World) -> None:
    sign(terminal, BASAL)

    shown = told("protocols", "show", BASAL, "--json")

    numbers = {number["key"]: number for number in shown["numbers"]}
    assert numbers["limits.step"] == {
        "key": "limits.step",
        "value": "2 U",
        "evidence": "secondary",
        "source": numbers["rules.R5"]["source"],
    }
    assert shown["signatures"][0]["text"] == shown["text"]
    assert "limits.step\tsecondary\t2 U" in run("protocols", "show", BASAL).output


def test_a_number_nobody_verified_has_to_be_named(terminal: World) -> None:
    keys = told("protocols", "show", STEPS, "--json")["to_accept"]

    refused = sign(terminal, STEPS, keys[:-1])
    signed = sign(terminal, STEPS, keys)

    assert isinstance(refused.exception, BadInput)
    assert f"{keys[-1]} is not accepted" in str(refused.exception)
    assert signed.exit_code == 0
    assert terminal.only(ProtocolSignature).protocol == STEPS


def test_a_wrong_password_signs_nothing(terminal: World) -> None:
    result = sign(terminal, BASAL, typed="another password here\n")

    assert "password: is not right" in str(result.exception)
    assert terminal.all(ProtocolSignature) == []


def test_a_signature_is_taken_back_once(terminal: World) -> None:
    sign(terminal, BASAL)
    name = terminal.only(ProtocolSignature).public_id
    arguments = ("protocols", "withdraw", name, "--by", terminal.other_doctor.public_id, "--reason", "an error")

    first, second = run(*arguments), run(*arguments)

    assert (first.output.splitlines()[-1], second.output.splitlines()[-1]) == (
        f"taken back {name}",
        f"{name} was taken back before",
    )
    assert told("protocols", "show", BASAL, "--json")["signed"] == []


@pytest.mark.parametrize("arguments", [("show", "basal.none"), ("withdraw", "ps_none", "--by", "x", "--reason", "y")])
def test_what_is_not_there_is_said_in_one_line(terminal: World, arguments: tuple[str, ...]) -> None:
    result = run("protocols", *arguments)

    assert isinstance(result.exception, BadInput)


# Plans


def plan_of(world: World, medicine: str, protocol: str, *terms: str) -> Result:
    ends = system_clock().date() + timedelta(days=60)
    by = ("--regimen", medicine, "--by", world.doctor.public_id, "--ends", ends.isoformat())
    return run("plan", "sign", *by, "--protocol", protocol, *terms)


def losartan(world: World) -> str:
    return world.prescribe(
        drug="Losartan", drug_class="arb", amount="50", unit="mg", public_id="rg_losartan", days_ago=30
    ).public_id


def test_a_plan_of_a_protocol_nobody_signed_is_refused(terminal: World) -> None:
    insulin = terminal.prescribe().public_id

    result = plan_of(terminal, insulin, BASAL, "--low", "80", "--high", "130", "--max-daily", "40")

    assert "protocol: was signed by no clinician" in str(result.exception)
    assert terminal.all(Plan) == []


def test_a_plan_for_blood_pressure_is_signed_with_its_steps(terminal: World) -> None:
    sign(terminal, STEPS, told("protocols", "show", STEPS, "--json")["to_accept"])

    goal = ("--systolic", "135", "--diastolic", "85", "--measures-since", "2025-12-01")
    result = plan_of(terminal, losartan(terminal), STEPS, *goal, "--step", "rg_losartan=100")

    assert result.exit_code == 0, result.exception
    made = terminal.only(Plan)
    assert (made.target_systolic, made.measures_since_on) == (Decimal(135), date(2025, 12, 1))
    assert [step.amount for step in made.steps] == [100]


def test_a_preview_says_as_json_what_it_would_say_and_keeps_nothing(terminal: World) -> None:
    sign(terminal, STEPS, told("protocols", "show", STEPS, "--json")["to_accept"])

    goal = ("--systolic", "135", "--diastolic", "85")
    result = plan_of(terminal, losartan(terminal), STEPS, *goal, "--step", "rg_losartan=100", "--preview")

    assert json.loads(result.output)["outcome"] == "hold"
    assert terminal.all(Plan) == []


@pytest.mark.parametrize("step", ["rg_losartan", "rg_losartan=much"])
def test_a_step_that_cannot_be_read_is_wrong_usage(terminal: World, step: str) -> None:
    result = plan_of(terminal, losartan(terminal), STEPS, "--step", step)

    assert result.exit_code == 2
