"""Answers are counted by route, never by address; and each has a name by which its lines in the log are found."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from structlog.contextvars import get_contextvars

from companion.web.access import public
from tests.people import Cast
from tests.web.conftest import Browser


def answers(app: Flask) -> dict[str, float]:
    page = app.test_client().get("/metrics").get_data(as_text=True)
    return {labels: float(n) for labels, n in re.findall(r"^companion_http_answers_total\{(.*)\} (\S+)$", page, re.M)}


def test_an_answer_is_counted_by_method_route_and_status(app: Flask) -> None:
    counted = 'method="GET",route="/healthz",status="200"'
    before = answers(app).get(counted, 0)

    app.test_client().get("/healthz?who=canary")

    assert answers(app)[counted] == before + 1


def test_routes_are_told_as_they_are_declared(app: Flask, cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.doctor)

    browser.get(f"/clinic/patients/{cast.patient.public_id}")

    found = str(answers(app))
    assert "/clinic/patients/<patient_id>" in found
    assert cast.patient.public_id not in found


def test_an_address_that_is_none_is_not_told(app: Flask) -> None:
    app.test_client().get("/canary-123")
    app.test_client().open("/healthz", method="CANARY")

    found = str(answers(app))

    assert 'route="none",status="404"' in found
    assert 'method="other"' in found
    assert "canary" not in found.lower()


@pytest.mark.own_app
def test_an_error_of_ours_is_counted_with_its_route(app: Flask) -> None:
    @app.get("/broken/<thing>")
    @public
    def broken(thing: str) -> str:
        raise ValueError(thing)

    app.test_client().get("/broken/canary")

    assert 'method="GET",route="/broken/<thing>",status="500"' in answers(app)


def test_an_answer_is_named_as_the_proxy_named_the_request(app: Flask) -> None:
    named = str(uuid4())

    answer = app.test_client().get("/healthz", headers={"X-Request-ID": named})

    assert answer.headers["X-Request-ID"] == named


@pytest.mark.parametrize("named", ["", "+491700000001", "a" * 31, "a" * 33, "0049-170-1234567-0049", "x\tmore"])
def test_what_is_no_name_for_a_request_is_not_repeated(app: Flask, named: str) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": named})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_every_line_of_a_request_carries_its_name_and_no_other_requests(app: Flask) -> None:
    client = app.test_client()

    names = [(client.get("/healthz").headers["X-Request-ID"], get_contextvars()["request"]) for _ in range(2)]

    assert [answered == bound for answered, bound in names] == [True, True]
    assert len({bound for _, bound in names}) == 2
