"""Every page of doctors and administrators in both languages, before the judges."""

import pytest
from playwright.sync_api import Browser

from tests.judges.walk import House, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize(
    ("role", "language"),
    [("doctor", "en"), ("doctor", "zh"), ("admin", "en"), ("admin", "zh"), ("pharmacist", "en")],  # axe looks in en
)
def test_the_judges_find_no_fault(role: str, language: str, crowded: House, chromium: Browser) -> None:
    report = walk(crowded, role, language, chromium)

    assert report.faults == {}
    assert report.unseen == {}, "give it a thing in tests/judges/things.py, or say there why it has no page"
    assert report.same_titles == {}
