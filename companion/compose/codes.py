"""A code that proves an address. It is made as it leaves, so that it stands nowhere but in that message."""

from collections.abc import Sequence

from companion.care.contact_codes import make_code
from companion.care.contact_models import ContactPoint
from companion.compose.told import Known, Told
from companion.messages import wording
from companion.messages.composed import Asked


def about_code(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where the address was removed before the message left."""
    return [_code(known, asked) for asked in batch]


def _code(known: Known, asked: Asked) -> Told | None:
    point = known.session.get(ContactPoint, asked.message.params["only_point"])
    if point is None or point.removed_at is not None:
        return None
    code = make_code(point, known.now)
    return Told(wording.code(known.language(asked.message), code, known.contacts), is_urgent=True)
