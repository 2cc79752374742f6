"""The second factor of staff: set up, asked for at the door, replaced by recovery codes, asked of everybody, reset."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import log2
from typing import Any

import pytest
from flask import Flask
from pyotp import TOTP
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.care.sign_in_links import make_link
from companion.db import reading, writing
from companion.messages.models import Message, Purpose
from companion.web.door import factors
from companion.web.door.factor_models import CodeApp, HalfOpen, RecoveryCode
from companion.web.door.factors import begin_app, code_is_right, confirm_app, new_recovery_codes, use_recovery_code
from tests.people import NOON, PASSWORD, Cast
from tests.web.conftest import Browser, FakeClock
from tests.web.door.conftest import add_key, come_in
from tests.web.door.soft_key import SoftKey

RECOVERY = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){5}\b")


def secret_of(engine: Engine, person: Person) -> str:
    with reading(engine) as session:
        app = session.scalars(select(CodeApp).where(CodeApp.person_id == person.id)).one()
        return factors.secret_of(session, app)


def give_app(engine: Engine, person: Person, clock: FakeClock) -> list[str]:
    """The person has an app from now on; their recovery codes. The code of this step is used up."""
    with writing(engine) as session:
        app = begin_app(session, person.id, clock.shows)
        assert confirm_app(session, person.id, TOTP(factors.secret_of(session, app)).at(clock.shows), clock.shows)
        codes = new_recovery_codes(session, person.id, clock.shows)
    clock.forward(seconds=30)
    return codes


def code_now(engine: Engine, person: Person, clock: FakeClock) -> str:
    return TOTP(secret_of(engine, person)).at(clock.shows)


class TestSettingUp:
    def test_one_code_turns_it_on_and_gives_ten_recovery_codes(
        self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        page = browser.get("/account/code-app/new").get_data(as_text=True)

        answer = browser.send("/account/code-app/new", {"code": code_now(engine, cast.doctor, clock)})

        shown = answer.get_data(as_text=True)
        assert "<svg" in page
        assert secret_of(engine, cast.doctor)[:4] in page
        assert answer.status_code == 201
        assert len(set(RECOVERY.findall(shown))) == 10
        assert "Recovery codes that you can still use: 10." in browser.get("/account/code-app").get_data(as_text=True)

    def test_a_wrong_code_turns_nothing_on(self, app: Flask, cast: Cast, engine: Engine, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)

        answer = browser.send("/account/code-app/new", {"code": "000000"})

        assert answer.status_code == 422
        assert 'id="code-error"' in answer.get_data(as_text=True)
        assert Browser(app).sign_in(cast.doctor).location == "/"

    def test_the_secret_is_never_shown_again(
        self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        give_app(engine, cast.doctor, clock)

        answer = browser.get("/account/code-app/new")

        assert answer.location == "/account/code-app"
        assert secret_of(engine, cast.doctor)[:4] not in browser.get("/account/code-app").get_data(as_text=True)

    def test_it_takes_a_fresh_password(self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        clock.forward(minutes=16)

        answers = [browser.get(f"/account/code-app/{page}").location for page in ("new", "remove")]

        assert all(location.startswith("/confirm-password") for location in answers)

    def test_patients_are_not_asked_for_codes(self, cast: Cast, signed_in: Any) -> None:
        browser = signed_in(cast.patient)

        assert browser.get("/account/code-app").status_code == 403
        assert "/account/code-app" not in browser.get("/account").get_data(as_text=True)

    def test_recovery_codes_stand_in_the_database_as_hashes(self, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        codes = give_app(engine, cast.doctor, clock)

        with reading(engine) as session:
            stored = set(session.scalars(select(RecoveryCode.code_hash)))

        plain = {code.replace("-", "") for code in codes}
        assert len(stored) == 10
        assert not stored & plain
        assert min(len(code) for code in plain) * log2(len(factors.LETTERS)) >= 112  # ASVS 6.5.2: else a slow hash


class TestAtTheDoor:
    def half_way(self, app: Flask, person: Person, target: str = "") -> Browser:
        """A browser in which the password was right."""
        browser = Browser(app)
        answer = browser.send("/sign-in", {"login": person.login, "password": PASSWORD, "next": target})
        assert answer.location.startswith("/sign-in/code")
        return browser

    def test_the_password_alone_opens_nothing(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)

        browser = self.half_way(app, cast.doctor)

        assert browser.client.get_cookie("companion") is None
        assert [browser.get(path).status_code for path in ("/account", "/doctor/queue", "/account/code-app")] == [
            302
        ] * 3

    def test_the_code_opens_the_page_that_was_wanted(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        give_app(engine, cast.doctor, clock)
        browser = self.half_way(app, cast.doctor, "/clinic/patients")

        answer = browser.send("/sign-in/code?next=/clinic/patients", {"code": code_now(engine, cast.doctor, clock)})

        assert answer.location == "/clinic/patients"
        assert browser.get("/account").status_code == 200

    def test_a_code_works_once(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)
        code = code_now(engine, cast.doctor, clock)
        self.half_way(app, cast.doctor).send("/sign-in/code", {"code": code})

        again = self.half_way(app, cast.doctor).send("/sign-in/code", {"code": code})

        assert again.status_code == 422

    def test_of_many_with_one_code_at_one_moment_one_gets_in(
        self, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        give_app(engine, cast.doctor, clock)
        code = code_now(engine, cast.doctor, clock)

        def show(_number: int) -> bool:
            with writing(engine) as session:
                return code_is_right(session, cast.doctor.id, code, clock.shows)

        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(show, range(12)))

        assert taken.count(True) == 1

    def test_after_five_wrong_ones_even_the_right_one_has_to_wait(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        give_app(engine, cast.doctor, clock)
        browser = self.half_way(app, cast.doctor)
        wrong = [browser.send("/sign-in/code", {"code": "000000"}).status_code for _ in range(5)]

        at_once = browser.send("/sign-in/code", {"code": code_now(engine, cast.doctor, clock)}).status_code

        assert (wrong, at_once) == ([422] * 5, 429)

    def test_it_waits_ten_minutes(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)
        browser = self.half_way(app, cast.doctor)
        clock.forward(minutes=10)

        answer = browser.get("/sign-in/code")

        assert answer.location.startswith("/sign-in")
        assert "code" not in answer.location.split("?")[0]

    def test_nobody_goes_on_where_nobody_began(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)
        browser = Browser(app)

        answer = browser.send("/sign-in/code", {"code": code_now(engine, cast.doctor, clock)}, "/sign-in")

        assert answer.location.startswith("/sign-in?")

    def test_a_colleagues_code_opens_nothing(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)
        give_app(engine, cast.other_doctor, clock)
        browser = self.half_way(app, cast.doctor)

        answer = browser.send("/sign-in/code", {"code": code_now(engine, cast.other_doctor, clock)})

        assert answer.status_code == 422

    def test_a_link_does_not_go_round_it(self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        give_app(engine, cast.doctor, clock)
        with writing(engine) as session:
            token = make_link(session, session.get_one(Person, cast.doctor.id), clock.shows)
        browser = Browser(app)

        answer = browser.send(f"/enter/{token}")

        assert answer.location.startswith("/sign-in/code")
        assert browser.get("/account").status_code == 302

    def test_a_passkey_is_two_factors_already(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        key = SoftKey()
        add_key(signed_in(cast.doctor), key)
        give_app(engine, cast.doctor, clock)
        browser = Browser(app)

        answer = come_in(browser, key)

        assert answer.get_json() == {"to": "/"}
        assert browser.get("/account").status_code == 200

    def test_the_secret_of_a_half_open_sign_in_stands_as_a_hash(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        give_app(engine, cast.doctor, clock)
        browser = self.half_way(app, cast.doctor)

        with browser.client.session_transaction() as kept, reading(engine) as session:
            stored = session.scalars(select(HalfOpen.token_hash)).one()
            token = kept["half_open"]

        assert token
        assert token != stored


class TestRecoveryCodes:
    @pytest.mark.parametrize("typed", ["{}", " {} ", "lower {}"], ids=["plain", "blanks", "small letters"])
    def test_one_stands_in_for_the_app_once(
        self, typed: str, app: Flask, cast: Cast, engine: Engine, clock: FakeClock
    ) -> None:
        first, *_rest = give_app(engine, cast.doctor, clock)
        code = first.lower() if "lower" in typed else typed.format(first)
        door = TestAtTheDoor()

        once = door.half_way(app, cast.doctor).send("/sign-in/code", {"code": code})
        again = door.half_way(app, cast.doctor).send("/sign-in/code", {"code": code})

        assert (once.status_code, again.status_code) == (302, 422)

    def test_a_colleagues_opens_nothing(self, cast: Cast, engine: Engine, clock: FakeClock) -> None:
        code, *_rest = give_app(engine, cast.doctor, clock)

        with writing(engine) as session:
            assert not use_recovery_code(session, cast.other_doctor.id, code, NOON)

    def test_new_ones_make_the_old_ones_void(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        old = give_app(engine, cast.doctor, clock)

        shown = browser.send("/account/recovery-codes", seen_on="/account").get_data(as_text=True)

        new = set(RECOVERY.findall(shown))
        assert len(new) == 10
        assert not new & set(old)
        with writing(engine) as session:
            assert not use_recovery_code(session, cast.doctor.id, old[0], NOON)

    def test_there_are_none_without_an_app(self, cast: Cast, signed_in: Any) -> None:
        answer = signed_in(cast.doctor).send("/account/recovery-codes", seen_on="/account")

        assert answer.status_code == 404


class TestTakingTheAppAway:
    def test_the_password_is_enough_again(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        give_app(engine, cast.doctor, clock)

        browser.send("/account/code-app/remove")

        assert Browser(app).sign_in(cast.doctor).location == "/"


class TestWhereTheClinicAsksForIt:
    @pytest.fixture
    def changed(self) -> dict[str, str]:
        return {"STAFF_SECOND_FACTOR": "required"}

    @pytest.mark.parametrize("path", ["/doctor/queue", "/clinic/patients", "/people/new"])
    def test_nothing_is_open_before_it_is_set_up(self, path: str, cast: Cast, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)

        answer = browser.get(path)

        assert answer.location == "/account/code-app"

    def test_nothing_is_written_and_no_program_gets_through(self, cast: Cast, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)

        written = browser.send(f"/clinic/patients/{cast.patient.public_id}/facts", {}, "/account").status_code
        asked = browser.get("/api/v1/suggestions").status_code

        assert (written, asked) == (403, 403)

    def test_the_way_there_is_open(self, cast: Cast, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)

        pages = ("/account", "/account/code-app", "/account/code-app/new", "/account/passkeys/new", "/account/browsers")

        assert [browser.get(path).status_code for path in pages] == [200] * len(pages)

    def test_an_app_opens_everything(self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        browser.get("/account/code-app/new")

        browser.send("/account/code-app/new", {"code": code_now(engine, cast.doctor, clock)})

        assert browser.get("/doctor/queue").status_code == 200

    def test_a_passkey_opens_everything(self, cast: Cast, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)

        add_key(browser, SoftKey())

        assert browser.get("/doctor/queue").status_code == 200

    def test_patients_and_families_are_not_asked(self, cast: Cast, signed_in: Any) -> None:
        pages = ((cast.patient, "/today"), (cast.caregiver, "/caregiver"))

        assert [signed_in(person).get(path).status_code for person, path in pages] == [200, 200]

    def test_who_takes_the_last_one_away_has_to_set_up_another(
        self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.doctor)
        browser.get("/account/code-app/new")
        browser.send("/account/code-app/new", {"code": code_now(engine, cast.doctor, clock)})

        browser.send("/account/code-app/remove")

        assert browser.get("/doctor/queue").location == "/account/code-app"


class TestTheAdministrator:
    def path(self, person: Person) -> str:
        return f"/people/{person.public_id}/second-factor"

    def test_takes_all_away_that_was_on_a_phone(
        self, app: Flask, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        key, hers = SoftKey(), signed_in(cast.doctor)
        add_key(hers, key)
        give_app(engine, cast.doctor, clock)

        answer = signed_in(cast.admin).send(self.path(cast.doctor))

        assert answer.status_code == 302
        assert hers.get("/account").status_code == 302
        assert come_in(Browser(app), key).status_code == 422
        assert Browser(app).sign_in(cast.doctor).location == "/"

    def test_it_is_noted_and_the_person_is_told(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        signed_in(cast.admin).send(self.path(cast.doctor))

        with reading(engine) as session:
            entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
            told = session.scalars(select(Message.recipient_id).where(Message.purpose == Purpose.FACTORS_RESET)).one()
        assert (entry.action, entry.actor) == ("reset_second_factor", cast.admin.public_id)
        assert entry.details == {"person": cast.doctor.public_id}
        assert told == cast.doctor.id

    def test_not_their_own(self, cast: Cast, signed_in: Any) -> None:
        answer = signed_in(cast.admin).send(self.path(cast.admin), seen_on="/account")

        assert answer.status_code == 403

    def test_only_with_a_fresh_password(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.admin)
        clock.forward(minutes=15)

        answer = browser.get(self.path(cast.doctor))

        assert answer.location.startswith("/confirm-password")

    def test_somebody_who_is_not_here_is_not_found(self, cast: Cast, signed_in: Any) -> None:
        assert signed_in(cast.admin).get("/people/cl_000000000000/second-factor").status_code == 404


def test_a_code_of_yesterday_is_over(cast: Cast, engine: Engine, clock: FakeClock) -> None:
    give_app(engine, cast.doctor, clock)
    code = code_now(engine, cast.doctor, clock)

    with writing(engine) as session:
        assert not code_is_right(session, cast.doctor.id, code, clock.shows + timedelta(days=1))
