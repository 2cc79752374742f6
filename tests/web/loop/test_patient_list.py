"""The list of a doctor's patients: by name, a page at a time, found by a name that stands in no address."""

import pytest

from companion.care.consent import Scope
from companion.care.people import Role
from companion.db import writing
from companion.web.for_doctors import patients
from tests.web.loop.house import House

LIST = "/clinic/patients"


@pytest.fixture
def ward(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Two patients a page; Anna, three more, and one of another doctor."""
    monkeypatch.setattr(patients, "A_PAGE", 2)
    with writing(house.engine) as session:
        for name in ("Bea", "Caro", "王秀英"):
            house.link(session, house.add(session, Role.PATIENT, name, None), house.doctor, Scope.CARE)
        house.link(session, house.add(session, Role.PATIENT, "Zora", None), house.other_doctor, Scope.CARE)
    return house


def names(page: str) -> list[str]:
    return [name for name in ("Anna", "Bea", "Caro", "王秀英", "Zora") if name in page]


def test_the_list_is_cut_into_pages_that_lead_to_each_other(ward: House) -> None:
    first, second = ward.page(ward.doctor, LIST), ward.page(ward.doctor, f"{LIST}?page=2")

    assert names(first) == ["Anna", "Bea"]
    assert names(second) == ["Caro", "王秀英"]
    assert f"{LIST}?page=2" in first
    assert f"{LIST}?page=1" in second
    assert f"{LIST}?page=3" not in second


@pytest.mark.parametrize(("page", "status"), [("3", 404), ("0", 200), ("-1", 200), ("x", 200)])
def test_a_page_past_the_end_is_none(ward: House, page: str, status: int) -> None:
    assert ward.browser(ward.doctor).get(f"{LIST}?page={page}").status_code == status


@pytest.mark.parametrize(("text", "found"), [("car", ["Caro"]), ("秀", ["王秀英"]), ("Zora", []), ("%", [])])
def test_whom_one_looks_for_is_sent_and_found_among_ones_own(ward: House, text: str, found: list[str]) -> None:
    answer = ward.browser(ward.doctor).send(LIST, {"text": text}, LIST)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert [name for name in names(page) if name != text] == found
    assert f"text={text}" not in page


def test_where_more_are_found_than_fit_the_reader_is_asked_for_more_of_the_name(ward: House) -> None:
    page = ward.browser(ward.doctor).send(LIST, {"text": "a"}, LIST).get_data(as_text=True)

    assert "write more of the name" in page
