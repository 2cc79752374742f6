"""A sealed file is read from any place of it, and nothing of it can be changed, cut off or moved."""

import io
import pickle
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.sealing.cipher import BrokenSealError
from companion.sealing.stream import CHUNK, HEAD_BYTES, FileSealer, SealedFile, file_key, key_id_in

KEY, ID, TAG = token_bytes(32), bytes(range(8)), 16
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5)


def sealed_file(path: Path, content: bytes, block: int = 1 << 20) -> SealedFile:
    with path.open("wb") as file:
        sealer = FileSealer(file, KEY, ID)
        for start in range(0, len(content), block):
            sealer.write(content[start : start + block])
        sealer.end()
    return SealedFile(path, file_key(KEY, path.read_bytes()[:HEAD_BYTES]))


def read(file: SealedFile) -> bytes:
    with file.open("rb") as stream:
        return stream.read()


@pytest.mark.parametrize("size", SIZES)
def test_a_file_opens_as_it_was_however_it_was_written(size: int, tmp_path: Path) -> None:
    content = token_bytes(size)

    whole, in_pieces = (sealed_file(tmp_path / str(block), content, block) for block in (1 << 20, 999))

    assert read(whole) == read(in_pieces) == content
    assert key_id_in((tmp_path / "999").read_bytes()[:HEAD_BYTES]) == ID


@settings(max_examples=40, deadline=None)
@given(size=st.sampled_from(SIZES), data=st.data())
def test_it_is_read_from_any_place_like_a_plain_file(size: int, data: st.DataObject, tmp_path_factory: object) -> None:
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    content = token_bytes(size)
    file, plain = sealed_file(tmp_path_factory.mktemp("any") / "f", content), io.BytesIO(content)
    steps = data.draw(st.lists(st.tuples(st.integers(0, size + 10), st.integers(0, 2 * CHUNK)), max_size=6))

    with file.open("rb") as stream:
        found = [(stream.seek(place), stream.read(length), stream.tell()) for place, length in steps]
        end = stream.seek(-min(3, size), io.SEEK_END)

    assert found == [(plain.seek(place), plain.read(length), plain.tell()) for place, length in steps]
    assert end == size - min(3, size)


def test_nothing_of_the_plain_file_is_on_the_disk(tmp_path: Path) -> None:
    sealed_file(tmp_path / "f", b"glucose 140 mg/dL\n" * 10_000)

    assert b"glucose" not in (tmp_path / "f").read_bytes()


def test_a_process_that_is_given_the_file_reads_it_and_has_no_other_key(tmp_path: Path) -> None:
    given_away = pickle.dumps(sealed_file(tmp_path / "f", b"a"))

    assert read(pickle.loads(given_away)) == b"a"
    assert KEY not in given_away


def chunks(content: bytes) -> list[bytes]:
    body = content[HEAD_BYTES:]
    return [body[start : start + CHUNK + TAG] for start in range(0, len(body), CHUNK + TAG)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda head, parts: head + parts[0] + parts[1],  # cut off at a chunk
        lambda head, parts: head + b"".join(parts)[:-1],
        lambda head, parts: head + parts[1] + parts[0] + parts[2],
        lambda head, parts: head + parts[0] + parts[2],
        lambda head, parts: head + b"".join(parts) + parts[2],
        lambda head, parts: head + parts[0][:-1] + bytes([parts[0][-1] ^ 1]) + parts[1] + parts[2],
        lambda head, parts: head[:-1] + bytes([head[-1] ^ 1]) + b"".join(parts),
        lambda head, _parts: head,
    ],
    ids=["cut off at a chunk", "cut off", "swapped", "one taken out", "one added", "changed", "another head", "empty"],
)
def test_a_file_that_was_tampered_with_does_not_open(wrong: object, tmp_path: Path) -> None:
    file = sealed_file(tmp_path / "f", token_bytes(2 * CHUNK + 5))
    content = file.path.read_bytes()
    assert callable(wrong)

    file.path.write_bytes(wrong(content[:HEAD_BYTES], chunks(content)))

    with pytest.raises(BrokenSealError):
        read(file)


@pytest.mark.parametrize("head", [b"", b"time,glucose\n" * 20, b"companion-file-1"])
def test_a_file_that_is_not_sealed_is_told_apart(head: bytes) -> None:
    assert key_id_in(head[:HEAD_BYTES]) is None
