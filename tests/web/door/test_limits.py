"""Limits of every door hold across processes: two applications over one database count together."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from companion.care.people import Person
from companion.care.sign_in_links import make_link
from companion.db import Base, make_engine, reading, writing
from companion.services import Services, build_services
from companion.web.door import limits
from companion.web.door.hub_door import make_code, pair_hub
from companion.web.door.limits import MOST, Door, network_of
from companion.web.door.sign_in import MAX_WRONG_PER_LOGIN, check_password
from companion.web.models import SignInAttempt
from tests.apps import app_over
from tests.people import NOON, PASSWORD, Cast
from tests.servers import own_database
from tests.web.conftest import Browser, FakeClock
from tests.web.people.test_invited import code_on, sheet_of


@pytest.fixture
def twins(services: Services, clock: FakeClock, cast: Cast) -> Iterator[tuple[Flask, Flask]]:
    """Two processes, as far as the database can tell: each with an engine of its own. Somebody can sign in there."""
    other = build_services(services.settings, clock)
    yield app_over(services), app_over(other)
    other.engine.dispose()


def send(app: Flask, path: str, form: dict[str, str | None] | None = None) -> int:
    """As a browser that was never here before sends a form."""
    return Browser(app).send(path, form, seen_on="/sign-in").status_code


def post(app: Flask, path: str, **options: Any) -> int:
    return app.test_client().post(path, **options).status_code


def get(app: Flask, path: str, **options: Any) -> int:
    return app.test_client().get(path, **options).status_code


BEARER = {"Authorization": "Bearer not-one-of-ours"}
OF_RECORDS = {"Authorization": "Bearer rc_not-one-of-ours"}
TRIES: dict[Door, Callable[[Flask, int], int]] = {
    Door.INVITATION: lambda app, n: send(app, "/enter", {"code": f"ABCDE-FG{n:03}"}),
    Door.TEXT_LINK: lambda app, n: send(app, "/sign-in/text", {"phone": "+8613800138009"}),
    Door.NEW_PASSWORD: lambda app, n: send(app, "/forgotten-password", {"login": f"nobody{n}"}),
    Door.HUB_CODE: lambda app, n: post(app, "/api/v1/hubs:pair", json={"code": f"WRONG{n}", "name": "x"}),
    Door.TOKEN: lambda app, n: get(app, "/api/v1/me", headers=OF_RECORDS if n % 2 else BEARER),
    Door.LINK: lambda app, n: send(app, f"/enter/wrong{n}"),
    Door.CALENDAR: lambda app, n: get(app, f"/calendar/wrong{n}.ics"),
    Door.RECORDS: lambda app, n: post(app, "/cds-services/companion-suggestions", headers=BEARER, json={}),
}
"""A wrong try at each door that needs no more than an address."""


@pytest.mark.parametrize("door", TRIES)
def test_a_door_counts_the_tries_at_both_processes(
    door: Door, twins: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.MOST, door, 4)

    answers = [TRIES[door](twins[n % 2], n) for n in range(6)]

    assert 429 not in answers[:4]
    assert answers[4:] == [429, 429]


def test_every_door_has_a_limit() -> None:
    assert set(MOST) == set(Door)


def test_guesses_at_a_password_are_counted_at_both_processes(twins: tuple[Flask, Flask], cast: Cast) -> None:
    guess = {"login": cast.doctor.login, "password": "a wrong one, again and again"}

    answers = [send(twins[n % 2], "/sign-in", guess) for n in range(MAX_WRONG_PER_LOGIN + 1)]

    assert answers == [422] * MAX_WRONG_PER_LOGIN + [429]


def test_asking_for_challenges_without_end_is_stopped(
    twins: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.MOST, Door.PASSKEY_ASKED, 3)

    answers = [send(twins[n % 2], "/passkeys/options") for n in range(5)]

    assert answers[3:] == [429, 429]


def test_past_the_limit_not_even_the_right_code_lets_in(browser: Browser, cast: Cast, signed_in: Any) -> None:
    code = code_on(sheet_of(signed_in(cast.admin), cast.patient))
    for n in range(MOST[Door.INVITATION]):
        browser.send("/enter", {"code": f"ABCDE-FG{n:03}"})

    answer = browser.send("/enter", {"code": code})

    assert answer.status_code == 429


def test_a_right_token_passes_while_a_stranger_at_its_address_is_stopped(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_over(services)
    monkeypatch.setitem(limits.MOST, Door.TOKEN, 2)
    with writing(services.engine) as session:
        code = make_code(session, session.get_one(Person, cast.patient.id), NOON)
    token = pair_hub(services.engine, code, "Kitchen", "127.0.0.1", NOON)[1]
    strangers = [get(app, "/api/v1/me", headers=BEARER) for _ in range(4)]

    of_hub = get(app, "/api/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert strangers == [401, 401, 429, 429]
    assert of_hub == 403  # known, and not a hub's to ask


def test_a_right_link_lets_in_while_a_stranger_at_its_address_is_stopped(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_over(services)
    monkeypatch.setitem(limits.MOST, Door.LINK, 2)
    with writing(services.engine) as session:
        token = make_link(session, session.get_one(Person, cast.patient.id), NOON)
    strangers = [send(app, f"/enter/wrong{n}") for n in range(3)]

    hers = send(app, f"/enter/{token}")

    assert strangers == [410, 410, 429]
    assert hers == 302


def test_tries_sent_at_one_moment_are_all_counted_on_postgresql(postgresql_url: str) -> None:
    def tries(engine: Engine, _n: int) -> bool:
        try:
            with writing(engine) as session:
                limits.count_try(session, Door.INVITATION, "192.0.2.7", NOON)
        except limits.TooManyAttemptsError:
            return False
        return True

    with own_database(postgresql_url) as url:
        engine = make_engine(url)
        Base.metadata.create_all(engine, tables=[SignInAttempt.metadata.tables["sign_in_attempt"]])
        with ThreadPoolExecutor(12) as threads:
            let_through = list(threads.map(partial(tries, engine), range(40)))
        engine.dispose()

    assert let_through.count(True) == MOST[Door.INVITATION]


def test_a_stranger_elsewhere_keeps_nobody_out_where_they_were_signed_in(
    engine: Engine, cast: Cast, signed_in: Any
) -> None:
    signed_in(cast.doctor)  # at 127.0.0.1
    for n in range(MAX_WRONG_PER_LOGIN):
        check_password(engine, "dr.li", f"guess number {n}", f"203.0.113.{n}", NOON)

    at_home = check_password(engine, "dr.li", PASSWORD, "127.0.0.1", NOON)
    with pytest.raises(limits.TooManyAttemptsError):
        check_password(engine, "dr.li", PASSWORD, "198.51.100.1", NOON)

    assert at_home is not None


def test_guesses_where_somebody_was_signed_in_are_counted_there(engine: Engine, cast: Cast, signed_in: Any) -> None:
    signed_in(cast.doctor)
    for n in range(MAX_WRONG_PER_LOGIN):
        check_password(engine, "dr.li", f"guess number {n}", "127.0.0.1", NOON)

    with pytest.raises(limits.TooManyAttemptsError):
        check_password(engine, "dr.li", PASSWORD, "127.0.0.1", NOON)


def test_tries_at_other_doors_close_no_password(engine: Engine, cast: Cast) -> None:
    with writing(engine) as session:
        for _ in range(30):
            limits.count_try(session, Door.HOOK, "127.0.0.1", NOON)

    assert check_password(engine, "dr.li", PASSWORD, "127.0.0.1", NOON) is not None


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:1", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_owner_of_a_network_is_one_address(address: str, counted_as: str) -> None:
    assert network_of(address) == counted_as


def test_what_is_counted_tells_nothing_of_what_was_typed(browser: Browser, engine: Engine) -> None:
    browser.send("/enter", {"code": "ABCDE-FGHJK"})

    with reading(engine) as session:
        (attempt,) = session.scalars(select(SignInAttempt)).all()
    assert (attempt.login, attempt.address) == ("(invitation)", "127.0.0.1")
