"""Databases of benches. They are thrown away: their master key is no secret, and the same in every process."""

from sqlalchemy import Engine

from companion.db import make_engine
from companion.sealing.keyring import KeyRing, use_keys
from companion.sealing.master import MasterKeyText

KEY = bytes(range(32)).hex()


def bench_engine(url: str) -> Engine:
    """An engine as `make_engine` gives it, with what it seals by."""
    engine = make_engine(url)
    use_keys(engine, KeyRing(MasterKeyText(KEY)))
    return engine
