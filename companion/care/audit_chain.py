"""How the entries of the audit hang together, and how it is seen that they do not. Pure.

The hash of an entry is HMAC-SHA256 (RFC 2104, FIPS 198-1) under a key that is not in the database, over everything the
entry says, its number and the hash of the entry before. Entries from before there was a key have a plain SHA-256; the
first keyed one follows them, and so seals them.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from companion.clock import to_ms

FIRST = "0" * 64
"""What the first entry follows."""


class Entry(NamedTuple):
    """One entry as it is kept. `key_id` None: from before there was a key."""

    id: int
    at: datetime
    actor: str
    action: str
    patient: str | None
    details: Any
    previous_hash: str
    hash: str
    key_id: str | None


class Fault(NamedTuple):
    """What does not hold, and at which entry it shows first."""

    entry: int
    what: str


class Stand(NamedTuple):
    """Where the chain stood, by `where`: the number of the last entry, how many there were with it, and its hash."""

    entry: int
    entries: int
    head: str
    where: str


FindKey = Callable[[str], bytes | None]
"""The key of that id; None for one that is not here."""


def keyed_hash(entry: Entry, key: bytes) -> str:
    """Hexadecimal. The instant counts to the microsecond: nothing the database keeps is left out."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [entry.key_id, entry.id, entry.previous_hash, at, entry.actor, entry.action, entry.patient, entry.details]
    return hmac.new(key, canonical(said), hashlib.sha256).hexdigest()


def plain_hash(entry: Entry) -> str:
    """The hash of an entry from before there was a key."""
    said = [entry.previous_hash, to_ms(entry.at), entry.actor, entry.action, entry.patient, entry.details]
    return hashlib.sha256(canonical(said)).hexdigest()


def canonical(value: Any) -> bytes:
    """One way of writing it as JSON; what JSON cannot say (somebody wrote over it) is told as Python does."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr).encode()


def faults(entries: Iterable[Entry], find_key: FindKey, stands: Iterable[Stand] = ()) -> Iterator[Fault]:
    """Everything that does not hold, in the order of the entries. `entries` are all there are, `stands` what is known
    from elsewhere."""
    waiting = sorted(stands, reverse=True)
    previous: Entry | None = None
    for count, entry in enumerate(entries, 1):
        what = wrong(entry, previous, find_key)
        if what:
            yield Fault(entry.id, what)
        while waiting and waiting[-1].entry <= entry.id:
            yield from _against(waiting.pop(), entry, count)
        previous = entry
    first_missing = previous.id + 1 if previous else 1
    for stand in reversed(waiting):
        yield Fault(first_missing, f"is missing: {stand.where} knows entries up to {stand.entry}")


def wrong(entry: Entry, previous: Entry | None, find_key: FindKey) -> str:
    """What does not hold about an entry that follows `previous` (None: it is the first one); empty where it holds."""
    return _wrong_link(entry, previous) or _wrong_hash(entry, find_key)


def _against(stand: Stand, entry: Entry, count: int) -> Iterator[Fault]:
    if stand.entry != entry.id:
        yield Fault(stand.entry, f"is missing: {stand.where} knows it")
    elif (stand.head, stand.entries) != (entry.hash, count):
        yield Fault(entry.id, f"is not the one, or not the {stand.entries}th, that {stand.where} knows")


def _wrong_link(entry: Entry, previous: Entry | None) -> str:
    if entry.previous_hash != (previous.hash if previous else FIRST):
        return f"does not follow entry {previous.id}" if previous else "is not the first that was written"
    if entry.key_id is None:
        return "was written without the key" if previous and previous.key_id else ""
    is_next = previous is None or entry.id == previous.id + 1
    return "" if is_next else "has another number than it was given"


def _wrong_hash(entry: Entry, find_key: FindKey) -> str:
    if entry.key_id is None:
        return "" if entry.hash == plain_hash(entry) else "was changed"
    key = find_key(entry.key_id)
    if key is None:
        return "was made with a key that is not here"
    return "" if entry.hash == keyed_hash(entry, key) else "was changed, or made without the key"
