"""How fast the audit takes acts, and how long all of it takes to check."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import click
from sqlalchemy import Engine, insert, select

from companion.benches.figure import Figure, best_rate, seconds
from companion.care.audit import AuditEntry, note, use_keys
from companion.care.audit_chain import FIRST, Entry, keyed_hash
from companion.care.audit_check import check
from companion.care.audit_keys import KeyRing
from companion.db import make_engine, reading, writing
from companion.migrations import upgrade

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
WHO, WHOSE = "cl_0123456789ab", "pa_0123456789ab"
ENTRIES, ACTS, AT_ONCE = 100_000, 200, 10_000


def measure(folder: Path) -> list[Figure]:
    """Checking a hundred thousand entries, against fetching the same rows and one plain SHA-256 each; then acts noted
    one by one by four threads, SQLite, against the same rows inserted alone, each durable."""
    engine, keys = make_engine(f"sqlite:///{folder / 'audit.db'}"), KeyRing(folder / "audit.key")
    upgrade(engine)
    use_keys(engine, keys)
    click.echo(f"  (preparing {ENTRIES:,} entries)", err=True)
    _fill(engine, keys)
    return [_checked(engine), _noted(engine, folder)]


def _fill(engine: Engine, keys: KeyRing) -> None:
    """As `note` makes them, many in a transaction."""
    key = keys.newest()
    previous, rows = FIRST, []
    for number in range(1, ENTRIES + 1):
        said = Entry(number, NOW, WHO, "readings.linked", WHOSE, {"n": number}, previous, "", key.id)
        previous = keyed_hash(said, key.secret)
        rows.append(said._replace(hash=previous)._asdict())
    with engine.begin() as connection:
        for start in range(0, ENTRIES, AT_ONCE):
            connection.execute(insert(AuditEntry), rows[start : start + AT_ONCE])


def _checked(engine: Engine) -> Figure:
    def ours(_round: int) -> int:
        with reading(engine) as session:
            report = check(session)
        assert report.wrong == 0
        return report.entries

    def bare(_round: int) -> int:
        with engine.connect() as connection:
            for row in connection.execute(select(AuditEntry.__table__), execution_options={"yield_per": 5000}):
                sha256(repr(row).encode()).digest()
        return ENTRIES

    name = "the same rows fetched, and a plain SHA-256 each"
    return Figure("entries checked", "entries", best_rate(ours), best_rate(bare), name, 0)


def _noted(engine: Engine, folder: Path) -> Figure:
    plain = make_engine(f"sqlite:///{folder / 'plain.db'}")
    upgrade(plain)
    baseline = ACTS / seconds(partial(_by_four, plain, _insert))
    ours = ACTS / seconds(partial(_by_four, engine, _note))
    return Figure("acts noted by 4 threads", "acts", ours, baseline, "one INSERT of such a row each, durable", 0)


def _by_four(engine: Engine, act: Callable[[Engine, int], None]) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(partial(act, engine), range(ACTS)))


def _note(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        note(session, actor=WHO, action="readings.linked", now=NOW, patient=WHOSE, n=number)


def _insert(engine: Engine, number: int) -> None:
    said = Entry(number + 1, NOW, WHO, "x", WHOSE, {"n": number}, f"{number}", "0" * 64, "k")
    with engine.begin() as connection:
        connection.execute(insert(AuditEntry), [said._asdict()])
