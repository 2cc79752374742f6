"""Sources that do a process harm; read in a process of their own, which finds them by this module's name."""

import os
import time
from io import BytesIO
from typing import IO, Literal


class Deadly:
    """Ends the process that opens it."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        os._exit(3)


class Endless:
    """Never answers."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        time.sleep(60)
        return BytesIO()


class Greedy:
    """Asks for more memory than any limit allows."""

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return BytesIO(b"x" * 2**40)
