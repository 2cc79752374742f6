"""The door: passwords, one-time links, sessions, and typing the password again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from companion.care.audit import AuditEntry
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.care.sign_in_links import SignInLink, make_link, use_link
from companion.db import reading, writing
from companion.web.door.browsers import in_short
from companion.web.door.first_admin import create_first_admin
from companion.web.door.limits import TooManyAttemptsError
from companion.web.door.sign_in import MAX_WRONG_PER_LOGIN, check_password
from companion.web.models import WebSession
from tests.people import NOON, PASSWORD, Cast
from tests.web.conftest import Browser, FakeClock, settings_with

COOKIE = "companion"


def cookie_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None, "signed in"
    return cookie.value


def link_for(engine: Engine, person: Person, **options: Any) -> str:
    with writing(engine) as session:
        return make_link(session, person, NOON, **options)


class TestPasswords:
    def test_the_right_password_opens_the_house(self, browser: Browser, cast: Cast) -> None:
        answer = browser.sign_in(cast.doctor)

        assert answer.status_code == 302
        assert browser.get("/account").status_code == 200

    @pytest.mark.parametrize(("login", "password"), [("dr.li", "not the right password"), ("nobody.here", PASSWORD)])
    def test_a_wrong_login_and_a_wrong_password_are_told_the_same(
        self, browser: Browser, cast: Cast, login: str, password: str
    ) -> None:
        answer = browser.send("/sign-in", {"login": login, "password": password})

        assert answer.status_code == 422
        assert "The login or the password is not right." in answer.get_data(as_text=True)

    def test_an_empty_form_says_so_at_each_field(self, browser: Browser, cast: Cast) -> None:
        page = browser.send("/sign-in", {"login": "", "password": ""}).get_data(as_text=True)

        assert 'id="login-error"' in page
        assert 'id="password-error"' in page

    def test_after_five_wrong_ones_even_the_right_one_has_to_wait_15_minutes(
        self, browser: Browser, cast: Cast, clock: FakeClock
    ) -> None:
        for _ in range(5):
            browser.sign_in(cast.doctor, "a wrong one, five times")

        at_once = browser.sign_in(cast.doctor)
        clock.forward(minutes=15)
        later = browser.sign_in(cast.doctor)

        assert (at_once.status_code, later.status_code) == (429, 302)

    def test_an_address_may_guess_twenty_times_over_all_logins(self, browser: Browser, cast: Cast) -> None:
        for number in range(20):
            browser.send("/sign-in", {"login": f"guess{number}", "password": "whatever it may be"})

        answer = browser.sign_in(cast.doctor)

        assert answer.status_code == 429

    def test_right_ones_do_not_count_as_guesses(self, browser: Browser, cast: Cast) -> None:
        answers = [browser.sign_in(cast.doctor).status_code for _ in range(7)]

        assert set(answers) == {302}

    def test_guesses_sent_at_one_moment_are_all_counted(self, engine: Engine, cast: Cast) -> None:
        def guess(number: int) -> str:
            try:
                check_password(engine, "dr.li", f"guess number {number}", "10.0.0.1", NOON)
            except TooManyAttemptsError:
                return "refused"
            return "checked"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(guess, range(12)))

        assert outcomes.count("checked") == MAX_WRONG_PER_LOGIN

    def test_somebody_who_left_cannot_come_in(self, browser: Browser, cast: Cast, engine: Engine) -> None:
        with writing(engine) as session:
            session.get_one(Person, cast.doctor.id).left_at = NOON

        answer = browser.sign_in(cast.doctor)

        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("target", "leads_to"),
        [
            ("/clinic/patients", "/clinic/patients"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("", "/"),
        ],
    )
    def test_signing_in_never_leads_to_another_site(
        self, browser: Browser, cast: Cast, target: str, leads_to: str
    ) -> None:
        form = {"login": cast.doctor.login, "password": PASSWORD, "next": target}

        answer = browser.send("/sign-in", form)

        assert answer.location == leads_to


class TestLinks:
    def test_looking_at_a_link_does_not_use_it_up(self, browser: Browser, engine: Engine, cast: Cast) -> None:
        token = link_for(engine, cast.patient)

        looks = [browser.get(f"/enter/{token}").status_code for _ in range(3)]
        entered = browser.send(f"/enter/{token}")

        assert looks == [200, 200, 200]
        assert entered.status_code == 302
        assert cast.patient.name in browser.get("/account").get_data(as_text=True)

    def test_a_link_works_once(self, app: Flask, engine: Engine, cast: Cast) -> None:
        token = link_for(engine, cast.patient)
        Browser(app).send(f"/enter/{token}")
        second = Browser(app)

        answer = second.send(f"/enter/{token}")

        assert answer.status_code == 410
        assert second.get("/account").status_code == 302

    def test_of_many_at_one_moment_one_gets_in(self, engine: Engine, cast: Cast) -> None:
        token = link_for(engine, cast.patient)

        def enter(_number: int) -> bool:
            with writing(engine) as session:
                return use_link(session, token, NOON) is not None

        with ThreadPoolExecutor(8) as pool:
            let_in = list(pool.map(enter, range(16)))

        assert let_in.count(True) == 1

    def test_a_link_ends_after_24_hours(self, browser: Browser, engine: Engine, cast: Cast, clock: FakeClock) -> None:
        token = link_for(engine, cast.patient)
        clock.forward(hours=24)

        answer = browser.send(f"/enter/{token}")

        assert answer.status_code == 410

    def test_a_made_up_link_opens_nothing(self, browser: Browser, cast: Cast) -> None:
        assert browser.send("/enter/made-up").status_code == 410

    def test_a_link_is_never_a_fresh_authentication(self, browser: Browser, engine: Engine, cast: Cast) -> None:
        browser.send(f"/enter/{link_for(engine, cast.doctor)}")
        page = f"/clinic/patients/{cast.patient.public_id}/medicines/new"

        answer = browser.get(page)

        assert answer.location == f"/confirm-password?next={page}"

    def test_neither_links_nor_sessions_stand_in_the_database_as_they_are(
        self, browser: Browser, engine: Engine, cast: Cast
    ) -> None:
        token = link_for(engine, cast.patient)
        browser.send(f"/enter/{token}")

        with reading(engine) as session:
            stored = {*session.scalars(select(SignInLink.token_hash)), *session.scalars(select(WebSession.token_hash))}

        assert len(stored) == 2
        assert not stored & {token, cookie_of(browser)}
        assert all(len(digest) == 64 for digest in stored)


class TestSessions:
    def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(
        self, app: Flask, browser: Browser, cast: Cast
    ) -> None:
        browser.sign_in(cast.patient)
        kept = cookie_of(browser)

        browser.send("/sign-out", seen_on="/account")

        thief = app.test_client()
        thief.set_cookie(COOKIE, kept)
        assert thief.get("/account").status_code == 302

    @pytest.mark.parametrize(("who", "idle"), [("doctor", 1), ("admin", 1), ("patient", 12), ("caregiver", 12)])
    def test_a_session_left_idle_ends(self, who: str, idle: int, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(getattr(cast, who))

        clock.forward(hours=idle, minutes=-2)
        before = browser.get("/account").status_code
        clock.forward(hours=idle)
        after = browser.get("/account").status_code

        assert (before, after) == (200, 302)

    @pytest.mark.parametrize(("who", "hours", "step"), [("doctor", 24, 0.5), ("patient", 30 * 24, 11)])
    def test_a_session_that_is_used_all_the_time_ends_too(
        self, who: str, hours: int, step: float, cast: Cast, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(getattr(cast, who))

        lasted = 0.0
        while browser.get("/account").status_code == 200:
            clock.forward(hours=step)
            lasted += step

        assert hours <= lasted < hours + 2 * step

    def test_signing_in_again_gives_a_new_secret_and_ends_the_old_one(
        self, app: Flask, cast: Cast, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        old = cookie_of(browser)

        browser.sign_in(cast.doctor)

        assert cookie_of(browser) != old
        other = app.test_client()
        other.set_cookie(COOKIE, old)
        assert other.get("/account").status_code == 302

    def test_another_browser_can_be_signed_out_from_here(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        lost, here = signed_in(cast.patient), signed_in(cast.patient)
        with reading(engine) as session:
            lost_id = session.scalar(select(WebSession.public_id).order_by(WebSession.id).limit(1))

        here.send(f"/account/sessions/{lost_id}/end", seen_on="/account")

        assert lost.get("/account").status_code == 302
        assert here.get("/account").status_code == 200

    def test_nobody_ends_the_session_of_somebody_else(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        hers, his = signed_in(cast.patient), signed_in(cast.other_patient)
        with reading(engine) as session:
            her_id = session.scalar(select(WebSession.public_id).where(WebSession.person_id == cast.patient.id))

        answer = his.send(f"/account/sessions/{her_id}/end", seen_on="/account")

        assert answer.status_code == 404
        assert hers.get("/account").status_code == 200

    def test_a_made_up_cookie_is_nobody(self, app: Flask, cast: Cast) -> None:
        client = app.test_client()
        client.set_cookie(COOKIE, "made-up")

        assert client.get("/account").status_code == 302


class TestTheSecondAsking:
    def test_a_password_is_fresh_for_15_minutes(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        page = f"/clinic/patients/{cast.patient.public_id}/medicines/new"

        clock.forward(minutes=14, seconds=59)
        before = browser.get(page).status_code
        clock.forward(seconds=1)
        after = browser.get(page).status_code

        assert (before, after) == (200, 302)

    def test_typing_it_again_leads_back_under_a_new_secret(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        page = f"/clinic/patients/{cast.patient.public_id}/medicines/new"
        old = cookie_of(browser)
        clock.forward(minutes=20)

        answer = browser.send("/confirm-password", {"password": PASSWORD, "next": page})

        assert answer.location == page
        assert browser.get(page).status_code == 200
        assert cookie_of(browser) != old

    def test_a_wrong_one_opens_nothing_and_counts_as_a_guess(
        self, cast: Cast, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        clock.forward(minutes=20)

        answers = [browser.send("/confirm-password", {"password": "not the password"}).status_code for _ in range(6)]

        assert answers == [422] * 5 + [429]
        assert browser.get(f"/clinic/patients/{cast.patient.public_id}/medicines/new").status_code == 302


class TestSettingAPassword:
    def test_who_was_invited_sets_one_and_still_has_to_type_it(
        self, browser: Browser, engine: Engine, cast: Cast
    ) -> None:
        with writing(engine) as session:
            nurse = add_person(session, role=Role.CLINICIAN, name="Nurse Chen", login="chen", now=NOON)
        browser.send(f"/enter/{link_for(engine, nurse)}")
        new = {"password": PASSWORD, "again": PASSWORD}

        answer = browser.send("/account/password", new)

        assert answer.status_code == 302
        assert browser.get("/people/new").status_code == 200
        assert browser.sign_in(nurse).status_code == 302

    def test_a_change_needs_the_present_one_first(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        clock.forward(minutes=16)

        answer = browser.get("/account/password")

        assert answer.location.startswith("/confirm-password")

    def test_a_change_signs_every_other_browser_out(self, cast: Cast, signed_in: Any) -> None:
        other, here = signed_in(cast.doctor), signed_in(cast.doctor)
        new = {"password": "another long secret of tests", "again": "another long secret of tests"}

        here.send("/account/password", new)

        assert other.get("/account").status_code == 302
        assert here.get("/account").status_code == 200

    @pytest.mark.parametrize(
        ("password", "again", "field"), [("short", "short", "password"), ("a" * 20, "b" * 20, "again")]
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, cast: Cast, signed_in: Any, password: str, again: str, field: str
    ) -> None:
        browser = signed_in(cast.doctor)

        answer = browser.send("/account/password", {"password": password, "again": again})

        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.get_data(as_text=True)


class TestTheFirstAdministrator:
    def test_comes_from_the_settings_once(self, engine: Engine, browser: Browser) -> None:
        settings = settings_with(ADMIN_LOGIN="boss", ADMIN_PASSWORD=PASSWORD)

        with writing(engine) as session:
            first = create_first_admin(session, settings, NOON)
            second = create_first_admin(session, settings, NOON)

        assert first is not None
        assert (first.role, second) == ("admin", None)
        assert browser.sign_in(first).status_code == 302

    def test_is_not_made_from_empty_settings(self, engine: Engine) -> None:
        with writing(engine) as session:
            assert create_first_admin(session, settings_with(), NOON) is None

    def test_an_empty_house_says_how_to_make_one(self, browser: Browser) -> None:
        answer = browser.get("/sign-in")

        assert answer.location == "/setup"
        assert "companion people add" in browser.get("/setup").get_data(as_text=True)

    def test_the_page_is_gone_once_there_is_one(self, browser: Browser, cast: Cast) -> None:
        assert browser.get("/setup").status_code == 404


def test_every_way_in_and_out_is_noted(browser: Browser, engine: Engine, cast: Cast) -> None:
    browser.sign_in(cast.doctor)
    browser.send("/sign-out", seen_on="/account")
    browser.send(f"/enter/{link_for(engine, cast.doctor)}")

    with reading(engine) as session:
        noted = [(entry.actor, entry.action) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]

    me = cast.doctor.public_id
    assert noted == [(me, "signed_in"), (me, "signed_out"), (me, "entered_by_link")]


def test_looking_around_takes_no_write_lock(cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    clock.shows += timedelta(seconds=30)
    with engine.connect() as writer:
        writer.execute(text("SELECT 1"))  # BEGIN IMMEDIATE: the write lock is taken
        answer = browser.get("/account")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("agent", "short"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, short: str) -> None:
    assert in_short(agent) == short
