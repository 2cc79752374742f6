"""Lists in pages: an opaque cursor says after which entry the next page begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from companion.web.api.problems import Problem

Item = TypeVar("Item")
LONGEST_CURSOR = 400
LISTS_AT_MOST = 10
Place = list[str | int]
"""What an entry is ordered by, newest first; unique within its list."""


def page_of(
    items: Sequence[Item], place_of: Callable[[Item], Place], *, cursor: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """The entries after the cursor, the largest place first, and the cursor of the page after."""
    ordered = sorted(items, key=place_of, reverse=True)
    if cursor is not None:
        after = _place_behind(cursor)
        try:
            ordered = [item for item in ordered if place_of(item) < after]
        except TypeError:
            raise _bad_cursor() from None
    shown = ordered[:limit]
    return shown, cursor_at(place_of(shown[-1])) if len(ordered) > limit else None


def number_behind(cursor: str | None) -> int | None:
    """Of a list that is ordered by numbers, the largest first: after which one the page begins. Raises Problem."""
    if cursor is None:
        return None
    match _place_behind(cursor):
        case [int(number)] if 0 <= number < 2**63:
            return number
    raise _bad_cursor()


def pair_behind(cursor: str | None) -> tuple[int, int] | None:
    """The same of several such lists, one after the other: which of them, and the number. Raises Problem."""
    if cursor is None:
        return None
    match _place_behind(cursor):
        case [int(which), int(number)] if 0 <= which < LISTS_AT_MOST and 0 <= number < 2**63:
            return which, number
    raise _bad_cursor()


def cursor_at(place: Place) -> str:
    """The cursor of a page that begins after that entry."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _place_behind(cursor: str) -> Place:
    if len(cursor) > LONGEST_CURSOR:
        raise _bad_cursor()
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise _bad_cursor() from None
    if not isinstance(place, list):
        raise _bad_cursor()
    return place


def _bad_cursor() -> Problem:
    return Problem(422, "bad_cursor", "Take the cursor from `next` of the page before, unchanged.")
