"""What a copy of readings has done so far: a file that outlives the process that writes it."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from companion.errors import BadInput
from companion.readings.reading import Metric


class CopyJournal:
    """One line of JSON a step, on disk before the copy goes on: whom it began to bring, and whom it has proven.

    It holds the ids of patients, and is readable by its owner only. `brought` are those who were begun, `counted` how
    many readings of each metric were there when a patient was last proven to be the same in both stores.
    """

    def __init__(self, path: Path, source: str, target: str) -> None:
        """Goes on with the journal at that path, or begins it; `source` and `target` are URLs without a password.
        Raises BadInput for a file that is something else, and while another copy writes it."""
        self.brought: set[str] = set()
        self.counted: dict[str, dict[Metric, int]] = {}
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise self._refused("is written by another copy", "wait until that one has ended") from None
        self._read({"from": source, "to": target})

    def begin(self, patient: str) -> None:
        """Readings of the patient are about to be brought."""
        if patient not in self.brought:
            self.brought.add(patient)
            self._write({"began": patient})

    def prove(self, patient: str, counts: Mapping[Metric, int]) -> None:
        """The patient was found to be the same in both."""
        if self.counted.get(patient) != counts:
            self.counted[patient] = dict(counts)
            self._write({"proven": patient, "readings": counts})

    def forget(self, patient: str) -> None:
        """The patient was erased."""
        self.brought.discard(patient)
        self.counted.pop(patient, None)
        self._write({"erased": patient})

    def close(self) -> None:
        """Another copy may go on."""
        self._file.close()

    def _read(self, head: dict[str, str]) -> None:
        *lines, cut_off = self._file.read().split(b"\n")
        if cut_off:  # killed in the middle of a line, which is done again
            self._file.seek(-len(cut_off), os.SEEK_END)
            self._file.truncate()
        if not lines:
            self._write(head)
            return
        try:
            first, *steps = map(json.loads, lines)
            is_ours = first == head
            for step in steps:
                self._note(step)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._refused("is no journal of a copy", "choose another --journal") from None
        if not is_ours:
            raise self._refused("is the journal of a copy between other stores", "choose another --journal")

    def _note(self, step: dict[str, Any]) -> None:
        if "began" in step:
            self.brought.add(step["began"])
        elif "proven" in step:
            self.counted[step["proven"]] = {Metric(name): n for name, n in step["readings"].items()}
        else:
            self.brought.discard(step["erased"])
            self.counted.pop(step["erased"], None)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _refused(self, what: str, advice: str) -> BadInput:
        return BadInput(what, where=str(self._path), advice=advice)
