"""Bytes keep their order and number on their way, and no error of a disk is lost in the library that moves them."""

import errno
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.backups.age_files import decrypt, decrypted, encrypt, new_key
from companion.backups.flowing import Source, blocks_of
from companion.errors import BadInput

KEY = new_key()


class FullDisk(RawIOBase):
    """Takes nothing."""

    def writable(self) -> bool:
        return True

    def write(self, _buffer: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def encrypted(content: bytes) -> BytesIO:
    out = BytesIO()
    encrypt(iter([content]), out, [KEY.to_public()])
    return BytesIO(out.getvalue())


@given(st.lists(st.binary(min_size=1, max_size=50)), st.integers(1, 20))
def test_blocks_are_read_as_one_file(blocks: list[bytes], at_once: int) -> None:
    source = Source(iter(blocks))

    read = b"".join(iter(lambda: source.read(at_once) or b"", b""))

    assert read == b"".join(blocks)
    assert source.passed.size == len(read)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
def test_what_was_encrypted_comes_out_as_it_was(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]

    with decrypted(encrypted(content), [KEY], "a") as plain:
        found = b"".join(blocks_of(plain))

    assert found == content


@pytest.mark.parametrize("size", [12, 70_000, 1 << 20])
def test_a_full_disk_is_told_however_little_there_is_to_write(size: int) -> None:
    with pytest.raises(OSError, match="No space left"):
        encrypt(iter([bytes(size)]), FullDisk(), [KEY.to_public()])  # type: ignore[arg-type]


def test_who_gives_the_blocks_is_heard_when_they_fail() -> None:
    def failing() -> Iterator[bytes]:
        yield bytes(100)
        raise BadInput("failed", where="there")

    with pytest.raises(BadInput, match="there: failed"):
        encrypt(failing(), BytesIO(), [KEY.to_public()])


def test_a_reader_who_stops_early_leaves_nothing_waiting() -> None:
    with decrypted(encrypted(bytes(1 << 21)), [KEY], "a") as plain:
        begin = plain.read(10)

    assert begin == bytes(10)


def test_a_stream_that_was_cut_off_is_told_at_its_end() -> None:
    cut = BytesIO(encrypted(bytes(300_000)).getvalue()[:-100])

    with pytest.raises(BadInput, match="is broken, or was cut off"), decrypted(cut, [KEY], "a") as plain:
        plain.read()


def test_without_a_fitting_key_nothing_is_written() -> None:
    out = BytesIO()

    with pytest.raises(BadInput, match="is encrypted for another key"):
        decrypt(encrypted(b"secret"), out, [new_key()], "a")
    assert out.getvalue() == b""
