"""A caregiver's page: one tile a person, exactly what is shared, for two people, for one and for none."""

from typing import Any

from sqlalchemy import Engine, update

from companion.care.consent import CareLink, Scope, link
from companion.care.people import Person
from companion.care.tasks import AlertKind, add_alert
from companion.db import writing
from tests.people import NOON, Cast


def page_of(signed_in: Any, person: Person) -> str:
    page: str = signed_in(person).get("/caregiver").get_data(as_text=True)
    return page


def end_all(engine: Engine, member: Person, *scopes: Scope) -> None:
    with writing(engine) as session:
        wanted = CareLink.member_id == member.id, CareLink.scope.in_([scope.value for scope in scopes])
        session.execute(update(CareLink).where(*wanted).values(ends_at=NOON))


def test_two_people_have_a_tile_each_and_the_one_with_an_alert_is_first(
    cast: Cast, engine: Engine, signed_in: Any
) -> None:
    with writing(engine) as session:
        for scope in (Scope.MISSED_DOSES, Scope.READINGS):
            link(session, patient=cast.other_patient, member=cast.caregiver, scope=scope, noted_by=cast.admin, now=NOON)
        add_alert(
            session,
            unique_key="a low of Zhang Bo",
            kind=AlertKind.URGENT_READING,
            patient_id=cast.other_patient.id,
            recipient_id=cast.caregiver.id,
            now=NOON,
            details={"event": "hypo_l2"},
        )

    page = page_of(signed_in, cast.caregiver)

    assert page.index("<h2>Zhang Bo</h2>") < page.index("<h2>Wang Aiyi</h2>")
    assert page.count("No alert is open.") == 1
    assert page.count("I will visit") == 1


def test_without_the_scope_there_are_no_values_and_the_page_says_so(cast: Cast, engine: Engine, signed_in: Any) -> None:
    end_all(engine, cast.caregiver, Scope.READINGS)

    page = page_of(signed_in, cast.caregiver)

    assert "Medicines today" in page
    assert "Last values" not in page
    assert "Not shared:" in page


def test_without_missed_doses_there_are_values_only(cast: Cast, engine: Engine, signed_in: Any) -> None:
    end_all(engine, cast.caregiver, Scope.MISSED_DOSES)

    page = page_of(signed_in, cast.caregiver)

    assert "Last values" in page
    assert "Medicines today" not in page
    assert "How I hear of it" not in page


def test_with_nobody_the_page_says_how_that_can_change(cast: Cast, engine: Engine, signed_in: Any) -> None:
    end_all(engine, cast.caregiver, Scope.MISSED_DOSES, Scope.READINGS)

    page = page_of(signed_in, cast.caregiver)

    assert "Nobody shares anything with you now" in page
    assert "Wang Aiyi" not in page


def test_quiet_hours_stand_on_the_page(cast: Cast, engine: Engine, signed_in: Any) -> None:
    with writing(engine) as session:
        person = session.get_one(Person, cast.caregiver.id)
        person.quiet_from, person.quiet_until = "22:00", "07:00"

    page = page_of(signed_in, cast.caregiver)

    assert "22:00 – 07:00" in page
