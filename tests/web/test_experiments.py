"""Experiments on the office's page: begun by its terms, refused beside the field, shown on the patient's page."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.db import reading
from companion.programme.surveys.experiment_models import Experiment, ExperimentExposure
from tests.people import Cast

TERMS = {"place": "tip_page", "metric": "opened", "days": "28", "share_usual": "1", "share_other": "1"}
ADDRESS = "/office/experiments"


def rows(engine: Engine, model: type[Any]) -> list[Any]:
    with reading(engine) as session:
        return list(session.scalars(select(model)))


def test_an_administrator_begins_one_and_ends_it(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.admin)

    browser.send(ADDRESS, TERMS)
    [made] = rows(engine, Experiment)
    page = browser.get(ADDRESS).get_data(as_text=True)
    browser.send(f"{ADDRESS}/{made.public_id}/end", seen_on=ADDRESS)

    assert made.shares == {"usual": 1, "thanks": 1}
    assert "It is running. Its result is shown when it ends, and not before." in page
    assert rows(engine, Experiment)[0].stopped_at is not None


@pytest.mark.parametrize("changed", [{"days": "3"}, {"place": "reminder"}, {"metric": ""}, {"share_other": "0"}])
def test_terms_that_make_none_are_refused(engine: Engine, cast: Cast, signed_in: Any, changed: dict[str, str]) -> None:
    answer = signed_in(cast.admin).send(ADDRESS, TERMS | changed)

    assert answer.status_code == 422
    assert rows(engine, Experiment) == []


def test_the_page_notes_who_was_shown_which_way(engine: Engine, cast: Cast, signed_in: Any) -> None:
    signed_in(cast.admin).send(ADDRESS, TERMS)

    page = signed_in(cast.patient).get("/for-you").get_data(as_text=True)

    [noted] = rows(engine, ExperimentExposure)
    assert ("Thank you for reading." in page) is (noted.way == "thanks")


def test_a_doctor_begins_none(cast: Cast, signed_in: Any) -> None:
    assert signed_in(cast.doctor).get(ADDRESS).status_code == 403
    assert signed_in(cast.admin).send(f"{ADDRESS}/none/end", seen_on=ADDRESS).status_code == 404
