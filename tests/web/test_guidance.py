"""Guidance on a missed dose, from a clinician's draft to the patient's page."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from companion.care.audit import AuditEntry
from companion.db import reading, writing
from companion.reminders.doses.models import Dose
from companion.reminders.guidance_models import Guidance, GuidanceReview
from tests.people import NOON, Cast
from tests.web.conftest import FakeClock
from tests.web.things import her_dose

TEXT = {
    "kind": "drug",
    "drug": "Insulin glargine",
    "doses_a_day": "1",
    "text_en": "Say of the leaflet.",
    "text_zh": "说明书的话。",
    "source": "Leaflet of 2026",
}


def only_id(engine: Engine) -> str:
    with reading(engine) as session:
        return session.scalars(select(Guidance.public_id)).one()


def miss(engine: Engine, cast: Cast) -> str:
    """The address of a missed dose of Mrs. Wang."""
    dose = her_dose(engine, cast)
    with writing(engine) as session:
        session.execute(update(Dose).values(state="missed", window_ends_at=NOON))
    return f"/today/doses/{dose}"


def test_from_a_draft_to_the_patients_page_and_away_again(engine: Engine, cast: Cast, signed_in: Any) -> None:
    doctor, patient, address = signed_in(cast.doctor), signed_in(cast.patient), miss(engine, cast)

    doctor.send("/clinic/guidance/new", TEXT)
    one = f"/clinic/guidance/{only_id(engine)}"
    as_draft = patient.get(address).get_data(as_text=True)
    doctor.send(f"{one}/review", {"compared": "yes", "review_by": "2027-11-20"})
    as_reviewed = patient.get(address).get_data(as_text=True)
    doctor.send(f"{one}/withdraw", seen_on=one)
    as_withdrawn = patient.get(address).get_data(as_text=True)

    for page in (as_draft, as_withdrawn):
        assert "Say of the leaflet." not in page
        assert "Ask the clinic what to do before you take anything." in page
    assert "Say of the leaflet." in as_reviewed
    assert "Dr. Li" in as_reviewed
    assert "Leaflet of 2026" in as_reviewed
    assert all("Never take a double dose." in page for page in (as_draft, as_reviewed, as_withdrawn))


def test_the_patient_reads_it_in_her_language(engine: Engine, cast: Cast, signed_in: Any) -> None:
    doctor, address = signed_in(cast.doctor), miss(engine, cast)
    doctor.send("/clinic/guidance/new", TEXT)
    doctor.send(f"/clinic/guidance/{only_id(engine)}/review", {"compared": "yes", "review_by": "2027-11-20"})
    with writing(engine) as session:
        session.merge(cast.patient).language = "zh"

    page = signed_in(cast.patient).get(address).get_data(as_text=True)

    assert "说明书的话。" in page
    assert "切勿加倍服药。" in page


def test_a_review_needs_the_password_just_typed(engine: Engine, cast: Cast, signed_in: Any, clock: FakeClock) -> None:
    doctor = signed_in(cast.doctor)
    doctor.send("/clinic/guidance/new", TEXT)
    clock.forward(minutes=16)

    answer = doctor.send(
        f"/clinic/guidance/{only_id(engine)}/review",
        {"compared": "yes", "review_by": "2027-11-20"},
        seen_on="/clinic/guidance/new",
    )

    assert answer.location.startswith("/confirm-password")
    with reading(engine) as session:
        assert session.scalar(select(GuidanceReview)) is None


@pytest.mark.parametrize("form", [{"review_by": "2027-11-20"}, {"compared": "yes", "review_by": "2036-11-20"}])
def test_a_review_without_comparing_or_for_too_long_is_refused(
    engine: Engine, cast: Cast, signed_in: Any, form: dict[str, str]
) -> None:
    doctor = signed_in(cast.doctor)
    doctor.send("/clinic/guidance/new", TEXT)

    answer = doctor.send(f"/clinic/guidance/{only_id(engine)}/review", form)

    assert answer.status_code == 422
    with reading(engine) as session:
        assert session.scalar(select(GuidanceReview)) is None


def test_a_draft_without_a_source_is_shown_again_with_what_is_missing(
    engine: Engine, cast: Cast, signed_in: Any
) -> None:
    answer = signed_in(cast.doctor).send("/clinic/guidance/new", TEXT | {"source": ""})

    assert answer.status_code == 422
    assert "Say of the leaflet." in answer.get_data(as_text=True)


def test_every_act_stands_in_the_audit_trail(engine: Engine, cast: Cast, signed_in: Any) -> None:
    doctor = signed_in(cast.doctor)
    doctor.send("/clinic/guidance/new", TEXT)
    one = f"/clinic/guidance/{only_id(engine)}"
    doctor.send(f"{one}/review", {"compared": "yes", "review_by": "2027-11-20"})
    doctor.send(f"{one}/withdraw", seen_on=one)

    with reading(engine) as session:
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("%guidance")).order_by(AuditEntry.id)
        ).all()

    assert acts == ["drafted_guidance", "reviewed_guidance", "withdrew_guidance"]


def test_the_list_tells_what_patients_see(engine: Engine, cast: Cast, signed_in: Any) -> None:
    doctor = signed_in(cast.doctor)
    doctor.send("/clinic/guidance/new", TEXT)
    before = doctor.get("/clinic/guidance").get_data(as_text=True)

    doctor.send(f"/clinic/guidance/{only_id(engine)}/review", {"compared": "yes", "review_by": "2027-11-20"})

    assert "draft: no patient sees it" in before
    assert "patients see it" in doctor.get("/clinic/guidance").get_data(as_text=True)
