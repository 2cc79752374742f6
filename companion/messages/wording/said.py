"""How a text is put together: one sentence to read and to hear, with names, times and numbers in their place. Pure.

Times of day (`At`) and telephone numbers are spoken as a voice says them; `clinic` and `emergency` are always there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from companion.i18n import translate
from companion.messages.wording.aloud import spoken_number, spoken_time

LONGEST_NAME = 20
"""A longer name is cut, so that it cannot push the instructions out of the segment."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to call: the clinic's number (may be empty) and the emergency services'; and who it is that writes."""

    clinic_phone: str
    emergency_number: str
    clinic_name: str = "companion"


class Answer(StrEnum):
    """How a dose was answered, as far as words go."""

    TAKEN = "taken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Words:
    """A message in one language. `text` alone says everything.

    `title`: what it is about, in a few words. `spoken`: the same for a voice, with what to press. `time`: the local
    time it is about, if there is one; `advice`: what to do, where that is less than the text.
    """

    text: str
    title: str
    spoken: str
    time: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """Local times of day ("08:00"), in their order, in a sentence."""

    times: tuple[str, ...]


Value = str | At


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


HELLO = _("Hello, this is %(clinic_name)s.")
"""A voice says first who is speaking."""
THE_CLINIC = _("the clinic")
"""Where no number is set."""


def tell(
    language: str,
    contacts: Contacts,
    title: str,
    *sentences: str,
    aloud: Sequence[str] = (),
    advice: str = "",
    opening: str = HELLO,
    **values: Value,
) -> Words:
    """A message of these sentences, spoken as it is read; or `aloud`, where a voice says it in others, after its
    `opening`."""
    return Words(
        text=_read(language, contacts, sentences, values),
        title=_read(language, contacts, [title], values),
        spoken=_spoken(language, contacts, [*filter(None, [opening]), *(aloud or sentences)], values),
        time=_told_time(language, values),
        advice=_read(language, contacts, [advice], values) if advice else "",
    )


def _read(language: str, contacts: Contacts, sentences: Sequence[str], values: Mapping[str, Value]) -> str:
    told = {name: _listed(language, at.times) if isinstance(at, At) else at for name, at in values.items()}
    clinic = contacts.clinic_phone or translate(language, THE_CLINIC)
    return _put(language, sentences, told | {"clinic": clinic, "emergency": contacts.emergency_number})


def _spoken(language: str, contacts: Contacts, sentences: Sequence[str], values: Mapping[str, Value]) -> str:
    told = {name: _heard(language, at.times) if isinstance(at, At) else at for name, at in values.items()}
    clinic = spoken_number(contacts.clinic_phone) or translate(language, THE_CLINIC)
    numbers = {"clinic": clinic, "emergency": spoken_number(contacts.emergency_number)}
    return _put(language, sentences, told | numbers | {"clinic_name": contacts.clinic_name})


def _put(language: str, sentences: Sequence[str], values: Mapping[str, str]) -> str:
    """One after the other, with a space between them where the language has one."""
    said = [translate(language, sentence) % values for sentence in sentences]
    text = said[0]
    for sentence in said[1:]:
        text = translate(language, _("%(sentence)s %(next)s")) % {"sentence": text, "next": sentence}
    return text


def _listed(language: str, times: Sequence[str]) -> str:
    """ "08:00, 08:30"; more than two, as colliding times may give, from the first to the last."""
    if len(times) > 2:
        return translate(language, _("%(first)s to %(last)s"), first=times[0], last=times[-1])
    return listed(language, times)


def _heard(language: str, times: Sequence[str]) -> str:
    return _listed(language, [spoken_time(language, time) for time in times])


def _told_time(language: str, values: Mapping[str, Value]) -> str:
    at = values.get("times") or values.get("time")
    return _listed(language, at.times) if isinstance(at, At) else ""


def listed(language: str, parts: Sequence[str]) -> str:
    """ "a, b", "a、b"."""
    return translate(language, _(", ")).join(parts)


def first_name(name: str) -> str:
    """ "Anna Maria Berg" → "Anna"; a Chinese name loses its family name: "王秀英" → "秀英"."""
    if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name):
        return name[2:] if len(name) == 4 else name[1:]
    return name.split()[0][:LONGEST_NAME]


def without_title(doctor: str) -> str:
    """The texts say "Dr" themselves."""
    return re.sub(r"^Dr\.?\s+|\s*医生$", "", doctor)[:LONGEST_NAME]
