"""No text of anybody's is forgotten: each column is sealed, or it is written down why not."""

from collections.abc import Iterator

from sqlalchemy import JSON, String

import companion.migrations  # noqa: F401  # imports every model
from companion.db import Base
from companion.erasing.plan import OF_NOBODY
from companion.sealing.texts import SealedText
from tests.sealing.texts_in_the_clear import BY_COLUMN, BY_NAME

NAMES = frozenset().union(*BY_NAME.values())


def columns(kind: tuple[type, ...]) -> Iterator[str]:
    """Of every table that is about somebody, as "table.column"."""
    for table in Base.metadata.sorted_tables:
        if table.name not in OF_NOBODY:
            yield from (f"{table.name}.{each.name}" for each in table.columns if isinstance(each.type, kind))


def test_each_column_of_text_is_sealed_or_says_why_not() -> None:
    plain = set(columns((String, JSON))) - set(columns((SealedText,)))

    unsaid = {each for each in plain - BY_COLUMN.keys() if each.partition(".")[2] not in NAMES}

    assert unsaid == set()


def test_nothing_that_is_sealed_or_gone_still_says_why_it_is_not() -> None:
    plain = set(columns((String, JSON))) - set(columns((SealedText,)))

    assert BY_COLUMN.keys() - plain == set()
    assert NAMES - {each.partition(".")[2] for each in plain} == set()


def test_a_sealed_text_names_its_own_column() -> None:
    sealed = {
        f"{table.name}.{each.name}": each.type.about
        for table in Base.metadata.sorted_tables
        for each in table.columns
        if isinstance(each.type, SealedText)
    }

    assert {column: about for column, about in sealed.items() if column != about} == {}
