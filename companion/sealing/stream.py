"""A file sealed in chunks, so that it never has to be in memory, and can be read from any place of it.

Chunks of 64 KiB, each AES-256-GCM under a key of this file alone: HKDF-SHA256 (RFC 5869) of the person's key with a
random salt. The nonce is the chunk's number and whether it is the last one (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015, as `age` uses it): chunks that were changed, taken out, cut off or put in another
order do not open.

On disk: mark (16 bytes), the key's id (8), salt (32), chunks with a tag of 16 bytes each. Who is given a `SealedFile`
can open that file and no other.
"""

import io
from pathlib import Path
from secrets import token_bytes
from typing import IO, Any, Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from companion.sealing.cipher import KEY_BYTES, KEY_ID_BYTES, TAG_BYTES, BrokenSealError

MARK = b"companion-file-1"
SALT_BYTES = 32
HEAD_BYTES = len(MARK) + KEY_ID_BYTES + SALT_BYTES
CHUNK = 64 * 1024


def file_key(person_key: bytes, head: bytes) -> bytes:
    """The key of the file that begins so."""
    return HKDF(SHA256(), KEY_BYTES, salt=head[-SALT_BYTES:], info=b"companion file").derive(person_key)


def key_id_in(head: bytes) -> bytes | None:
    """The id of the person's key in the first bytes of a file; None for a file that is not sealed."""
    is_sealed = len(head) == HEAD_BYTES and head.startswith(MARK)
    return head[len(MARK) : len(MARK) + KEY_ID_BYTES] if is_sealed else None


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class FileSealer:
    """Writes what it is given to `file`, sealed. Without `end` it does not open."""

    def __init__(self, file: IO[bytes], person_key: bytes, key_id: bytes) -> None:
        self._file, self._waiting, self._number = file, bytearray(), 0
        self._head = MARK + key_id + token_bytes(SALT_BYTES)
        self._cipher = AESGCM(file_key(person_key, self._head))
        file.write(self._head)

    def write(self, block: bytes) -> None:
        self._waiting += block
        while len(self._waiting) > CHUNK:  # a full chunk may be the last one
            self._put(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]

    def end(self) -> None:
        """Nothing more comes."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, self._head))
        self._number += 1


class SealedFile(NamedTuple):
    """A sealed file with its own key: what reads it needs nothing else."""

    path: Path
    key: bytes

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        """The bytes as they were, from any place. Reading raises BrokenSealError where they do not open."""
        return io.BufferedReader(_Opened(self.path.open(mode), self.key), buffer_size=CHUNK)


class _Opened(io.RawIOBase):
    """Opens the chunk that is asked for, and keeps the last one."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._cipher, self._place = file, AESGCM(key), 0
        self._head = file.read(HEAD_BYTES)
        self._size = file.seek(0, io.SEEK_END) - HEAD_BYTES
        self._chunks = max(1, -(-self._size // (CHUNK + TAG_BYTES)))
        self._number, self._chunk = -1, b""

    def readinto(self, buffer: Any) -> int:
        number, begins = divmod(self._place, CHUNK)
        if number >= self._chunks:
            return 0
        part = self._opened(number)[begins : begins + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _opened(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(HEAD_BYTES + number * (CHUNK + TAG_BYTES))
            sealed, nonce = self._file.read(CHUNK + TAG_BYTES), _nonce(number, is_last=number == self._chunks - 1)
            try:
                self._number, self._chunk = number, self._cipher.decrypt(nonce, sealed, self._head)
            except (InvalidTag, ValueError):
                raise BrokenSealError("file") from None
        return self._chunk

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        plain_size = max(0, self._size - self._chunks * TAG_BYTES)
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: plain_size}
        self._place = max(0, starts[whence] + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
