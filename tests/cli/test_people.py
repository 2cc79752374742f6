"""`companion people`, as somebody at a terminal meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from companion.care.consent import Scope, find_link
from companion.care.people import Person, password_is_right
from companion.care.sign_in_links import use_link
from companion.cli import companion, main
from companion.clock import system_clock
from companion.db import Base, make_engine, reading, writing
from companion.errors import BadInput
from tests.keys import KEY, with_keys

PASSWORD = "a long enough secret of tests"
PATIENT = ["people", "add", "--role", "patient", "--name", "Wang Aiyi", "--birth", "1955-03-02", "--json"]


class House:
    """A database in a folder, and the command that works on it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/companion.db"
        self.engine = with_keys(make_engine(self.url))
        self.environment = {
            "COMPANION_DATABASE_URL": self.url,
            "COMPANION_SECRET_KEY": "k" * 40,
            "COMPANION_MASTER_KEY": KEY,
        }

    def run(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(companion, arguments, input=typed, env=self.environment)

    def told(self, *arguments: str, typed: str = "") -> dict[str, Any]:
        """The one JSON object the command prints."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, result.output
        answer: dict[str, Any] = json.loads(result.output)
        return answer


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    import companion.services  # noqa: F401 - brings every table with it

    Base.metadata.create_all(house.engine)
    return house


def test_somebody_without_a_password_is_let_in_by_a_link_once(house: House) -> None:
    told = house.told(*PATIENT)

    token = told["sign_in_link"].removeprefix("http://127.0.0.1:8000/enter/")
    with writing(house.engine) as session:
        first = use_link(session, token, system_clock())
        second = use_link(session, token, system_clock())
    assert first is not None
    assert (first.public_id, second) == (told["id"], None)


def test_a_password_is_read_from_standard_input(house: House) -> None:
    arguments = ("people", "add", "--role", "clinician", "--name", "Dr. Li", "--login", "dr.li", "--password-stdin")

    told = house.told(*arguments, "--json", typed=f"{PASSWORD}\n")

    assert told["sign_in_link"] is None
    with reading(house.engine) as session:
        doctor = session.scalars(select(Person)).one()
    assert password_is_right(doctor, PASSWORD)


def test_a_password_without_a_login_is_wrong_usage(house: House) -> None:
    result = house.run("people", "add", "--role", "admin", "--name", "A", "--password-stdin", typed="x")

    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        (["--birth", "1955-13-02"], "--birth"),
        (["--birth", "2955-01-02"], "birth_on"),
        (["--phone", "123"], "phone"),
        (["--zone", "Mars/Olympus"], "zone"),
        (["--login", "x"], "login"),
        (["--name", " "], "name"),
    ],
)
def test_what_cannot_be_is_named_and_nobody_is_added(house: House, changed: list[str], names: str) -> None:
    result = house.run(*PATIENT, *changed)

    assert isinstance(result.exception, BadInput)
    assert names in str(result.exception)
    assert house.told("people", "list", "--json") == {"people": []}


def test_a_patient_is_opened_to_a_caregiver(house: House) -> None:
    patient = house.told(*PATIENT)["id"]
    caregiver = house.told("people", "add", "--role", "caregiver", "--name", "Son", "--json")["id"]

    scopes = ["--scope", "readings", "--scope", "missed_doses"]
    told = house.told("people", "link", "--patient", patient, "--member", caregiver, *scopes, "--json")

    assert told == {"patient": patient, "member": caregiver, "scopes": ["readings", "missed_doses"]}
    with reading(house.engine) as session:
        ids = {person.public_id: person.id for person in session.scalars(select(Person))}
        assert find_link(session, ids[patient], ids[caregiver], Scope.READINGS, system_clock()) is not None


@pytest.mark.parametrize("scope", ["care", "readings"])
def test_a_link_that_fits_nobody_is_refused(house: House, scope: str) -> None:
    patient = house.told(*PATIENT)["id"]

    result = house.run("people", "link", "--patient", patient, "--member", patient, "--scope", scope)

    assert isinstance(result.exception, BadInput)


def test_an_unknown_id_is_named(house: House) -> None:
    result = house.run("people", "link", "--patient", "pa_x", "--member", "cg_x", "--scope", "readings")

    assert "pa_x" in str(result.exception)


def test_the_list_holds_everybody_one_a_line(house: House) -> None:
    house.run(*PATIENT)
    house.run("people", "add", "--role", "admin", "--name", "Boss", "--login", "boss")

    lines = house.run("people", "list").output.splitlines()

    assert [line.split()[1] for line in lines] == ["admin", "patient"]
    assert lines[1].endswith("Wang Aiyi")


@pytest.mark.parametrize("line", ["people list", "audit verify", "export --patient pa_1 x.zip", "erase --patient pa_1"])
def test_a_database_without_a_schema_says_in_one_line_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    monkeypatch.setenv("COMPANION_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    monkeypatch.setattr("sys.argv", ["companion", *line.split()])

    with pytest.raises(SystemExit) as ended:
        main()

    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.count("\n") == 1
    assert "companion db upgrade" in said
