"""Guides through the doors: written and signed at the clinic, read by the patient, asked for by API."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from companion.care.audit import AuditEntry
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.programme.guides.models import GuidePicture, GuideVersion
from tests.programme.guide_shelf import TEXTS, add_pharmacist, draft, publish
from tests.web.conftest import Browser
from tests.web.loop.house import House
from tests.web.page_words import words_of

FORM = {**TEXTS, "key": "insulin-pen", "about": "drug_class", "drug_class": "basal_insulin", "topic": "injection"}


@pytest.fixture
def pharmacist(house: House) -> Person:
    house.prescribe()
    found = add_pharmacist(house)
    house.give_login(found, "sun")
    return found


def the_version(house: House) -> GuideVersion:
    with reading(house.engine) as session:
        return session.scalars(select(GuideVersion).order_by(GuideVersion.id.desc()).limit(1)).unique().one()


def read_on(browser: Browser, path: str) -> str:
    return words_of(browser.get(path).get_data(as_text=True))


def another_patient(house: House) -> Person:
    with writing(house.engine) as session:
        zoe = house.add(session, Role.PATIENT, "Zoe", None)
    house.give_login(zoe, "zoe")
    return zoe


def shelve(house: House, pharmacist: Person) -> GuideVersion:
    with writing(house.engine) as session:
        publish(session, version := draft(session, pharmacist, house), house.doctor, house)
        return version


def test_from_the_pharmacists_desk_to_the_patients_hand(house: House, pharmacist: Person) -> None:
    desk, doctor, anna = (house.browser(person) for person in (pharmacist, house.doctor, house.anna))

    desk.send("/clinic/guides/new", {**FORM, "videos": "https://videos.example/1"})
    path = f"/clinic/guides/{the_version(house).public_id}"
    unseen = read_on(anna, "/guides")
    until = (house.today + timedelta(days=300)).isoformat()
    by_author = desk.send(f"{path}/review", {"compared": "yes", "review_by": until})
    signed = doctor.send(f"{path}/review", {"compared": "yes", "review_by": until})
    listed = read_on(anna, "/guides")
    page = anna.get(f"/guides/{the_version(house).guide.public_id}")

    assert "Your pen" not in unseen
    assert (by_author.status_code, signed.status_code) == (422, 302)
    assert "Your pen" in listed
    assert "<h2>Before</h2>" in page.get_data(as_text=True)
    assert "Leaflet, May 2026" in words_of(page.get_data(as_text=True))
    assert house.doctor.name in words_of(page.get_data(as_text=True))
    assert "videos.example" in words_of(page.get_data(as_text=True))
    with reading(house.engine) as session:
        query = select(AuditEntry.action).where(AuditEntry.action.startswith("guide.")).order_by(AuditEntry.id)
        acts = session.scalars(query).all()
    assert acts == ["guide.drafted", "guide.reviewed"]


def test_a_new_version_shows_what_changed_until_it_was_read(house: House, pharmacist: Person) -> None:
    first = shelve(house, pharmacist)
    changed = {"text_en": "# Before\n\nWash your hands. Roll it.", "changed_en": "Roll it now.", "changed_zh": "滚动。"}
    house.browser(pharmacist).send(f"/clinic/guides/{first.public_id}/next", {**FORM, **changed})
    with writing(house.engine) as session:
        publish(session, session.get_one(GuideVersion, the_version(house).id), house.doctor, house)
    anna, path = house.browser(house.anna), f"/guides/{first.guide.public_id}"

    before = read_on(anna, path)
    anna.send(f"{path}/read", seen_on=path)
    after = read_on(anna, path)

    assert "Roll it now." in before
    assert "No longer there: Shake it." in before
    assert "New: Roll it." in before
    assert "This guide has changed" not in after
    assert "You have read it." in after


def test_a_form_that_cannot_be_kept_says_which_field_and_keeps_what_was_typed(house: House, pharmacist: Person) -> None:
    answer = house.browser(pharmacist).send("/clinic/guides/new", {**FORM, "videos": "ftp://x"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="videos-error"' in page
    assert "Wash your hands" in page


def test_a_picture_is_kept_here_and_shown_to_whoever_reads_guides(house: House, pharmacist: Person) -> None:
    sent = BytesIO()
    Image.new("RGB", (30, 20), "red").save(sent, "PNG")
    desk = house.browser(pharmacist)

    desk.send("/clinic/guide-pictures", {"label": "a pen", "picture": (BytesIO(sent.getvalue()), "pen.png")})
    refused = desk.send("/clinic/guide-pictures", {"label": "a pen", "picture": (BytesIO(b"<svg/>"), "pen.png")})
    with reading(house.engine) as session:
        sha256 = session.scalars(select(GuidePicture.sha256)).one()
    shown = house.browser(house.anna).get(f"/guides/pictures/{sha256}")
    to_family = house.browser(house.ben).get(f"/guides/pictures/{sha256}")

    assert refused.status_code == 422
    assert (shown.status_code, shown.content_type) == (200, "image/png")
    assert to_family.status_code == 403


def test_a_guide_about_what_one_does_not_take_is_not_there(house: House, pharmacist: Person) -> None:
    path = f"/guides/{shelve(house, pharmacist).guide.public_id}"

    own, strangers = house.browser(house.anna).get(path), house.browser(another_patient(house)).get(path)

    assert (own.status_code, strangers.status_code) == (200, 404)


def test_a_guide_in_one_language_says_so_to_who_reads_the_other(house: House, pharmacist: Person) -> None:
    with writing(house.engine) as session:
        version = draft(session, pharmacist, house, title_zh="", text_zh="")
        publish(session, version, house.doctor, house)
        session.get_one(Person, house.anna.id).language = "zh"

    page = house.page(house.anna, f"/guides/{version.guide.public_id}")

    assert "还没有中文" in page
    assert '<div class="card guide" lang="en">' in page


def test_the_api_gives_ones_own_guides_and_notes_that_they_were_read(house: House, pharmacist: Person) -> None:
    version = shelve(house, pharmacist)
    anna, path = house.browser(house.anna), f"/api/v1/patients/{house.anna.public_id}/guides"
    page = anna.get("/guides").get_data(as_text=True)
    token = {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"')[0]}

    read = anna.client.post(f"{path}/{version.guide.public_id}/read", headers=token)
    again = anna.client.post(f"{path}/{version.guide.public_id}/read", headers=token)
    unknown = anna.client.post(f"{path}/gd_none/read", headers=token)
    (told,) = anna.get(path).get_json()["guides"]
    of_another = house.browser(another_patient(house)).get(path)

    assert (read.get_json(), again.get_json()) == ({"is_new": True}, {"is_new": False})
    assert unknown.status_code == 404
    assert (told["key"], told["version"], told["is_read"]) == ("insulin-pen", 1, True)
    assert [text["language"] for text in told["texts"]] == ["en", "zh"]
    assert (told["reviewed_by"], told["reviewer_role"]) == (house.doctor.name, "clinician")
    assert of_another.status_code == 404
