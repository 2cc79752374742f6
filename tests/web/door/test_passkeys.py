"""Passkeys: made, used in place of password and code, listed and taken away; and every answer that is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.care.sign_in_links import make_link
from companion.db import reading, writing
from companion.web.door.ceremonies import PasskeyRefusedError, Site, handle_in, registered, signed, site_of
from companion.web.door.factor_models import Ceremony, Passkey
from companion.web.door.keyring import MOST_KEYS, new_challenge, use_challenge
from companion.web.models import WebSession
from tests.people import NOON, Cast
from tests.web.conftest import Browser, FakeClock
from tests.web.door.conftest import add_key, come_in, confirm, post_json
from tests.web.door.soft_key import SoftKey, text

LOCALHOST = Site("localhost", "http://localhost", "Clinic")


def keys_in(engine: Engine) -> list[Passkey]:
    with reading(engine) as session:
        return list(session.scalars(select(Passkey).order_by(Passkey.id)))


def acts_in(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class TestMakingOne:
    def test_it_is_kept_under_its_name_and_noted(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        browser = signed_in(cast.patient)

        answer = add_key(browser, SoftKey(), "  My \n phone ")

        assert answer.get_json() == {"to": "/account/passkeys"}
        assert [key.name for key in keys_in(engine)] == ["My phone"]
        assert "My phone" in browser.get("/account/passkeys").get_data(as_text=True)
        assert acts_in(engine)[-1] == "added_passkey"

    def test_it_takes_a_fresh_password(self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.patient)
        clock.forward(minutes=15)

        options = post_json(browser, "/account/passkeys/options", {}, "/account")
        page = browser.get("/account/passkeys/new")

        assert options.status_code == 422
        assert page.location == "/confirm-password?next=/account/passkeys/new"

    def test_a_challenge_that_was_fresh_is_not_taken_by_a_session_that_no_longer_is(
        self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.patient)
        clock.forward(minutes=14)
        options = post_json(browser, "/account/passkeys/options", {}, "/account").get_json()
        clock.forward(minutes=2)

        answer = post_json(browser, "/account/passkeys", {"credential": SoftKey().register(options)}, "/account")

        assert answer.status_code == 422
        assert keys_in(engine) == []

    def test_who_has_nothing_yet_and_came_by_a_link_may_make_the_first(
        self, browser: Browser, cast: Cast, engine: Engine
    ) -> None:
        with writing(engine) as session:
            person = session.get_one(Person, cast.patient.id)
            person.password_hash = None
            token = make_link(session, person, NOON)
        browser.send(f"/enter/{token}")

        first = add_key(browser, SoftKey())
        second = post_json(browser, "/account/passkeys/options", {}, "/account")

        assert first.status_code == 200
        assert second.status_code == 422

    @pytest.mark.parametrize(
        "lie",
        [
            {"origin": "http://localhost.evil.example"},
            {"origin": "https://localhost"},
            {"host": "evil.example"},
            {"is_verified": False},
        ],
        ids=str,
    )
    def test_one_of_another_page_or_of_nobody_in_particular_is_refused(
        self, lie: dict[str, Any], cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        browser = signed_in(cast.patient)

        answer = add_key(browser, SoftKey(**lie))

        assert answer.status_code == 422
        assert "was not taken" in answer.get_json()["told"]
        assert keys_in(engine) == []

    def test_one_that_somebody_has_already_is_refused(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)

        answer = add_key(signed_in(cast.other_patient), key)

        assert answer.status_code == 422
        assert [key.person_id for key in keys_in(engine)] == [cast.patient.id]

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61])
    def test_it_needs_a_name(self, name: str, cast: Cast, engine: Engine, signed_in: Any) -> None:
        answer = add_key(signed_in(cast.patient), SoftKey(), name)

        assert answer.get_json() == {"told": "a name is needed; write 1 to 60 characters"}
        assert keys_in(engine) == []

    def test_nobody_has_more_than_ten(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        browser = signed_in(cast.patient)
        for _ in range(MOST_KEYS):
            add_key(browser, SoftKey())

        answer = add_key(browser, SoftKey())

        assert answer.status_code == 422
        assert len(keys_in(engine)) == MOST_KEYS


class TestComingIn:
    def test_it_needs_neither_login_nor_password(self, app: Flask, cast: Cast, engine: Engine, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        browser = Browser(app)

        answer = come_in(browser, key, next="/today")

        assert answer.get_json() == {"to": "/today"}
        assert cast.patient.name in browser.get("/account").get_data(as_text=True)
        assert acts_in(engine)[-1] == "signed_in_by_passkey"

    def test_it_counts_as_fresh_for_15_minutes(self, app: Flask, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.doctor), key)
        browser = Browser(app)
        come_in(browser, key)
        page = f"/clinic/patients/{cast.patient.public_id}/medicines/new"

        clock.forward(minutes=14, seconds=59)
        before = browser.get(page).status_code
        clock.forward(seconds=1)
        after = browser.get(page).status_code

        assert (before, after) == (200, 302)

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", 7, None])
    def test_it_leads_to_no_other_site(self, target: Any, app: Flask, cast: Cast, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)

        answer = come_in(Browser(app), key, next=target)

        assert answer.get_json() == {"to": "/"}

    @pytest.mark.parametrize(
        "lie",
        [
            {"origin": "http://localhost:81"},
            {"host": "evil.example"},
            {"is_verified": False},
            {"handle": text(b"pa_somebody_else")},
            {"credential_id": b"not a key of ours"},
            {"private": SoftKey().private},
        ],
        ids=lambda lie: next(iter(lie)),
    )
    def test_an_answer_that_is_not_good_opens_nothing(
        self, lie: dict[str, Any], app: Flask, cast: Cast, signed_in: Any
    ) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        browser = Browser(app)

        answer = come_in(browser, key.copy(**lie))

        assert answer.status_code == 422
        assert browser.get("/account").status_code == 302

    def test_an_answer_counts_once(self, app: Flask, cast: Cast, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        browser = Browser(app)
        options = post_json(browser, "/passkeys/options", {}).get_json()
        said = {"credential": key.sign(options)}
        with browser.client.session_transaction() as kept:
            challenge = kept["challenge"]

        first = post_json(browser, "/passkeys/sign-in", said)
        thief = Browser(app)
        thief.get("/sign-in")
        with thief.client.session_transaction() as kept:
            kept["challenge"] = challenge
        second = post_json(thief, "/passkeys/sign-in", said)

        assert (first.status_code, second.status_code) == (200, 422)

    def test_an_answer_of_another_browser_is_worth_nothing(self, app: Flask, cast: Cast, signed_in: Any) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        said = {"credential": key.sign(post_json(Browser(app), "/passkeys/options", {}).get_json())}
        thief = Browser(app)
        post_json(thief, "/passkeys/options", {})

        answer = post_json(thief, "/passkeys/sign-in", said)

        assert answer.status_code == 422

    def test_a_challenge_ends_after_five_minutes(
        self, app: Flask, cast: Cast, clock: FakeClock, signed_in: Any
    ) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        browser = Browser(app)
        options = post_json(browser, "/passkeys/options", {}).get_json()
        clock.forward(minutes=5)

        answer = post_json(browser, "/passkeys/sign-in", {"credential": key.sign(options)})

        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("before", "after", "status"), [(5, 6, 200), (5, 5, 422), (5, 4, 422), (5, 0, 422), (0, 0, 200)]
    )
    def test_a_key_that_counts_has_to_count_on(
        self, before: int, after: int, status: int, app: Flask, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        key = SoftKey(count=before)
        add_key(signed_in(cast.patient), key)

        answer = come_in(Browser(app), key.copy(count=after))

        assert answer.status_code == status
        assert keys_in(engine)[0].sign_count == (after if status == 200 else before)

    def test_a_key_of_somebody_who_left_opens_nothing(
        self, app: Flask, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        key = SoftKey()
        add_key(signed_in(cast.patient), key)
        with writing(engine) as session:
            session.get_one(Person, cast.patient.id).left_at = NOON

        answer = come_in(Browser(app), key)

        assert answer.status_code == 422

    def test_an_address_may_guess_twenty_times(self, app: Flask, cast: Cast) -> None:
        browser = Browser(app)
        for _ in range(20):
            come_in(browser, SoftKey())

        answer = come_in(browser, SoftKey())

        assert answer.status_code == 429

    @pytest.mark.parametrize("said", [None, [], {}, {"credential": 7}, {"credential": {"id": 7}}, {"credential": {}}])
    def test_what_is_no_answer_at_all_is_refused(self, said: Any, app: Flask, cast: Cast) -> None:
        browser = Browser(app)
        post_json(browser, "/passkeys/options", {})

        answer = post_json(browser, "/passkeys/sign-in", said)

        assert answer.status_code == 422

    def test_it_needs_the_token_of_our_page(self, app: Flask) -> None:
        answer = app.test_client().post("/passkeys/options", json={})

        assert answer.status_code == 400


class TestShowingAgainWhoItIs:
    def test_it_stands_in_for_the_password(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser, key = signed_in(cast.doctor), SoftKey()
        add_key(browser, key)
        clock.forward(minutes=20)
        page = f"/clinic/patients/{cast.patient.public_id}/medicines/new"
        old = browser.client.get_cookie("companion").value

        answer = confirm(browser, key, next=page)

        assert answer.get_json() == {"to": page}
        assert browser.get(page).status_code == 200
        assert browser.client.get_cookie("companion").value != old

    def test_a_colleagues_key_confirms_nothing(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser, theirs = signed_in(cast.doctor), SoftKey()
        add_key(browser, SoftKey())
        add_key(signed_in(cast.other_doctor), theirs)
        clock.forward(minutes=20)

        answer = confirm(browser, theirs)

        assert answer.status_code == 422
        assert browser.get("/account/passkeys/new").status_code == 302

    def test_a_challenge_for_signing_in_confirms_nothing(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser, key = signed_in(cast.doctor), SoftKey()
        add_key(browser, key)
        clock.forward(minutes=20)
        options = post_json(browser, "/passkeys/options", {}, "/account").get_json()

        answer = post_json(browser, "/passkeys/confirm", {"credential": key.sign(options)}, "/account")

        assert answer.status_code == 422


class TestTheList:
    def key_of(self, engine: Engine) -> str:
        return keys_in(engine)[0].public_id

    def test_one_is_named_anew(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        browser = signed_in(cast.patient)
        add_key(browser, SoftKey())

        browser.send(f"/account/passkeys/{self.key_of(engine)}/name", {"name": "The kitchen tablet"})

        assert keys_in(engine)[0].name == "The kitchen tablet"

    def test_one_that_is_removed_opens_nothing_more(
        self, app: Flask, cast: Cast, engine: Engine, signed_in: Any
    ) -> None:
        browser, key = signed_in(cast.patient), SoftKey()
        add_key(browser, key)

        browser.send(f"/account/passkeys/{self.key_of(engine)}/remove")

        assert keys_in(engine) == []
        assert come_in(Browser(app), key).status_code == 422
        assert "removed_passkey" in acts_in(engine)

    def test_removing_one_takes_a_fresh_password(
        self, cast: Cast, engine: Engine, clock: FakeClock, signed_in: Any
    ) -> None:
        browser = signed_in(cast.patient)
        add_key(browser, SoftKey())
        clock.forward(minutes=15)

        answer = browser.get(f"/account/passkeys/{self.key_of(engine)}/remove")

        assert answer.status_code == 302
        assert len(keys_in(engine)) == 1

    @pytest.mark.parametrize("act", ["name", "remove"])
    def test_a_strangers_key_is_not_there(self, act: str, cast: Cast, engine: Engine, signed_in: Any) -> None:
        add_key(signed_in(cast.patient), SoftKey())
        stranger = signed_in(cast.other_patient)
        path = f"/account/passkeys/{self.key_of(engine)}/{act}"

        answers = stranger.get(path).status_code, stranger.send(path, {"name": "mine"}, "/account").status_code

        assert answers == (404, 404)
        assert keys_in(engine)[0].name == "My phone"


class TestChallenges:
    @pytest.mark.parametrize(
        ("ceremony", "whose"), [(Ceremony.REGISTER, "patient"), (Ceremony.CONFIRM, "doctor"), (Ceremony.SIGN_IN, None)]
    )
    def test_one_is_good_for_its_purpose_and_person_only(
        self, ceremony: Ceremony, whose: str | None, cast: Cast, engine: Engine
    ) -> None:
        with writing(engine) as session:
            challenge = new_challenge(session, Ceremony.CONFIRM, cast.patient.id, NOON)
            person_id = getattr(cast, whose).id if whose else None

            is_good = use_challenge(session, challenge, ceremony, person_id, NOON)

        assert not is_good


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://clinic.example", Site("clinic.example", "https://clinic.example", "Clinic")),
        ("https://clinic.example:8443", Site("clinic.example", "https://clinic.example:8443", "Clinic")),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000", "Clinic")),
        ("http://clinic.example", None),
        ("http://127.0.0.1:8000", None),
        ("https://192.168.1.4", None),
        ("https://[::1]", None),
        ("", None),
    ],
)
def test_browsers_make_passkeys_for_names_over_https_and_for_localhost(address: str, site: Site | None) -> None:
    assert site_of(address, "Clinic") == site


def broken(made: dict[str, Any], place: str, said: Any) -> dict[str, Any]:
    """The answer with something else in one place."""
    response = made["response"]
    return {**made, "response": {**response, place: said}} if place in response else {**made, place: said}


ANYTHING = st.one_of(
    st.none(), st.integers(), st.text(max_size=40), st.binary(max_size=120).map(text), st.lists(st.text())
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject"]), said=ANYTHING)
def test_no_made_up_registration_does_more_than_being_refused(place: str, said: Any) -> None:
    key = SoftKey()
    answer = broken(key.register({"user": {"id": "aGVy"}, "challenge": text(b"c" * 32)}), place, said)

    with pytest.raises(PasskeyRefusedError):
        registered(LOCALHOST, b"c" * 32, answer)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]),
    said=ANYTHING,
)
def test_no_made_up_answer_does_more_than_being_refused(place: str, said: Any) -> None:
    key = SoftKey()
    made = registered(LOCALHOST, b"c" * 32, key.register({"user": {"id": "aGVy"}, "challenge": text(b"c" * 32)}))
    answer = broken(key.sign({"challenge": text(b"d" * 32)}), place, said)

    with pytest.raises(PasskeyRefusedError):
        signed(LOCALHOST, b"d" * 32, answer, public_key=made.public_key, sign_count=made.sign_count)


@given(said=ANYTHING)
def test_a_handle_is_read_or_refused(said: Any) -> None:
    read: Callable[[], str] = lambda: handle_in({"response": {"userHandle": said}})  # noqa: E731

    try:
        found = read()
    except PasskeyRefusedError:
        return

    assert isinstance(found, str)


def test_a_session_by_passkey_says_so(app: Flask, cast: Cast, engine: Engine, signed_in: Any) -> None:
    key = SoftKey()
    add_key(signed_in(cast.patient), key)

    come_in(Browser(app), key)

    with reading(engine) as session:
        assert list(session.scalars(select(WebSession.opened_by).order_by(WebSession.id)))[-1] == "passkey"
