"""The definitions that this clinic goes by: its own file, or those that come with the product."""

from functools import cache
from pathlib import Path

from companion.errors import BadInput
from companion.programme.segments.definitions import Definitions, definitions_from

SHIPPED = Path(__file__).with_name("definitions.toml")


@cache
def definitions(own: Path | None = None) -> Definitions:
    """Read once a process. Raises BadInput naming the file and the place in it."""
    path = own or SHIPPED
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("cannot be read", where=str(path), advice="see COMPANION_SEGMENTS_FILE") from error
    return definitions_from(text, path.name)
