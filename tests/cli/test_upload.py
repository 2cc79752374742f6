"""`companion upload`, as somebody at a terminal meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from companion.cli import companion
from companion.db import Base, make_engine, reading
from companion.devices.uploaded_files import UploadedFile
from tests.keys import KEY, with_keys

ANNA = ["people", "add", "--role", "patient", "--name", "Anna", "--birth", "1955-03-02", "--zone", "Europe/Berlin"]
EXPORT = "time,glucose (mg/dL)\n2026-03-01 08:00,140\n2026-03-02 08:00,150\n2026-03-03 08:00,xx\n"


class Terminal:
    """A database in a folder, a patient, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder}/companion.db"
        self.engine = with_keys(make_engine(self.url))
        import companion.services  # noqa: F401 - brings every table with it

        Base.metadata.create_all(self.engine)
        self.patient = json.loads(self.run(*ANNA, "--json").stdout)["id"]

    def run(self, *arguments: str) -> Result:
        environment = {
            "COMPANION_DATABASE_URL": self.url,
            "COMPANION_SECRET_KEY": "k" * 40,
            "COMPANION_MASTER_KEY": KEY,
        }
        return CliRunner().invoke(companion, arguments, env=environment)

    def file(self, content: str, name: str = "meter.csv") -> str:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    def upload(self, content: str, *options: str) -> dict[str, Any]:
        result = self.run("upload", self.file(content), "--patient", self.patient, "--json", *options)
        assert result.exit_code == 0, result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_it_prints_what_inspect_prints_and_three_counts(terminal: Terminal) -> None:
    inspected = json.loads(terminal.run("inspect", terminal.file(EXPORT), "--json", "--zone", "Europe/Berlin").stdout)

    told = terminal.upload(EXPORT)

    assert {key: told[key] for key in ("new", "known", "linked")} == {"new": 2, "known": 0, "linked": 0}
    assert {key: value for key, value in told.items() if key in inspected} == inspected
    assert list(told) == [*inspected, "new", "known", "linked"]


def test_sending_it_again_adds_nothing(terminal: Terminal) -> None:
    terminal.upload(EXPORT)

    told = terminal.upload(EXPORT)

    assert (told["new"], told["known"]) == (0, 2)


def test_the_original_is_read_again_by_the_name_of_its_upload(terminal: Terminal) -> None:
    terminal.upload(EXPORT)
    with reading(terminal.engine) as session:
        intake = session.scalars(select(UploadedFile.intake)).one()

    told = json.loads(terminal.run("upload", "--again", intake, "--json").stdout)

    assert (told["rows_read"], told["new"], told["known"]) == (3, 0, 2)


def test_a_question_is_answered_by_an_option(terminal: Terminal) -> None:
    silent = "time,glucose\n03/02/2026 08:00,7.8\n"
    path = terminal.file(silent)

    refused = terminal.run("upload", path, "--patient", terminal.patient)
    told = terminal.upload(silent, "--unit", "mmol/L", "--dates", "DMY")

    assert refused.exit_code == 1
    assert (told["date_order"], told["unit"], told["new"]) == ("DMY", "mmol/L", 1)


def test_what_is_refused_leaves_no_original_behind(terminal: Terminal) -> None:
    result = terminal.run("upload", terminal.file("hello\nthere\n"), "--patient", terminal.patient)

    assert result.exit_code == 1
    assert list((terminal.folder / "originals" / terminal.patient).iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["upload"], ["upload", "x.csv"], ["upload", "x.csv", "--again", "in_1"], ["upload", "--patient", "pa_1"]],
    ids=" ".join,
)
def test_half_a_command_is_wrong_usage(terminal: Terminal, arguments: list[str]) -> None:
    result = terminal.run(*arguments)

    assert result.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [["upload", "nowhere.csv", "--patient", "{patient}"], ["upload", "--again", "in_nobody"]],
    ids=["no such file", "no such upload"],
)
def test_bad_input_is_told_in_one_line(terminal: Terminal, arguments: list[str]) -> None:
    result = terminal.run(*[each.format(patient=terminal.patient) for each in arguments])

    assert isinstance(result.exception, (SystemExit, ValueError))
    assert "Traceback" not in result.output
