"""A doctor changes a dose or a plan: what changes is shown first, and no two doctors overwrite each other."""

from datetime import timedelta
from typing import Any

from companion.advice.models import Plan
from companion.care.consent import Scope
from companion.care.regimens import Regimen, RegimenRevision
from companion.db import writing
from tests.web.loop.house import House

DOSE = {"kind": "daily", "amount": "18", "times": "08:00 20:00", "reason": "fasting high", "seen": "1"}


def path(house: House, rest: str = "") -> str:
    return f"/clinic/patients/{house.anna.public_id}/medicines/rg_insulin{rest}"


def text_of(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def plan_form(house: House, running: Plan | None, **changed: str) -> dict[str, str]:
    """The running plan, as its form shows it, with what is changed."""
    return {
        "protocol": "basal.ada_2u3d",
        "digest": house.stores.registry.digest,
        "target_low": "80",
        "target_high": "130",
        "max_daily": "60",
        "ends_on": str(house.today + timedelta(days=80)),
        "seen": str(running.id if running else 0),
        "step": "preview",
    } | changed


def test_a_changed_dose_is_shown_beside_what_holds_in_both_languages_with_its_next_times(house: House) -> None:
    house.prescribe()

    answer = house.browser(house.doctor).send(path(house), DOSE | {"start_on": str(house.today)})

    page = text_of(answer)
    assert answer.status_code == 200
    assert '<th scope="row">How it is taken</th><td>16 units every morning</td>' in page
    assert "<td><strong>18 units every morning and evening</strong></td>" in page
    assert 'lang="zh">' in page
    assert page.count("<li>") >= 3
    assert "Last day</th>" not in page
    assert len(house.all(RegimenRevision)) == 1


def test_a_dose_that_a_colleague_changed_meanwhile_is_shown_and_nothing_is_written(house: House) -> None:
    regimen = house.prescribe()
    with writing(house.engine) as session:
        house.revise(session, session.merge(regimen), "20", {"kind": "daily", "times": ["08:00"]}, house.now)

    answer = house.browser(house.doctor).send(path(house), DOSE | {"start_on": str(house.today), "step": "prescribe"})

    page = text_of(answer)
    assert answer.status_code == 412
    assert "Nothing of yours was prescribed" in page
    assert "<dd>20 units every morning</dd>" in page
    assert 'name="seen" value="2"' in page
    assert [revision.amount for revision in house.all(RegimenRevision)] == [16, 20]


def test_after_looking_again_it_is_prescribed(house: House) -> None:
    regimen = house.prescribe()
    with writing(house.engine) as session:
        house.revise(session, session.merge(regimen), "20", {"kind": "daily", "times": ["08:00"]}, house.now)

    again = DOSE | {"start_on": str(house.today), "step": "prescribe", "seen": "2"}
    answer = house.browser(house.doctor).send(path(house), again)

    assert answer.status_code == 302
    assert [revision.amount for revision in house.all(RegimenRevision)] == [16, 20, 18]


def test_a_plan_that_runs_is_in_the_form_and_what_changes_is_shown_in_plain_words(house: House) -> None:
    regimen, plan = house.titration()
    form = plan_form(house, plan, max_daily="40", target_high="120")
    browser = house.browser(house.doctor)

    shown = text_of(browser.get(path(house, "/plan")))
    answer = browser.send(path(house, "/plan"), form)

    page = text_of(answer)
    assert 'name="max_daily" type="text" value="60"' in shown
    assert answer.status_code == 200
    assert '<th scope="row">At most a day</th><td>60</td><td><strong>40</strong></td>' in page
    assert "<td>80–130 mg/dL</td><td><strong>80–120 mg/dL</strong></td>" in page
    assert "changes of Glargine may be proposed by the protocol" in page
    assert "未经医生批准，剂量不会改变。" in page
    assert "The medicine is next taken" in page
    assert regimen.public_id == "rg_insulin"


def test_a_change_of_a_plan_needs_a_reason_and_keeps_it(house: House) -> None:
    _regimen, plan = house.titration()
    form = plan_form(house, plan, step="sign", signed="yes", max_daily="40")
    browser = house.browser(house.doctor)

    without = browser.send(path(house, "/plan"), form)
    with_it = browser.send(path(house, "/plan"), form | {"reason": "kidneys got worse"})

    assert without.status_code == 422
    assert 'href="#reason"' in text_of(without)
    assert with_it.status_code == 302
    assert [(each.reason, each.stopped_at is None) for each in house.all(Plan)] == [
        (None, False),
        ("kidneys got worse", True),
    ]


def test_a_plan_that_a_colleague_signed_meanwhile_is_shown_and_nothing_is_signed(house: House) -> None:
    _regimen, plan = house.titration()
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
    mine = plan_form(house, plan, step="sign", signed="yes", max_daily="40", reason="mine")
    theirs = plan_form(house, plan, step="sign", signed="yes", max_daily="50", reason="theirs")

    first = house.browser(house.other_doctor).send(path(house, "/plan"), theirs)
    second = house.browser(house.doctor).send(path(house, "/plan"), mine)

    page = text_of(second)
    assert (first.status_code, second.status_code) == (302, 412)
    assert "Nothing of yours was signed" in page
    assert "signed by Dr. Stern" in page
    assert "<dd>50</dd>" in page
    assert [each.reason for each in house.all(Plan)] == [None, "theirs"]


def test_the_first_plan_of_a_medicine_needs_no_reason(house: House) -> None:
    _regimen, plan = house.titration(stopped_at=house.now)

    answer = house.browser(house.doctor).send(path(house, "/plan"), plan_form(house, None, step="sign", signed="yes"))

    assert answer.status_code == 302
    assert plan.stopped_at is not None
    assert house.only(Regimen).stopped_at is None
