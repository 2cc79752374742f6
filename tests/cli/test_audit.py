"""`companion audit`, as somebody at a terminal meets it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from companion.care.audit import AuditEntry
from companion.db import writing
from companion.errors import BadInput
from tests.cli.test_people import PATIENT, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three acts."""
    house = House(tmp_path)
    house.run("db", "upgrade")
    for _ in range(3):
        assert house.run(*PATIENT).exit_code == 0
    return house


def without_triggers(house: House) -> None:
    with house.engine.begin() as connection:
        for name in ("kept", "unchanged", "not_replaced"):
            connection.exec_driver_sql(f"DROP TRIGGER audit_entry_{name}")


def test_a_whole_chain_is_counted(house: House) -> None:
    assert house.told("audit", "verify", "--json") == {
        "entries": 3, "broken": [], "first_wrong": None, "faults": 0, "without_key": 0, "reads": 0,
        "reads_not_yet_hashed": 0, "anchors": 0,
    }  # fmt: skip
    assert house.run("audit", "verify").output == "3 entries, all whole; 0 reads in them; 0 anchors hold\n"


def test_a_changed_entry_is_named(house: House) -> None:
    without_triggers(house)
    with writing(house.engine) as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(action="nothing"))

    result = house.run("audit", "verify", "--json")
    in_words = house.run("audit", "verify")

    told = json.loads(result.output)
    assert (result.exit_code, told["broken"], told["faults"]) == (1, [2], 1)
    assert told["first_wrong"] == {"entry": 2, "what": "was changed, or made without the key"}
    assert str(in_words.exception).startswith("audit: entry 2 was changed, or made without the key; 1 faults in 3")


def test_what_was_cut_off_behind_an_anchor_is_missed(house: House, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "anchor.json"
    made = house.run("audit", "anchor", "--out", str(file))
    whole = house.run("audit", "verify", "--anchor", str(file))
    without_triggers(house)
    with writing(house.engine) as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id == 3))

    alone = house.run("audit", "verify")
    beside = house.run("audit", "verify", "--anchor", str(file))

    assert (made.exit_code, whole.exit_code, alone.exit_code, beside.exit_code) == (0, 0, 0, 1)
    assert f"entry 3 is missing: {file} knows entries up to 3" in str(beside.exception)


def test_anchors_a_line_each_are_checked_by_a_key_that_is_given(house: House, tmp_path: Path) -> None:
    printed = house.run("audit", "anchor").output
    (tmp_path / "two.jsonl").write_text(printed + printed)
    key = house.run("audit", "public-key").output.strip()
    (tmp_path / "anchor.pem").unlink()

    with_it = house.told("audit", "verify", "--anchor", str(tmp_path / "two.jsonl"), "--public-key", key, "--json")
    without = house.run("audit", "verify", "--anchor", str(tmp_path / "two.jsonl"))

    assert with_it["anchors"] == 2
    assert "is signed by a key that is not ours" in str(without.exception)
    assert not (tmp_path / "anchor.pem").exists()


@pytest.mark.parametrize("content", ["", "x", "[]", "3", '{"kind": "x"}', '{"entry": 1}\nx'])
def test_a_file_without_anchors_is_refused_in_one_line(house: House, tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)

    result = house.run("audit", "verify", "--anchor", str(tmp_path / "a.json"))

    assert isinstance(result.exception, BadInput)
    assert "\n" not in str(result.exception)


def test_an_anchor_is_never_written_over_another_file(house: House, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")

    result = house.run("audit", "anchor", "--out", str(tmp_path / "a.json"))

    assert "is there already" in str(result.exception)
    assert (tmp_path / "a.json").read_text() == "mine"


def test_a_new_key_is_noted_and_everything_still_holds(house: House) -> None:
    house.run("audit", "new-key")
    house.run(*PATIENT)

    assert house.told("audit", "verify", "--json")["entries"] == 5
    assert house.run("audit", "verify").exit_code == 0


def test_after_the_key_was_lost_acts_are_refused_until_somebody_says_so(house: House, tmp_path: Path) -> None:
    (tmp_path / "audit.key").unlink()
    refused = house.run(*PATIENT)
    said_no = house.run("audit", "begin", typed="n\n")

    begun = house.run("audit", "begin", "--yes")
    went_on = house.run(*PATIENT)
    verified = house.run("audit", "verify", "--json")

    assert "the key of its last entry is not here" in str(refused.exception)
    assert said_no.exit_code == 1
    assert (begun.exit_code, went_on.exit_code) == (0, 0)
    assert json.loads(verified.output)["broken"] == [1, 2, 3]


def test_nothing_to_sign_is_said(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.run("db", "upgrade")

    result = house.run("audit", "anchor")

    assert "nothing was noted yet" in str(result.exception)
