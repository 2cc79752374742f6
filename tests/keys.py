"""What tests seal by that have an engine of their own: the same key in every process of theirs."""

from typing import Any

from sqlalchemy import Engine

from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.master import MasterKeyText
from companion.sealing.texts import Sealed

KEY = bytes(range(32)).hex()


def with_keys(engine: Engine) -> Engine:
    """The engine, which can now seal and open."""
    use_keys(engine, KeyRing(MasterKeyText(KEY)))
    return engine


def from_before(column: Any, text: str) -> Sealed:
    """The text as it stood in that column before it was sealed."""
    return Sealed(text, column.type.about, text)
