"""What every answer says to the browser, and that a write comes from our own page."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort

import companion.web
from companion.services import Services
from companion.web import create_app
from companion.web.access import public
from companion.web.security import HEADERS
from tests.people import Cast
from tests.web.conftest import Browser, settings_with

MACRO = re.compile(r"{% macro (\w+)\(.*?%}(.*?){% endmacro %}", flags=re.DOTALL)
TEMPLATES = sorted((Path(companion.web.__file__).parent / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/account", "/static/companion.css"])
def test_every_answer_carries_the_headers(path: str, browser: Browser, cast: Cast) -> None:
    answer = browser.get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_pages_are_never_kept_and_our_own_files_are(browser: Browser, cast: Cast) -> None:
    page, style = browser.get("/sign-in"), browser.get("/static/companion.css?v=1")
    imported = browser.get("/static/bluetooth/link.js")

    assert page.headers["Cache-Control"] == "no-store"
    assert imported.headers["Cache-Control"] == "no-store"
    assert style.headers["Cache-Control"].endswith("immutable")


def test_the_policy_allows_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


INLINE = re.compile(r"\sstyle=|\son[a-z]+=|<style|javascript:|<script(?![^>]*\ssrc=)")


def test_no_template_has_a_style_or_a_script_inside() -> None:
    assert [path.name for path in TEMPLATES if INLINE.search(path.read_text("utf-8"))] == []


def test_every_form_that_posts_carries_the_token() -> None:
    assert {path.name: found for path in TEMPLATES if (found := forms_without_token(path))} == {}


def forms_without_token(path: Path) -> list[str]:
    source = path.read_text("utf-8")
    with_token = ["ui.token", *(name for name, body in MACRO.findall(source) if "ui.token()" in body)]
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", source, flags=re.DOTALL | re.IGNORECASE)
    return [form for form in forms if not any(f"{{{{ {call}(" in form for call in with_token)]


def test_a_form_without_its_token_changes_nothing(browser: Browser, cast: Cast) -> None:
    answer = browser.client.post("/sign-in", data={"login": "dr.li", "password": "x"})

    assert answer.status_code == 400
    assert "This form is too old" in answer.get_data(as_text=True)


@pytest.mark.parametrize("page", ["/sign-in", "/clinic/patients/{patient}/people", "/clinic/patients/{patient}/facts"])
def test_nor_does_a_form_with_a_made_up_one(page: str, cast: Cast, signed_in: Any) -> None:
    office: Browser = signed_in(cast.admin if "people" in page else cast.doctor)
    path = page.format(patient=cast.patient.public_id)

    seen, answer = office.get(path), office.client.post(path, data={"csrf_token": "made up"})

    assert seen.status_code == 200
    assert answer.status_code == 400
    assert "This form is too old" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/display/language", "/display/print", "/clinic/points/coupons"])
def test_nor_does_one_that_only_posts(path: str, cast: Cast, signed_in: Any) -> None:
    office: Browser = signed_in(cast.admin)
    filled = {"language": "zh", "print": "large", "code": "ABCD-EFGH"}

    answer = office.client.post(path, data=filled | {"csrf_token": "made up"})

    assert answer.status_code == 400
    assert "This form is too old" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.own_app
def test_a_write_that_another_site_asked_for_is_refused(app: Flask, cast: Cast, headers: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post("/display/print", data={"print": "large"}, headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
@pytest.mark.own_app
def test_a_write_from_our_own_page_is_taken(app: Flask, cast: Cast, headers: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post("/display/print", data={"print": "large"}, headers=headers)

    assert answer.status_code == 302


def test_over_https_the_cookies_are_bound_to_the_host(services: Services, cast: Cast) -> None:
    settings = settings_with(PUBLIC_URL="https://clinic.example")
    app = create_app(Services(settings, services.engine, services.clock, services.stores, services.ways))
    client = app.test_client()
    proxied = {"base_url": "https://clinic.example", "headers": {"Referer": "https://clinic.example/sign-in"}}
    page = client.get("/sign-in", **proxied).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]

    form = {"csrf_token": token, "login": "dr.li", "password": "a long enough secret of tests"}
    answer = client.post("/sign-in", data=form, **proxied)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-companion="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_over_https_the_tastes_are_bound_to_the_host_and_those_from_before_still_count(
    services: Services, cast: Cast
) -> None:
    settings = settings_with(PUBLIC_URL="https://clinic.example")
    app = create_app(Services(settings, services.engine, services.clock, services.stores, services.ways))
    client, stranger = app.test_client(), app.test_client()
    proxied = {"base_url": "https://clinic.example", "headers": {"Referer": "https://clinic.example/sign-in"}}
    page = client.get("/sign-in", **proxied).get_data(as_text=True)
    form = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[0], "next": "/sign-in"}

    chosen = [
        *client.post("/display/print", data=form | {"print": "large"}, **proxied).headers.getlist("Set-Cookie"),
        *client.post("/display/language", data=form | {"language": "zh"}, **proxied).headers.getlist("Set-Cookie"),
    ]
    stranger.set_cookie("print", "large", domain="clinic.example")

    said = {each.partition("=")[0]: set(each.split("; ")) for each in chosen}
    for name in ("__Host-print", "__Host-language"):
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= said[name]
    assert 'lang="zh-CN" class="large"' in client.get("/sign-in", **proxied).get_data(as_text=True)
    assert 'class="large"' in stranger.get("/sign-in", **proxied).get_data(as_text=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 429])
@pytest.mark.own_app
def test_every_error_says_what_to_do_next(status: int, app: Flask, cast: Cast) -> None:
    @public
    def fail() -> None:
        abort(status)

    app.add_url_rule("/fail", view_func=fail)

    answer = app.test_client().get("/fail")

    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert re.search(r"<h1>.+</h1>", page)
    assert re.search(r'class="button primary" href="/', page)


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/readings:batch"])
def test_who_asks_in_a_wrong_way_is_told_the_right_ones(path: str, app: Flask) -> None:
    answer = app.test_client().open(path, method="TRACE")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.own_app
def test_an_error_of_ours_is_a_page_without_a_trace(app: Flask, cast: Cast) -> None:
    @public
    def fail() -> None:
        raise RuntimeError("a secret of the inside")

    app.add_url_rule("/fail", view_func=fail)

    answer = app.test_client().get("/fail")

    assert answer.status_code == 500
    assert "secret of the inside" not in answer.get_data(as_text=True)


def test_programs_get_errors_as_problem_documents(app: Flask, cast: Cast) -> None:
    answer = app.test_client().get("/api/v1/nothing-here")

    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 404


def test_a_file_that_is_too_large_is_refused_before_it_is_read(browser: Browser, cast: Cast) -> None:
    answer = browser.client.post("/sign-in", data={"login": "x" * (22 * 2**20)})

    assert answer.status_code == 413


class TestTheSwitches:
    def test_large_print_stays_in_this_browser(self, browser: Browser, cast: Cast) -> None:
        browser.send("/display/print", {"print": "large", "next": "/sign-in"}, seen_on="/sign-in")

        assert '<html lang="en" class="large">' in browser.get("/sign-in").get_data(as_text=True)

    def test_the_language_goes_with_the_person(self, cast: Cast, signed_in: Any) -> None:
        here, there = signed_in(cast.patient), signed_in(cast.patient)

        here.send("/display/language", {"language": "zh", "next": "/account"}, seen_on="/account")

        assert '<html lang="zh-CN">' in there.get("/account").get_data(as_text=True)

    def test_at_the_door_the_browser_says_which_language(self, browser: Browser, cast: Cast) -> None:
        page = browser.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}).get_data(as_text=True)

        assert "登录" in page

    @pytest.mark.parametrize(("path", "form"), [("language", {"language": "xx"}), ("print", {"print": "huge"})])
    def test_a_switch_knows_only_its_positions(
        self, browser: Browser, cast: Cast, path: str, form: dict[str, str]
    ) -> None:
        assert browser.send(f"/display/{path}", form, seen_on="/sign-in").status_code == 400


def test_the_demo_says_so_on_every_page(services: Services, cast: Cast) -> None:
    app = create_app(Services(settings_with(DEMO="1"), services.engine, services.clock, services.stores, services.ways))

    assert "DEMO" in app.test_client().get("/sign-in").get_data(as_text=True)
