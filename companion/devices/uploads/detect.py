"""Which format a file is, by its content alone. To add one, write its module and put it here.

A format that knows its file by more marks comes before one that knows it by fewer.
"""

from companion.devices.uploads import libreview, plain_csv
from companion.devices.uploads.export import Export
from companion.devices.uploads.format import Format

FORMATS: tuple[Format, ...] = (libreview, plain_csv)

_DELIMITERS = (",", ";", "\t")


def detect(text: str) -> tuple[Format, Export] | None:
    """The format and the text cut with the delimiter under which it makes sense; None when nobody knows it."""
    exports = [Export(text, delimiter) for delimiter in _DELIMITERS]
    for known in FORMATS:
        for export in exports:
            if known.detect(export):
                return known, export
    return None
