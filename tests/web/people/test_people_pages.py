"""The administrator's pages: the list, a person, the end of care step by step, and who may see a patient."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.consent import CareLink
from companion.care.covers import Absence
from companion.care.endings import CareEnding
from companion.care.enrolling import add_person
from companion.care.facts import FactKind, note_fact
from companion.care.people import Person, Role
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.web.for_clinic.directory import State, Wanted, find_people
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock
from tests.web.page_words import words_of


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def admin(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.admin)
    return browser


def page_of(person: Person) -> str:
    return f"/people/{person.public_id}"


def end(admin: Browser, person: Person, reason: str, step: str = "end") -> Any:
    form = {"reason": reason, "happened_on": "2026-11-20", "step": step}
    return admin.send(f"{page_of(person)}/end", form)


def names(engine: Engine, **wanted: Any) -> list[str]:
    with reading(engine) as session:
        return [entry.name for entry in find_people(session, Wanted(**wanted), NOON).entries]


# The list


@pytest.mark.parametrize("search", ["aiyi", "AIYI", "wang a", "13800138000", " wang   aiyi "])
def test_somebody_is_found_by_a_part_of_name_or_number(cast: Cast, engine: Engine, search: str) -> None:
    assert names(engine, search=search) == ["Wang Aiyi"]


@pytest.mark.parametrize("search", ["%", "w_ng", "xyz"])
def test_signs_of_a_search_mean_themselves(cast: Cast, engine: Engine, search: str) -> None:
    assert names(engine, search=search) == []


def test_the_list_is_narrowed_by_role(cast: Cast, engine: Engine) -> None:
    assert names(engine, role="clinician") == ["Dr. Li", "Dr. Zhao"]


def test_fifty_stand_on_a_page_and_a_page_past_the_end_is_the_last(cast: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        for n in range(120):
            add_person(session, role=Role.CAREGIVER, name=f"Zz {n:03}", now=NOON)

    with reading(engine) as session:
        pages = [find_people(session, Wanted(search="zz", page=page), NOON) for page in (1, 2, 3, 9)]

    assert [len(page.entries) for page in pages] == [50, 50, 20, 20]
    assert (pages[0].total, pages[0].pages, pages[3].page) == (120, 3, 3)


def test_who_is_invited_and_who_ended_stand_in_lists_of_their_own(admin: Browser, cast: Cast, engine: Engine) -> None:
    admin.send(f"{page_of(cast.caregiver)}/invitation", {"days": "7"})
    end(admin, cast.other_caregiver, "left")

    assert names(engine, state=State.INVITED) == ["Wang Junior"]
    assert names(engine, state=State.ENDED) == ["Zhang Junior"]
    assert "Zhang Junior" not in names(engine)


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99999999999", "role=king", "state=x", "q=%25"])
def test_no_address_breaks_the_list(admin: Browser, query: str) -> None:
    assert admin.get(f"/people?{query}").status_code == 200


# A person


def test_the_page_of_a_patient_shows_no_health_data(admin: Browser, cast: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        whose, by = session.get_one(Person, cast.patient.id), session.get_one(Person, cast.doctor.id)
        value = {"kind": FactKind.WEIGHT_KG, "value": "83.25", "measured_on": NOON.date()}
        note_fact(session, patient=whose, noted_by=by, now=NOON, **value)  # type: ignore[arg-type]

    page = text_of(admin.get(page_of(cast.patient)))

    assert "83.25" not in page
    assert "1955" not in words_of(page)
    assert cast.patient.public_id in page


def test_an_unknown_person_is_not_found(admin: Browser) -> None:
    assert admin.get("/people/pa_000000000000").status_code == 404


# The end of care


def test_the_wizard_asks_then_says_what_it_means_then_acts(admin: Browser, cast: Cast, engine: Engine) -> None:
    asked = text_of(admin.get(f"{page_of(cast.patient)}/end"))
    meant = text_of(end(admin, cast.patient, "moved", step="check"))
    with reading(engine) as session:
        assert session.scalars(select(CareEnding)).all() == []

    done = end(admin, cast.patient, "moved")

    assert 'name="reason"' in asked
    assert "Caregivers: 1." in meant
    assert "Nov 20, 2041" in meant
    assert done.location == f"{page_of(cast.patient)}/ended"
    assert "Dr. Li" in text_of(admin.get(done.location))


def test_after_a_death_the_page_says_that_nobody_is_written_to_and_keeps_the_task(
    admin: Browser, cast: Cast, engine: Engine
) -> None:
    meant = text_of(end(admin, cast.patient, "died", step="check"))
    end(admin, cast.patient, "died")
    before, listed = text_of(admin.get(page_of(cast.patient))), text_of(admin.get("/people"))

    admin.send(f"{page_of(cast.patient)}/family-called", seen_on=page_of(cast.patient))

    assert "Nobody, by any message." in meant
    assert "I spoke with the family" in before
    assert page_of(cast.patient) in listed
    assert page_of(cast.patient) not in text_of(admin.get("/people"))
    assert "I spoke with the family" not in text_of(admin.get(page_of(cast.patient)))
    with reading(engine) as session:
        assert session.scalars(select(Task)).one().done_by == cast.admin.id


def test_their_browser_and_every_link_to_them_are_out(admin: Browser, cast: Cast, signed_in: Any) -> None:
    theirs, doctor = signed_in(cast.patient), signed_in(cast.doctor)

    end(admin, cast.patient, "left")

    assert theirs.get("/today").status_code == 302
    assert theirs.sign_in(cast.patient).status_code == 422
    assert doctor.get(f"/clinic/patients/{cast.patient.public_id}").status_code == 404
    assert cast.patient.name not in text_of(doctor.get("/clinic/patients"))


def test_a_session_does_not_come_back_with_who_is_taken_up_again(admin: Browser, cast: Cast, signed_in: Any) -> None:
    theirs = signed_in(cast.patient)
    end(admin, cast.patient, "left")

    admin.send(f"{page_of(cast.patient)}/reopen")

    assert theirs.get("/today").status_code == 302
    assert theirs.sign_in(cast.patient).status_code == 302


def test_after_a_month_the_page_offers_no_way_back(
    admin: Browser, cast: Cast, clock: FakeClock, signed_in: Any
) -> None:
    end(admin, cast.patient, "left")
    clock.forward(days=31)

    again = signed_in(cast.admin)

    assert again.get(f"{page_of(cast.patient)}/reopen").status_code == 409
    assert f"{page_of(cast.patient)}/reopen" not in text_of(again.get(page_of(cast.patient)))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"happened_on": "2026-11-20"}, "reason"),
        ({"reason": "died"}, "happened_on"),
        ({"reason": "died", "happened_on": "2027-01-01", "step": "end"}, "happened_on"),
    ],
)
def test_what_is_missing_or_impossible_is_said_at_its_field(
    admin: Browser, cast: Cast, form: dict[str, str], field: str
) -> None:
    answer = admin.send(f"{page_of(cast.patient)}/end", form)

    assert answer.status_code == 422
    assert f'href="#{field}"' in text_of(answer)


def test_the_only_doctor_of_a_patient_is_kept_with_a_sentence(admin: Browser, cast: Cast) -> None:
    answer = end(admin, cast.doctor, "left")

    assert answer.status_code == 422
    assert "open these to a colleague first" in text_of(answer)


def test_ending_needs_a_fresh_password(admin: Browser, cast: Cast, clock: FakeClock) -> None:
    clock.forward(minutes=16)

    assert admin.get(f"{page_of(cast.patient)}/end").location.startswith("/confirm-password")


# Care links


def test_who_could_see_before_stays_with_dates_and_who_noted_the_consent(
    signed_in: Any, cast: Cast, engine: Engine
) -> None:
    doctor, page = signed_in(cast.doctor), f"/clinic/patients/{cast.patient.public_id}/people"

    doctor.send(f"{page}/end", {"member": cast.caregiver.public_id, "scope": "readings"}, seen_on=page)

    shown = text_of(doctor.get(page))
    before = shown[shown.index("Who could see them before") :]
    assert "Wang Junior" in before
    assert "noted by Administrator" in before
    with reading(engine) as session:
        assert [e.action for e in session.scalars(select(AuditEntry).order_by(AuditEntry.id))][-1] == "ended_care_link"
        assert len(session.scalars(select(CareLink).where(CareLink.ends_at == NOON)).all()) == 1


def test_the_page_says_who_stands_in_for_a_doctor_who_is_away(signed_in: Any, cast: Cast, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(
            Absence(
                clinician_id=cast.doctor.id, cover_id=cast.other_doctor.id, noted_at=NOON,
                starts_at=NOON, ends_at=NOON.replace(year=2027),
            )
        )  # fmt: skip

    page = text_of(signed_in(cast.doctor).get(f"/clinic/patients/{cast.patient.public_id}/people"))

    assert re.search(r"away now; Dr\. Zhao stands in", page)
