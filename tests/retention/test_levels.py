"""Every table has a level, and what was promised for a level is so."""

import re
from pathlib import Path

from sqlalchemy import JSON, LargeBinary, String

import companion.migrations  # noqa: F401  # imports every model
from companion.db import Base
from companion.erasing.plan import OF_NOBODY
from companion.retention.levels import LEVELS, Level
from companion.sealing.texts import SealedText

PAGE = Path(__file__).parents[2] / "docs" / "security" / "levels.md"
LETS_NOBODY_IN = {
    "id", "public_id", "name", "kind", "purpose", "source", "reach", "opened_by", "ceremony", "person_role", "master",
    "clinician_role", "login", "address", "browser", "url", "key", "request_sha256", "answer",
}  # fmt: skip
"""Beside a secret: what it is of, what for, who tried it, and answers of ids and codes."""
OF_NO_USE = {"wrapped", "sealed", "credential_id", "public_key", "secret"}
"""Sealed or wrapped under a key that is elsewhere, a public half, and `code_app.secret`, which is empty now."""


def tables(*levels: Level) -> set[str]:
    return {table for table, level in LEVELS.items() if level in levels}


def test_every_table_has_a_level() -> None:
    assert LEVELS.keys() == Base.metadata.tables.keys()


def test_what_is_of_somebody_has_its_fate_when_they_are_erased() -> None:
    assert tables(Level.HEALTH, Level.PERSONAL) & OF_NOBODY == set()


def test_what_is_the_houses_is_about_no_patient() -> None:
    of_patients = {"patient", "patient_id", "recipient_id", "subject_id"}

    found = {table for table in tables(Level.HOUSE) if of_patients & set(Base.metadata.tables[table].columns.keys())}

    assert found == set()
    assert tables(Level.HOUSE) <= OF_NOBODY


def test_of_a_secret_nothing_is_kept_that_opens_anything() -> None:
    kinds = (String, JSON, LargeBinary, SealedText)
    kept = {
        f"{table}.{column.name}"
        for table in tables(Level.SECRET)
        for column in Base.metadata.tables[table].columns
        if isinstance(column.type, kinds) and not isinstance(column.type, SealedText)
    }

    plain = {each for each in kept if each.partition(".")[2] not in LETS_NOBODY_IN | OF_NO_USE}

    assert {each for each in plain if not each.endswith("_hash")} == set()
    assert any(each.endswith("_hash") for each in plain)


def test_the_page_says_what_each_level_asks_for() -> None:
    told = re.findall(r"^\| \*\*(\w+)\*\* \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert told == list(Level)
