"""What a page is judged by: each judgment gives its faults as sentences, none when the page is good."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SMALL = {"width": 320, "height": 640}
MOST_BYTES = 100_000
"""A page and all it needs, on the first visit, as it came over the wire."""
TARGET, PRIMARY = 44, 60
"""CSS pixels: the least side of what a patient taps (WCAG 2.5.5), and the least height of the main button, as 工信部's
design of applications for old people (2021) asks."""
SIZES = {"large print": "150%", "text of 200 %": "225%"}
"""Of the root's letters; the sheet's own size is 112.5 %."""

_HEAR_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def prepare(page: Page) -> list[str]:
    """Before the first visit; gives the list to which everything is added that goes wrong while pages load."""
    heard: list[str] = []
    page.add_init_script(_HEAR_VIOLATIONS)
    page.on("pageerror", lambda error: heard.append(f"a script failed: {error}"))
    page.on("console", lambda said: heard.append(f"console: {said.text}") if said.type == "error" else None)
    return heard


def faults_of_any(page: Page, language: str, *, by_axe: bool = True) -> list[str]:
    """What every page is judged by. `by_axe` False: not by axe, which hears no difference between languages."""
    faults = [*_of_frame(page, language), *_of_policy(page)]  # before anything of ours is in the page
    page.evaluate((HERE / "eyes.js").read_text("utf-8"))
    accessibility = _of_accessibility(page) if by_axe else []
    return [*faults, *_of_weight(page), *accessibility, *_of_small_screen(page)]


def faults_for_patients(page: Page) -> list[str]:
    """What is too small for an unsteady finger; at the page's own width, after `faults_of_any`."""
    found: list[str] = page.evaluate("(sizes) => judges.smallTargets(sizes)", [TARGET, PRIMARY])
    return [f"too small to tap: {one}" for one in found]


def _of_frame(page: Page, language: str) -> list[str]:
    lang, headings = page.get_attribute("html", "lang"), page.locator("h1:visible").count()
    wanted = {"en": "en", "zh": "zh-CN"}[language]
    return [
        *([] if lang == wanted else [f"its language is {lang}"]),
        *([] if headings == 1 else [f"{headings} first headings"]),
    ]


def _of_policy(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.violations")
    return [f"against the content security policy: {one}" for one in found]


def faults_as_sent(page: Page, sent: str) -> list[str]:
    """Scripts and styles within the HTML, which the policy would not let work; after `faults_of_any`."""
    found: list[str] = page.evaluate("(sent) => judges.inline(sent)", sent)
    return [f"against the content security policy: {one}" for one in found]


def _of_weight(page: Page) -> list[str]:
    size: int = page.evaluate("judges.bytes()")
    return [f"{size:,} bytes on the first visit"] if size > MOST_BYTES else []


def _of_accessibility(page: Page) -> list[str]:
    """On a screen as high as the page: the bar at the lower edge of a phone covers nothing that can be scrolled to."""
    before: Any = page.viewport_size
    page.set_viewport_size({**before, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate("(rules) => judges.accessibility(rules)", RULES)
    page.set_viewport_size(before)
    return [f"axe {one}" for one in found]


def _of_small_screen(page: Page) -> list[str]:
    """The smallest phone, in large print and with text twice its size."""
    before: Any = page.viewport_size
    page.set_viewport_size(SMALL)
    faults = []
    for name, size in SIZES.items():
        found: list[str] = page.evaluate("(size) => judges.overTheEdge(size)", size)
        faults += [f"runs over the edge of 320 px in {name}, {one}" for one in found]
    page.set_viewport_size(before)
    return faults
