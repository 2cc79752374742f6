"""The text of guides: what its Markdown may be, what becomes of it, and what a new version says otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInput
from companion.programme.amount_words import amounts_in
from companion.programme.guides.compared import Difference, differences
from companion.programme.guides.languages import told
from companion.programme.guides.markdown import check, pictures_in, render
from companion.programme.guides.models import GuideVersion

DIGEST = "a" * 64


def as_html(text: str) -> str:
    return render(text, lambda sha256: f"/guides/pictures/{sha256}")


def test_headings_lists_and_pictures_become_html_below_the_heading_of_the_page() -> None:
    text = f"# Inject\n\n- wash **hands**\n- sit\n\n![a pen](picture:{DIGEST})"

    html = as_html(text)

    assert "<h2>Inject</h2>" in html
    assert "<li>wash <strong>hands</strong></li>" in html
    assert f'src="/guides/pictures/{DIGEST}"' in html
    assert 'alt="a pen"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        '<a href="https://x" onclick="y">z</a>',
        "    <script>alert(1)</script>",
        "```\n<script>\n```",
        "&#60;script&#62;alert(1)",
    ],
)
def test_nothing_in_a_text_can_do_anything(text: str) -> None:
    html = as_html(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<a " not in html or 'href="https://x"' not in html
    assert "javascript:" not in html or "href" not in html


@given(st.text(max_size=200))
def test_whatever_was_written_only_known_tags_come_out(text: str) -> None:
    html = as_html(text)

    known = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "a", "img", "br"}
    tags = {part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:]}
    assert tags <= known


def test_a_link_tells_the_other_site_nothing() -> None:
    html = as_html("[leaflet](https://example.org/a)")

    assert '<a href="https://example.org/a" rel="noopener noreferrer">leaflet</a>' in html


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("![x](https://example.org/a.png)", "not kept here"),
        (f"![x](picture:{'b' * 64})", "not kept here"),
        (f"![](picture:{DIGEST})", "does not say what a picture shows"),
        ("[x](http://example.org)", "https://"),
        ("[x](/sign-out)", "https://"),
    ],
)
def test_foreign_pictures_and_other_links_are_refused_at_their_field(text: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong) as refused:
        check(text, {DIGEST}, "text_en")

    assert refused.value.where == "text_en"


def test_the_pictures_of_a_text_are_found_once_each() -> None:
    assert pictures_in(f"![a](picture:{DIGEST})\n\n- ![b](picture:{DIGEST})") == (DIGEST,)


def test_what_changed_is_told_by_sentences() -> None:
    old = "# Pen\n\nWash your hands. Shake it."
    new = "# Pen\n\nWash your hands. Roll it ten times.\n\n- Keep it cool"

    found = differences(old, new)

    assert found == (
        Difference(False, "Shake it."),
        Difference(True, "Roll it ten times."),
        Difference(True, "Keep it cool"),
    )


def test_chinese_sentences_are_told_apart_too() -> None:
    found = differences("先洗手。再摇匀。", "先洗手。再滚动。")

    assert found == (Difference(False, "再摇匀。"), Difference(True, "再滚动。"))


@given(st.lists(st.sampled_from(["Wash.", "Sit.", "Wait.", "Look."]), max_size=6))
def test_a_text_has_no_differences_from_itself(said: list[str]) -> None:
    assert differences(" ".join(said), " ".join(said)) == ()


@pytest.mark.parametrize(("reader", "title"), [("en", "Pen"), ("zh", "Pen")])
def test_a_guide_in_one_language_is_read_in_that_one(reader: str, title: str) -> None:
    version = GuideVersion(title_en="Pen", text_en="x", changed_en="", title_zh="", text_zh="", changed_zh="")

    assert (told(version, reader).title, told(version, reader).language) == (title, "en")


@pytest.mark.parametrize(
    "text",
    [
        "Take 2 tablets", "12 U in the evening", "inject ten units", "take two", "half a tablet", "0.5 ml", "500mg",
        "Never take a double dose", "skip it", "increase the dose", "stop taking it", "take one more tablet",
        "每次2片", "打12单位", "吃半片", "服两粒", "漏服时", "可以加量", "先停药",
    ],
)  # fmt: skip
def test_what_speaks_of_how_much_to_take_is_found(text: str) -> None:
    assert amounts_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wash your hands and wait ten minutes.", "Keep it at 2 to 8 °C.", "Your value was 7.8 mmol/L.", "126 mg/dL",
        "Choose another place each time.", "Use it at 08:00.", "注射前先洗手。", "放在冰箱里。", "",
    ],
)  # fmt: skip
def test_what_does_not_is_let_pass(text: str) -> None:
    assert amounts_in(text) == ()
