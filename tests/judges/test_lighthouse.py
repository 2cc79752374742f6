"""Lighthouse's figure for accessibility of the pages that matter most."""

import os

import pytest

from companion.benches.lighthouse import JUDGE, score
from tests.conftest import CHROMIUM
from tests.judges.walk import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

LEAST = 95


@pytest.mark.parametrize(("role", "path"), [("patient", "/today"), ("doctor", "review")])  # axe judges every page
def test_lighthouse_finds_the_page_accessible(role: str, path: str, crowded: House) -> None:
    if CHROMIUM is None or not JUDGE.exists():
        missing = "Lighthouse is not installed (node, chromium, and `npm ci` in tests/judges; `make test` does all)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    cookie = crowded.cookie_of(crowded.person(role), "en")
    address = crowded.the_suggestion() if path == "review" else path

    found = score(CHROMIUM, crowded.url + address, cookie, "accessibility")

    assert found is not None
    assert found >= LEAST
