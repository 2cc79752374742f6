"""Files that people sent, sealed under the key of whose they are."""

from pathlib import Path
from typing import IO

from sqlalchemy import Engine, text

from companion.clock import Clock
from companion.db import looking, writing
from companion.errors import BadInput
from companion.originals import Original
from companion.sealing import data_keys
from companion.sealing.cipher import BrokenSealError
from companion.sealing.keyring import DataSecret, ring_of
from companion.sealing.stream import HEAD_BYTES, FileSealer, SealedFile, file_key, key_id_in

_ID = text("SELECT id FROM person WHERE public_id = :public_id")


class SealedFiles:
    """How `FolderOriginals` writes and reads files where they are sealed; those from before are read as they are."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def into(self, patient: str, file: IO[bytes]) -> FileSealer:
        """Raises BadInput for nobody, and for somebody who was erased; Unavailable without the master key."""
        key_id, key = self._key_of(patient)
        return FileSealer(file, key, key_id)

    def original(self, path: Path) -> Original:
        """Raises BrokenSealError where its key was destroyed, Unavailable without the master key."""
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        key_id = key_id_in(head)
        if key_id is None:
            return path
        with looking(self._engine) as connection:
            key = ring_of(connection).to_open(connection, [key_id]).get(key_id)
        if key is None:
            raise BrokenSealError("file")
        return SealedFile(path, file_key(key, head))

    def _key_of(self, patient: str) -> DataSecret:
        """Writes only where there is no key yet: a page that keeps a file waits for nobody else."""
        with looking(self._engine) as connection:
            person_id = connection.scalar(_ID, {"public_id": patient})
            if person_id is None:
                raise BadInput("is nobody's", where="file", advice="see `companion people list`")
            if data_keys.key_of(connection, person_id) is not None:
                return ring_of(connection).to_seal(connection, person_id, self._clock())
        with writing(self._engine) as session:
            return ring_of(session.connection()).to_seal(session.connection(), person_id, self._clock())
