"""Addresses with numbers, days and words from the edge of what there is: none breaks the service."""

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from flask import Flask, Request
from sqlalchemy import Engine
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from companion.care.people import Person
from tests.people import Cast
from tests.web.conftest import Browser
from tests.web.route_table import argument_of, row_of

BEYOND = 10**20
"""No engine has so large a number."""
HOSTILE = (
    str(BEYOND), str(-BEYOND), "1e400", "NaN", "٣", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "a\0b", "\ud800".encode("utf-8", "surrogatepass"), "x" * 5000,
)  # fmt: skip
ROLES = ("patient", "clinician", "caregiver", "admin")
BROKEN = 500
LEFT_ALONE = ("/readyz", ".pdf")
"""Says 503 where no job has run yet, and is right; asks for what the page beside it does, and takes seconds."""


class Noting(ImmutableMultiDict[str, str]):
    """What stands behind the question mark; notes what is asked of it."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, type: Any = None) -> list[Any]:  # noqa: A002 - as werkzeug names it
        self.asked.add(key)
        return super().getlist(key, type) if type else super().getlist(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


def person_of(cast: Cast, role: str) -> Person:
    person: Person = getattr(cast, {"clinician": "doctor"}.get(role, role))
    return person


def address_of(app: Flask, rule: Rule, engine: Engine, cast: Cast) -> str:
    known = {name: argument_of(rule.endpoint, name, engine, cast) for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **known)


def beyond(app: Flask, rule: Rule) -> str:
    """Where nothing is: every number in the address is too large."""
    known = {name: BEYOND if f"<int:{name}>" in rule.rule else "x" for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **known)


def pages_for(app: Flask, role: str) -> Iterator[Rule]:
    """Every route that may be looked at in that role, and in none before it."""
    before = ROLES[: ROLES.index(role)]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static" and not rule.rule.endswith(LEFT_ALONE):
            row = row_of(rule.endpoint, "GET")
            roles = row.roles if row else frozenset(ROLES)
            if role in roles and not roles & set(before):
                yield rule


def answers(browser: Browser, address: str) -> Iterator[tuple[int, str]]:
    """The status of each answer, first of none; then what the page has asked for so far has the value."""
    Noting.asked.clear()
    yield browser.get(address).status_code, ""
    for value in HOSTILE:
        if Noting.asked:
            said = urlencode(dict.fromkeys(sorted(Noting.asked), value))
            yield browser.get(f"{address}?{said}").status_code, said


@pytest.mark.parametrize("role", ROLES)
def test_no_parameter_breaks_a_page(
    app: Flask, engine: Engine, cast: Cast, signed_in: Any, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    browser: Browser = signed_in(person_of(cast, role))
    monkeypatch.setattr(Request, "parameter_storage_class", Noting)
    addresses = [address_of(app, rule, engine, cast) for rule in pages_for(app, role)]

    told = [(address, *answer) for address in addresses for answer in answers(browser, address)]

    assert len(told) >= len(addresses) > 1
    assert [f"{address}?{said:.80}" for address, status, said in told if status >= BROKEN] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_number_in_an_address_breaks_a_page(app: Flask, cast: Cast, signed_in: Any, role: str) -> None:
    browser: Browser = signed_in(person_of(cast, role))
    app.config["WTF_CSRF_ENABLED"] = False
    numbered = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]

    broken = [
        f"{method} {rule.rule}"
        for rule in numbered
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if browser.client.open(beyond(app, rule), method=method).status_code >= BROKEN
    ]

    assert len(numbered) > 8
    assert broken == []
