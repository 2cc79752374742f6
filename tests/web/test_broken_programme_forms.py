"""Every form, endpoint and webhook of the programme is sent what nobody means: each is refused with field and reason,
and none falls over."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.people import Cast
from tests.web.conftest import FORM_TOKEN, Browser
from tests.web.route_table import ADMIN, CAREGIVER, DOCTOR, PATIENT, PHARMACIST, argument_of, row_of

OF_API = frozenset(
    {
        "board",
        "care_plan",
        "checkups",
        "guides",
        "orders",
        "outreach",
        "points",
        "questions",
        "recognition",
        "record",
        "supply",
    }
)
"""Modules of the API that belong to the programme and to packs."""
HOME = {PATIENT: "/today", DOCTOR: "/tasks", PHARMACIST: "/account", ADMIN: "/people", CAREGIVER: "/account"}
WHO = {PATIENT: "patient", DOCTOR: "doctor", PHARMACIST: "pharmacist", ADMIN: "admin", CAREGIVER: "caregiver"}
NONSENSE = "\u0000\u202e'; --" + "9" * 600
FIELDS = (
    "address", "advice", "agrees", "answer", "area", "areas", "body", "condition", "due_on", "file", "goal", "heard",
    "key", "language", "medicines", "name", "next_on", "number", "question", "rating", "reason", "said", "score",
    "subject", "text", "title", "url", "what", "why", "words",
)  # fmt: skip


def is_of_the_programme(app: Flask, rule: Rule) -> bool:
    module = app.view_functions[rule.endpoint].__module__
    by_api = module.removeprefix("companion.web.api.") in OF_API
    return "POST" in (rule.methods or ()) and (module.startswith("companion.web.programme.") or by_api)


def doors(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Each with the role that tries it."""
    for rule in app.url_map.iter_rules():
        if is_of_the_programme(app, rule):
            row = row_of(rule.endpoint, "POST")
            yield rule, next((role for role in WHO if row is not None and role in row.roles), "")


def send(browser: Browser, path: str, token: str, body: dict[str, str]) -> TestResponse:
    if path.startswith("/api/"):
        return browser.client.post(path, json=body, headers={"X-CSRFToken": token})
    return browser.client.post(path, data={"csrf_token": token, **body})


def says_why(path: str, answer: TestResponse) -> bool:
    """Of a form that comes back: its fields, each with a way to it. Of the API: what is wrong, and where. A button that
    was pressed without its form (400) has no field."""
    if path.startswith("/api/") and answer.status_code >= 400:
        told: Any = answer.get_json()
        return bool(told["title"]) and bool(told.get("detail") or told.get("errors"))
    return answer.status_code != 422 or 'href="#' in answer.get_data(as_text=True)


@pytest.mark.parametrize("body", [{}, dict.fromkeys(FIELDS, NONSENSE)], ids=["nothing", "nonsense"])
def test_no_form_of_the_programme_falls_over(
    body: dict[str, str], app: Flask, cast: Cast, engine: Engine, signed_in: Any
) -> None:
    browsers: dict[str, tuple[Browser, str]] = {}
    wrong, tried = {}, 0
    for rule, role in doors(app):
        if not role:
            continue
        if role not in browsers:
            browser = signed_in(getattr(cast, WHO[role]))
            found = FORM_TOKEN.search(browser.get(HOME[role]).get_data(as_text=True))
            assert found is not None, HOME[role]
            browsers[role] = browser, found.group(1)
        known: dict[str, Any] = {name: argument_of(rule.endpoint, name, engine, cast) for name in rule.arguments}
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **known)
        answer = send(browsers[role][0], path, browsers[role][1], body)
        tried += 1
        if answer.status_code >= 500 or not says_why(path, answer):
            wrong[rule.endpoint] = answer.status_code, answer.get_data(as_text=True)[-300:]

    assert wrong == {}
    assert tried > 40
