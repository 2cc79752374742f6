"""Which template of the official account says what, and how our words fit into its fields. Pure.

A template is registered with WeChat, with fields of fixed types and lengths (模板参数限制); ours are `time`, `what`
and `advice`. COMPANION_WECHAT_TEMPLATES maps purposes to templates, as JSON; a text may go on in further fields:

    {"default": {"id": "tpl", "what": "thing1", "time": "time2", "advice": ["thing3", "thing4"]}, "advice": {"id": …}}
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companion.errors import BadInput
from companion.messages.channel import Outgoing

SETTING = "COMPANION_WECHAT_TEMPLATES"
OTHERS = "default"
"""The template of every purpose that has none of its own."""
OURS = ("time", "what", "advice")

LONGEST = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32, "short_thing": 20}
"""Characters by the type of a field, which is its name without the number. A longer value is refused (47003)."""
NO_LIMIT = 10_000
ENDS = re.compile(r".*[，。；：！？,.;:!? ]", re.DOTALL)
"""Up to the last place where a text may be parted."""


@dataclass(frozen=True, slots=True)
class Template:
    """`names`: the template's fields for each of ours that it shows."""

    template_id: str
    names: Mapping[str, Sequence[str]]


def read_templates(text: str) -> dict[str, Template]:
    """The setting, by purpose. Raises BadInput where it is not as described above."""
    try:
        given = json.loads(text)
        templates = {str(purpose): _template(entry) for purpose, entry in given.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("is not a JSON object of templates", where=SETTING, advice="see docs/wechat.md") from None
    if OTHERS not in templates:
        raise BadInput(f"has no {OTHERS!r}", where=SETTING, advice="see docs/wechat.md")
    return templates


def _template(entry: Mapping[str, str | list[str]]) -> Template:
    named = {ours: entry[ours] for ours in OURS if entry.get(ours)}
    names = {ours: [name] if isinstance(name, str) else [str(each) for each in name] for ours, name in named.items()}
    if not entry["id"] or not names:
        raise ValueError("a template without an id or a field")
    return Template(str(entry["id"]), names)


def filled(template: Template, outgoing: Outgoing) -> dict[str, dict[str, str]]:
    """The `data` of a template message; what we have nothing for is left out."""
    ours = {"what": outgoing.title or outgoing.text} | dict(outgoing.fields)
    values: dict[str, str] = {}
    for field, names in template.names.items():
        values |= _spread(" ".join(ours.get(field, "").split()), names)
    return {name: {"value": value} for name, value in values.items() if value}


def _spread(text: str, names: Sequence[str]) -> dict[str, str]:
    """The text over these fields, parted where it pauses. What does not fit into the last ends with a sign that there
    is more: the page behind the link says all of it."""
    first, *others = names
    longest = _longest(first)
    if len(text) <= longest:
        return {first: text}
    if not others:
        return {first: text[: longest - 1] + "…"}
    pause = None if text[longest].isspace() else ENDS.match(text[:longest])
    end = pause.end() if pause else longest
    return {first: text[:end].strip()} | _spread(text[end:].strip(), others)


def _longest(name: str) -> int:
    return LONGEST.get(re.sub(r"\d+$", "", name), NO_LIMIT)
