"""Everybody finds their pages: places that lead somewhere, and beside them those that belong together."""

import re
from typing import Any

import pytest
from flask import Flask, url_for

from companion.care.people import Role
from companion.web.navigation import GROUPS, PLACES, beside
from tests.people import Cast


@pytest.mark.parametrize("role", Role)
def test_every_place_is_a_page(app: Flask, role: Role) -> None:
    pages = [*PLACES[role], *(page for group in GROUPS.get(role, ()) for page in group)]

    missing = [endpoint for endpoint, _ in pages if endpoint not in app.view_functions]

    assert missing == []


@pytest.mark.parametrize("role", GROUPS)
def test_a_group_is_found_by_each_of_its_pages_and_begins_with_a_place(role: Role) -> None:
    places = dict(PLACES[role])

    for group in GROUPS[role]:
        assert group[0][0] in places
        assert all(beside(role, endpoint) == group for endpoint, _ in group)


def test_a_page_of_no_group_stands_alone() -> None:
    assert beside(Role.CLINICIAN, "doctor.queue") == ()


@pytest.mark.parametrize("role", Role)
def test_nobody_chooses_among_more_than_eight_places_or_six_pages_beside_them(role: Role) -> None:
    assert len(PLACES[role]) <= 8
    assert max((len(group) for group in GROUPS.get(role, ())), default=0) <= 6


def test_on_a_page_of_a_group_both_the_place_and_the_page_are_marked(cast: Cast, signed_in: Any) -> None:
    page = signed_in(cast.admin).get("/office/quarantine").get_data(as_text=True)

    marked = re.findall(r'<a href="([^"]+)" aria-current="(\w+)"', page)
    assert marked == [("/clinic/devices", "true"), ("/office/quarantine", "page")]


def test_an_administrator_reaches_every_page_of_a_group_from_any_other(cast: Cast, signed_in: Any) -> None:
    office = signed_in(cast.admin)

    for path in ("/clinic/devices", "/clinic/delivery", "/clinic/figures", "/clinic/service", "/clinic/audit"):
        assert office.get(path).status_code == 200, path


def test_a_doctor_reaches_every_page_of_a_group_from_its_place(app: Flask, cast: Cast, signed_in: Any) -> None:
    doctor = signed_in(cast.doctor)
    with app.test_request_context():
        groups = [[url_for(endpoint) for endpoint, _ in group] for group in GROUPS[Role.CLINICIAN]]

    shown = [re.findall(r'href="([^"]+)"', doctor.get(group[0]).get_data(as_text=True)) for group in groups]

    assert all(set(group) <= set(links) for group, links in zip(groups, shown, strict=True))
