"""What doctors are told of suggestions that wait: counted as the message leaves, without what was decided meanwhile."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from companion.advice.deciding.telling import Telling
from companion.advice.deciding.told import is_open, told_together, waiting_for
from companion.advice.models import Suggestion
from companion.care.covers import stands_in_for
from companion.clock import from_ms
from companion.compose.told import Known, Told
from companion.messages.composed import Asked
from companion.messages.models import Message
from companion.messages.wording import suggestion_ended, suggestion_ends, suggestion_waits, waiting_digest

QUEUE, PEOPLE = "/doctor/queue", "/people"
"""Where a doctor decides, and where an administrator sees who is reached."""


def about_waiting(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That it waits, at once."""
    return _each(known, batch, lambda message: _still_open(known, message, Telling.WAITS), _waits)


def about_ending(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That its time is nearly over."""
    return _each(known, batch, lambda message: _still_open(known, message, Telling.ENDS), _ends)


def about_day(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """All that waits for the doctor."""
    return _each(known, batch, lambda message: waiting_for(known.session, message.recipient_id, known.now), _day)


def about_ended(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """That nobody decided."""
    return _each(known, batch, lambda message: _told_with(known, message, Telling.ENDED), _ended)


def _each(
    known: Known,
    batch: Sequence[Asked],
    find: Callable[[Message], list[Suggestion]],
    say: Callable[[Known, Message, list[Suggestion]], Told],
) -> list[Told | None]:
    """Nothing where all was decided before the message left."""
    found = [find(asked.message) for asked in batch]
    return [say(known, asked.message, them) if them else None for asked, them in zip(batch, found, strict=True)]


def _told_with(known: Known, message: Message, telling: Telling) -> list[Suggestion]:
    return told_together(known.session, message.recipient_id, telling, from_ms(message.params["at_ms"]))


def _still_open(known: Known, message: Message, telling: Telling) -> list[Suggestion]:
    return [each for each in _told_with(known, message, telling) if is_open(each, known.now)]


def _waits(known: Known, message: Message, them: list[Suggestion]) -> Told:
    urgent, standing_in = _urgent(them), _is_cover(known, message, them)
    words = suggestion_waits(known.language(message), len(them), known.contacts, urgent=urgent, standing_in=standing_in)
    return Told(words, QUEUE, is_urgent=urgent > 0)


def _ends(known: Known, message: Message, them: list[Suggestion]) -> Told:
    first = them[0].expires_at.astimezone(ZoneInfo(known.recipient(message).zone))
    standing_in = _is_cover(known, message, them)
    words = suggestion_ends(
        known.language(message), len(them), f"{first:%H:%M}", known.contacts, standing_in=standing_in
    )
    return Told(words, QUEUE, is_urgent=_urgent(them) > 0)


def _day(known: Known, message: Message, them: list[Suggestion]) -> Told:
    standing_in = _is_cover(known, message, them)
    words = waiting_digest(
        known.language(message), len(them), known.contacts, urgent=_urgent(them), standing_in=standing_in
    )
    return Told(words, QUEUE)


def _ended(known: Known, message: Message, them: list[Suggestion]) -> Told:
    return Told(suggestion_ended(known.language(message), len(them), known.contacts), PEOPLE)


def _urgent(them: list[Suggestion]) -> int:
    return sum(each.is_urgent for each in them)


def _is_cover(known: Known, message: Message, them: list[Suggestion]) -> bool:
    """Whether all of them are about patients of somebody who is away."""
    patients = {each.patient_id for each in them}
    return stands_in_for(known.session, message.recipient_id, known.now, patients).keys() == patients
