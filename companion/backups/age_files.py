"""Encryption for a public key whose private key is elsewhere: files of age-encryption.org/v1, as `age` opens them.

`pyrage` (the Rust implementation) does all of it: a key of its own for each file, X25519, ChaCha20-Poly1305 in blocks
of 64 kB, the last one marked, so that a file that was cut off does not open.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import IO

import pyrage
from pyrage import x25519

from companion.backups.flowing import Passed, Sink, Source, Tick, blocks_of, no_tick
from companion.errors import BadInput

Keys = Sequence[x25519.Identity]
Recipients = Sequence[x25519.Recipient]


def new_key() -> x25519.Identity:
    """A private key; `str()` of it is what its file holds, `to_public()` the recipient."""
    return x25519.Identity.generate()


def recipient(text: str, where: str) -> x25519.Recipient:
    """From "age1…". Raises BadInput for anything else, a private key above all."""
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        advice = "it begins with age1; `companion backup keys FILE` makes a pair"
        raise BadInput("is not a public key for backups", where=where, advice=advice) from None


def keys_in(text: str, where: str) -> list[x25519.Identity]:
    """The private keys of a file as `age-keygen` and `companion backup keys` write it. Raises BadInput without any."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        advice = "name the file that `companion backup keys` wrote: a line of it begins with AGE-SECRET-KEY-1"
        raise BadInput("holds no private key", where=where, advice=advice)
    return keys


def encrypt(
    blocks: Iterator[bytes], out: IO[bytes], recipients: Recipients, tick: Tick = no_tick
) -> tuple[Passed, Passed]:
    """Writes the blocks to `out`, encrypted; tells what went in, and what came out."""
    source, sink = Source(blocks, tick), Sink(out)
    _move(pyrage.encrypt_io, source, sink, recipients)
    return source.passed, sink.passed


def decrypt(
    encrypted: IO[bytes], out: IO[bytes] | None, keys: Keys, where: str, tick: Tick = no_tick
) -> tuple[Passed, Passed]:
    """Decrypts to `out`, to nobody if there is none; tells what came out, and what went in. Raises BadInput where none
    of the keys fits, or where it is not whole: what was written until then is worth nothing."""
    source, sink = Source(blocks_of(encrypted), tick), Sink(out)
    try:
        _move(pyrage.decrypt_io, source, sink, keys)
    except (pyrage.DecryptError, OSError) as error:
        if error in (source.error, sink.error):
            raise
        raise _refused(str(error), where) from None
    return sink.passed, source.passed


def _refused(said: str, where: str) -> BadInput:
    if "No matching keys" in said:
        return BadInput("is encrypted for another key", where=where, advice="bring the private key that belongs to it")
    return BadInput("is broken, or was cut off", where=where, advice="take another copy, or another backup")


@contextmanager
def decrypted(encrypted: IO[bytes], keys: Keys, where: str, tick: Tick = no_tick) -> Iterator[IO[bytes]]:
    """What was encrypted, as a pipe to be read once. What is wrong with it is raised at the end, if not before."""
    out, into = os.pipe()
    failed: list[BaseException] = []
    thread = Thread(target=_fill, args=(encrypted, into, keys, where, tick, failed))
    thread.start()
    try:
        with open(out, "rb") as plain:
            yield plain
    finally:
        thread.join()
        if failed:
            raise failed[0]


def _fill(encrypted: IO[bytes], pipe: int, keys: Keys, where: str, tick: Tick, failed: list[BaseException]) -> None:
    try:
        with open(pipe, "wb") as out:
            decrypt(encrypted, out, keys, where, tick)
    except BrokenPipeError:
        return  # who read it has enough
    except BaseException as error:  # noqa: BLE001 — it is raised again where the pipe is read
        failed.append(error)


def _move(work: Callable[..., object], source: Source, sink: Sink, keys: Keys | Recipients) -> None:
    """An error of the disk comes back as it was, also one that the library does not tell."""
    try:
        work(source, sink, list(keys))
    finally:
        for end in (source, sink):
            if end.error is not None:
                raise end.error
