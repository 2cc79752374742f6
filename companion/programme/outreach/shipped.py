"""The tips that this clinic may send: of its own file, or those that come with the product."""

from functools import cache
from pathlib import Path

from companion.errors import BadInput
from companion.programme.outreach.tips import Tip, tips_from
from companion.programme.segments.shipped import definitions

SHIPPED = Path(__file__).with_name("tips.toml")


@cache
def tips(own: Path | None = None, own_definitions: Path | None = None) -> tuple[Tip, ...]:
    """Read once a process, in the order of the file. Raises BadInput naming file, tip and field."""
    path = own or SHIPPED
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("cannot be read", where=str(path), advice="see COMPANION_TIPS_FILE") from error
    return tips_from(text, path.name, {axis.name: axis.names for axis in definitions(own_definitions).axes})
