"""Coming in without a password: the sheet, its code and picture, the first questions, and passwords chosen anew."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update

from companion.care.audit import AuditEntry
from companion.care.contact_models import Kind, MessageConsent, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.first_visits import FirstVisit
from companion.care.invitations import ALPHABET, Invitation
from companion.care.people import Person
from companion.db import reading, writing
from companion.messages.models import Message, Purpose
from companion.services import Services
from tests.people import NOON, PASSWORD, Cast
from tests.web.conftest import Browser, FakeClock

CODE = re.compile(r'class="sheet-code">([\w-]+)<')


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def sheet_of(browser: Browser, person: Person, days: str = "7") -> str:
    return text_of(browser.send(f"/people/{person.public_id}/invitation", {"days": days}))


def code_on(page: str) -> str:
    found = CODE.search(page)
    assert found is not None, page
    return found.group(1)


@pytest.fixture
def admin(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.admin)
    return browser


@pytest.fixture
def invited(admin: Browser, cast: Cast, browser: Browser) -> Browser:
    """The patient's telephone, just let in by the sheet."""
    answer = browser.send("/enter", {"code": code_on(sheet_of(admin, cast.patient))})
    assert (answer.status_code, answer.location) == (302, "/")
    return browser


def test_the_sheet_has_a_picture_a_code_three_sentences_and_the_number_in_the_readers_language(
    admin: Browser, cast: Cast, engine: Engine
) -> None:
    with writing(engine) as session:
        session.execute(update(Person).where(Person.id == cast.patient.id).values(language="zh"))

    page = sheet_of(admin, cast.patient)

    sheet = page[page.index('class="card sheet"') :]
    assert 'lang="zh-CN"' in sheet
    assert "<svg" in sheet
    assert "+861000000" in sheet
    assert sheet.count("<li>") == 3
    assert "打开手机相机" in sheet


def test_the_code_is_ten_signs_that_nobody_mixes_up_and_stands_nowhere_in_the_database(
    admin: Browser, cast: Cast, engine: Engine
) -> None:
    code = code_on(sheet_of(admin, cast.patient))

    assert re.fullmatch(rf"[{ALPHABET}]{{5}}-[{ALPHABET}]{{5}}", code)
    with reading(engine) as session:
        row = session.scalars(select(Invitation)).one()
        kept = [str(value) for value in vars(row).values()] + [
            str(e.details) for e in session.scalars(select(AuditEntry))
        ]
    assert not [value for value in kept if code in value or code.replace("-", "") in value]


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:3]} {code[3:]} "]
)
def test_capitals_spaces_and_the_dash_do_not_matter(admin: Browser, cast: Cast, browser: Browser, typed: Any) -> None:
    code = code_on(sheet_of(admin, cast.patient))

    assert browser.send("/enter", {"code": typed(code)}).status_code == 302


def test_the_picture_only_asks_and_its_button_lets_in(admin: Browser, cast: Cast, browser: Browser) -> None:
    code = code_on(sheet_of(admin, cast.patient))

    page = text_of(browser.get(f"/invited/{code}"))

    assert browser.get("/account").status_code == 302
    assert f'value="{code}"' in page
    assert browser.send("/enter", {"code": code}, seen_on=f"/invited/{code}").status_code == 302
    assert browser.get("/account").status_code == 200


def test_a_code_lets_in_once(admin: Browser, cast: Cast, invited: Browser, app: Flask, engine: Engine) -> None:
    with reading(engine) as session:
        assert session.scalars(select(Invitation)).one().used_at == NOON

    assert 'id="code-error"' in text_of(Browser(app).send("/enter", {"code": "22222-22222"}))


@pytest.mark.parametrize(("days", "later"), [("1", 1), ("7", 7), ("30", 30)])
def test_a_code_works_for_as_long_as_was_chosen(
    admin: Browser, cast: Cast, browser: Browser, clock: FakeClock, days: str, later: int
) -> None:
    code = code_on(sheet_of(admin, cast.patient, days))
    clock.forward(days=later)

    assert browser.send("/enter", {"code": code}).status_code == 422
    clock.forward(seconds=-1)
    assert browser.send("/enter", {"code": code}).status_code == 302


def test_a_new_sheet_makes_the_lost_one_worthless(admin: Browser, cast: Cast, browser: Browser) -> None:
    lost = code_on(sheet_of(admin, cast.patient))
    new = code_on(sheet_of(admin, cast.patient))

    assert browser.send("/enter", {"code": lost}).status_code == 422
    assert browser.send("/enter", {"code": new}).status_code == 302


def test_a_revoked_sheet_opens_nothing(admin: Browser, cast: Cast, browser: Browser) -> None:
    code = code_on(sheet_of(admin, cast.patient))
    making = f"/people/{cast.patient.public_id}/invitation"

    admin.send(f"{making}/revoke", seen_on=making)

    assert browser.send("/enter", {"code": code}).status_code == 422


def test_who_guesses_is_stopped(browser: Browser, cast: Cast) -> None:
    answers = [browser.send("/enter", {"code": f"2345{n:06}"}).status_code for n in range(21)]

    assert answers == [422] * 20 + [429]


def test_a_caregivers_sheet_says_what_they_will_see(admin: Browser, cast: Cast) -> None:
    page = sheet_of(admin, cast.caregiver)

    assert "You will see:" in page
    assert "Wang Aiyi: missed doses" in " ".join(page.split())


def test_a_doctor_invites_their_own_patient_and_no_stranger(signed_in: Any, cast: Cast) -> None:
    doctor = signed_in(cast.doctor)

    own = doctor.send(f"/clinic/patients/{cast.patient.public_id}/invitation", {"days": "7"})
    stranger = doctor.get(f"/clinic/patients/{cast.other_patient.public_id}/invitation")

    assert code_on(text_of(own))
    assert stranger.status_code == 404


# The first questions


def test_four_questions_one_a_page_lead_a_patient_home(invited: Browser, cast: Cast, engine: Engine) -> None:
    assert invited.get("/").location == "/welcome"
    assert invited.get("/welcome").location == "/welcome/reading"
    invited.send("/welcome/reading", {"chosen": "zh large"})
    assert invited.get("/welcome").location == "/welcome/health"
    invited.send("/welcome/health", {"agrees": "yes"})
    assert invited.get("/welcome").location == "/welcome/reminders"
    invited.send("/welcome/reminders", {"agrees": "yes"})
    assert invited.get("/welcome").location == "/welcome/zone"
    invited.send("/welcome/zone", {"is_right": "yes"})

    assert invited.get("/").location == "/today"
    assert 'class="large"' in text_of(invited.get("/account"))
    with reading(engine) as session:
        assert session.get_one(Person, cast.patient.id).language == "zh"


def test_a_first_visit_is_left_and_taken_up_where_it_was(
    invited: Browser, admin: Browser, cast: Cast, app: Flask
) -> None:
    invited.send("/welcome/reading", {"chosen": "en normal"})
    assert invited.get("/today").status_code == 200

    again = Browser(app)
    again.send("/enter", {"code": code_on(sheet_of(admin, cast.patient))})

    assert again.get("/welcome").location == "/welcome/health"


def test_a_no_to_reminders_is_written_down_in_the_words_that_were_shown(
    invited: Browser, cast: Cast, engine: Engine
) -> None:
    page = text_of(invited.get("/welcome/reminders"))

    invited.send("/welcome/reminders", {"agrees": "no"})

    with reading(engine) as session:
        last = session.scalars(select(MessageConsent).order_by(MessageConsent.id.desc())).first()
        assert last is not None
        assert (last.person_id, last.topic, last.is_agreed) == (cast.patient.id, "reminders", False)
    assert last.text.split(" as ")[0] in page


def test_another_time_is_taken_over_where_no_medicine_goes_by_it(invited: Browser, cast: Cast, engine: Engine) -> None:
    answer = invited.send("/welcome/zone", {"zone": "Europe/Berlin"})

    assert answer.location == "/welcome"
    with reading(engine) as session:
        assert session.get_one(Person, cast.patient.id).zone == "Europe/Berlin"


def test_what_is_no_time_zone_is_asked_again(invited: Browser) -> None:
    answer = invited.send("/welcome/zone", {"zone": "Mars"})

    assert answer.status_code == 422
    assert 'id="zone-error"' in text_of(answer)


@pytest.mark.parametrize(
    ("page", "form"),
    [("reading", {"chosen": "xx large"}), ("reading", {}), ("health", {}), ("reminders", {"agrees": "perhaps"})],
)
def test_an_answer_that_is_none_is_refused(invited: Browser, page: str, form: dict[str, str]) -> None:
    assert invited.send(f"/welcome/{page}", form).status_code == 400


def test_who_signs_in_with_a_password_is_asked_nothing(signed_in: Any, cast: Cast) -> None:
    assert signed_in(cast.patient).get("/").location == "/today"


# Staff


def test_staff_who_are_invited_choose_a_password(admin: Browser, cast: Cast, browser: Browser, engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(Person).where(Person.id == cast.doctor.id).values(password_hash=None))

    answer = browser.send("/enter", {"code": code_on(sheet_of(admin, cast.doctor))})

    assert answer.location == "/account/password"
    chosen = {"password": "a sentence nobody else would say", "again": "a sentence nobody else would say"}
    assert browser.send("/account/password", chosen).status_code == 302
    with reading(engine) as session:
        assert session.get_one(Person, cast.doctor.id).password_hash
        assert session.get(FirstVisit, cast.doctor.id) is None


def with_address(engine: Engine, person: Person, kind: Kind, address: str) -> None:
    with writing(engine) as session:
        whose = session.get_one(Person, person.id)
        add_contact(session, whose, kind, address, now=NOON, verified_by=VerifiedBy.CODE)


def told(engine: Engine, purpose: Purpose) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(Message.recipient_id).where(Message.purpose == purpose.value)))


def test_a_password_that_the_administrator_takes_away_is_told_to_its_owner_and_ends_every_session(
    admin: Browser, cast: Cast, signed_in: Any, engine: Engine, browser: Browser
) -> None:
    with_address(engine, cast.doctor, Kind.SMS, "+8613800138009")
    lost = signed_in(cast.doctor)

    page = text_of(admin.send(f"/people/{cast.doctor.public_id}/forget-password"))

    assert lost.get("/account").status_code == 302
    assert told(engine, Purpose.LOGIN_RESET) == [cast.doctor.id]
    assert browser.send("/enter", {"code": code_on(page)}).location == "/account/password"


def test_who_forgot_the_password_gets_a_code_and_the_same_answer_as_everybody(
    services: Services, cast: Cast, engine: Engine, app: Flask, signed_in: Any
) -> None:
    with_address(engine, cast.doctor, Kind.SMS, "+8613800138009")
    old = signed_in(cast.doctor)

    answers = [
        re.sub(r'value="[^"]+"', "", text_of(Browser(app).send("/forgotten-password", {"login": login})))
        for login in ("dr.li", "nobody", "wang")
    ]
    services.beat(NOON)
    sent = services.settings.console_outbox.read_text("utf-8")
    code = re.findall(r"[A-Z0-9]{5}-[A-Z0-9]{5}", sent)[-1]
    entered = Browser(app).send("/enter", {"code": code})

    assert answers[0] == answers[1] == answers[2]
    assert told(engine, Purpose.RESET_CODE) == [cast.doctor.id]
    assert entered.location == "/account/password"
    assert old.get("/account").status_code == 302


def test_a_person_is_sent_one_code_in_half_an_hour(
    cast: Cast, engine: Engine, browser: Browser, clock: FakeClock
) -> None:
    with_address(engine, cast.doctor, Kind.SMS, "+8613800138009")

    for _ in range(3):
        browser.send("/forgotten-password", {"login": "dr.li"})
    clock.forward(minutes=30)
    browser.send("/forgotten-password", {"login": "dr.li"})

    assert told(engine, Purpose.RESET_CODE) == [cast.doctor.id] * 2


def test_no_code_goes_to_an_address_that_nobody_proved(cast: Cast, engine: Engine, browser: Browser) -> None:
    with writing(engine) as session:
        add_contact(session, session.get_one(Person, cast.doctor.id), Kind.EMAIL, "li@example.org", now=NOON)

    browser.send("/forgotten-password", {"login": "dr.li"})

    assert told(engine, Purpose.RESET_CODE) == []


def test_who_asks_for_everybodys_codes_is_stopped(cast: Cast, browser: Browser) -> None:
    answers = [browser.send("/forgotten-password", {"login": f"dr.{n}"}).status_code for n in range(25)]

    assert answers[-1] == 429


def test_the_old_password_holds_until_the_code_is_used(cast: Cast, engine: Engine, app: Flask) -> None:
    with_address(engine, cast.doctor, Kind.SMS, "+8613800138009")

    Browser(app).send("/forgotten-password", {"login": "dr.li"})

    assert Browser(app).sign_in(cast.doctor, PASSWORD).status_code == 302
