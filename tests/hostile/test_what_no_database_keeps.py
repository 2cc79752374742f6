"""Zero bytes, halves of characters and numbers without end: refused as what they are, on every engine."""

from pathlib import Path

import pytest

from companion.db import writing
from companion.web.door.hub_door import make_code
from tests.web.conftest import Browser
from tests.web.loop.house import House

ZERO, HALF = "a\0b", "a\ud800b"


@pytest.fixture
def house(tmp_path: Path, database: str) -> House:
    return House(tmp_path, database_url=database if database.startswith("postgresql") else "")


def test_a_zero_byte_in_an_address_or_a_form_is_no_fault_of_ours(house: House) -> None:
    browser = house.browser(house.admin)

    answers = [
        *(browser.get(f"/{page}").status_code for page in ("people?q=a%00b", "clinic/audit?who=a%00b", "people/a%00b")),
        Browser(house.app).send("/sign-in", {"login": ZERO, "password": ZERO}).status_code,
    ]

    assert [status for status in answers if status >= 500] == []


def test_nor_is_half_a_character_in_the_json_of_a_program(house: House) -> None:
    with writing(house.engine) as session:
        code = make_code(session, house.anna, house.now)
    client = house.app.test_client()

    answers = [client.post("/api/v1/hubs:pair", json={"code": code, "name": name}).status_code for name in (ZERO, HALF)]

    assert [status for status in answers if status >= 500] == []
