"""Two languages, complete: every sentence in the source has its Chinese, with the same placeholders."""

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import companion

ROOT = Path(companion.__file__).parent
PO = ROOT / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "marked": None, "translate": (2,)}
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


@cache
def said_in_the_source() -> dict[str, str]:
    """Each message, and a place where it is said."""
    found = extract_from_dir(ROOT, method_map=METHODS, keywords=KEYWORDS)
    messages: dict[str, str] = {}
    for file, line, message, _comments, _context in found:
        for one in (message,) if isinstance(message, str) else message:
            if one:
                messages.setdefault(one, f"{file}:{line}")
    return messages


@cache
def chinese() -> Catalog:
    with PO.open("rb") as source:
        return read_po(source, locale="zh", abort_invalid=True)


def test_the_pages_say_something() -> None:
    assert len(said_in_the_source()) > 200


def test_every_sentence_has_its_chinese() -> None:
    catalogue = chinese()

    missing = {
        message: place
        for message, place in said_in_the_source().items()
        if (entry := catalogue.get(message)) is None or not entry.string
    }

    assert missing == {}, "add them to companion/translations/zh/LC_MESSAGES/messages.po"


def test_no_chinese_is_only_a_guess() -> None:
    assert [entry.id for entry in chinese() if entry.id and entry.fuzzy] == []


def test_placeholders_are_the_same_on_both_sides() -> None:
    different = [entry.id for entry in chinese() if entry.id and placeholders(entry.id) != placeholders(entry.string)]

    assert different == []


def placeholders(message: object) -> list[str]:
    return sorted(PLACEHOLDER.findall(str(message)))
