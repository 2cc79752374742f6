"""What was acknowledged to somebody, kept by them: a file that is only added to, each line on the disk before its
writer goes on."""

import json
import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

READING, ANSWER, REPLY = "reading", "answer", "reply"
SUGGESTION, APPROVAL, RECEIPT = "suggestion", "approval", "receipt"
REFUSED = "refused"
"""Nothing was acknowledged: the service said that it will never take this."""
TOLD_NO = "told no"
"""A doctor was: somebody was faster, or what she saw had changed; she looks again."""
KINDS = (READING, ANSWER, REPLY, SUGGESTION, APPROVAL, RECEIPT)


class Books:
    """Of all clients of one clinic. Written by many threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._file = path.open("a", encoding="utf-8")

    def note(self, kind: str, **what: Any) -> None:
        """Durable when it returns."""
        with self._lock:
            self._file.write(json.dumps({"kind": kind, **what}) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def read(self, kind: str) -> list[dict[str, Any]]:
        """Every line of that kind, from the disk."""
        lines = map(json.loads, self._path.read_text("utf-8").splitlines())
        return [line for line in lines if line["kind"] == kind]

    def counted(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(json.loads(line)["kind"] for line in self._path.read_text("utf-8").splitlines())
