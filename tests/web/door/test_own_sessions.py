"""Where one is signed in, signing others out, and a page that was left open."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.db import reading
from companion.web.door.sessions import FRESH, HOME_LIFETIME, STAFF_LIFETIME, Lifetime
from tests.people import Cast
from tests.web.conftest import Browser, FakeClock


class TestTheList:
    def test_it_names_browsers_in_two_words_and_marks_this_one(self, browser: Browser, cast: Cast) -> None:
        agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
        browser.client.environ_base["HTTP_USER_AGENT"] = agent
        browser.sign_in(cast.patient)

        page = browser.get("/account/browsers").get_data(as_text=True)

        assert "<strong>Chrome, Android</strong>" in page
        assert "this one" in page
        assert agent not in page
        assert "127.0.0.1" not in page

    def test_it_holds_nobody_elses(self, cast: Cast, signed_in: Any) -> None:
        signed_in(cast.other_patient)

        page = signed_in(cast.patient).get("/account/browsers").get_data(as_text=True)

        assert page.count("last seen") == 1

    def test_all_others_are_signed_out_at_once(self, cast: Cast, engine: Engine, signed_in: Any) -> None:
        others, stranger = [signed_in(cast.patient) for _ in range(3)], signed_in(cast.other_patient)
        here = signed_in(cast.patient)

        here.send("/account/sessions/end-others", seen_on="/account/browsers")

        assert [other.get("/account").status_code for other in others] == [302] * 3
        assert (here.get("/account").status_code, stranger.get("/account").status_code) == (200, 200)
        with reading(engine) as session:
            assert "ended_other_sessions" in set(session.scalars(select(AuditEntry.action)))

    def test_there_is_no_such_button_where_there_are_no_others(self, cast: Cast, signed_in: Any) -> None:
        page = signed_in(cast.patient).get("/account/browsers").get_data(as_text=True)

        assert "end-others" not in page


class TestAPageLeftOpen:
    @pytest.mark.parametrize(("who", "seconds"), [("doctor", 3600), ("admin", 3600), ("patient", 43200)])
    def test_without_scripts_it_leaves_when_the_session_ends(
        self, who: str, seconds: int, cast: Cast, signed_in: Any
    ) -> None:
        page = signed_in(getattr(cast, who)).get("/account").get_data(as_text=True)

        left = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+);url=([^"]+)"></noscript>', page)

        assert left is not None
        assert (int(left.group(1)), left.group(2)) == (seconds, "/signed-out")
        assert f'data-idle="{seconds}"' in page

    def test_nobody_signed_in_is_sent_nowhere(self, browser: Browser, cast: Cast) -> None:
        page = browser.get("/sign-in").get_data(as_text=True)

        assert "http-equiv" not in page
        assert "idle.js" not in page

    def test_it_goes_to_a_page_about_nobody(self, cast: Cast, signed_in: Any, browser: Browser) -> None:
        page = browser.get("/signed-out")

        assert page.status_code == 200
        assert cast.patient.name not in page.get_data(as_text=True)

    def test_to_stay_is_to_be_seen(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        clock.forward(minutes=58)

        stayed = browser.send("/account/stay", seen_on="/signed-out").status_code
        clock.forward(minutes=58)

        assert stayed == 204
        assert browser.get("/account").status_code == 200

    def test_who_is_out_cannot_stay(self, cast: Cast, clock: FakeClock, signed_in: Any) -> None:
        browser = signed_in(cast.doctor)
        clock.forward(minutes=61)

        assert browser.send("/account/stay", seen_on="/signed-out").status_code == 401


def test_the_page_for_engineers_says_how_long_sessions_last() -> None:
    page = (Path(__file__).parents[3] / "docs/signing-in.md").read_text("utf-8")
    rows = re.findall(r"^\| at (?:the clinic|home) \| (\d+) hours? \| (\d+) (hours|days) \| (\d+) minutes", page, re.M)

    told = [Lifetime(timedelta(hours=int(idle)), timedelta(**{unit: int(total)})) for idle, total, unit, _fresh in rows]

    assert told == [STAFF_LIFETIME, HOME_LIFETIME]
    assert {timedelta(minutes=int(fresh)) for *_, fresh in rows} == {FRESH}


def test_signing_out_makes_the_browser_forget_pages_and_keep_answers_that_wait(cast: Cast, signed_in: Any) -> None:
    answer = signed_in(cast.patient).send("/sign-out", seen_on="/account")

    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"
