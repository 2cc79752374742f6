"""Starts the process that makes a PDF, waits for it for a while, and takes what it made."""

import subprocess
import sys
from threading import BoundedSemaphore

from companion.errors import Unavailable

SECONDS = 60
"""A report of two pages takes two to three; whatever takes a minute is stuck."""
AT_ONCE = 2
"""Of one web process: each takes a processor for seconds."""

_places = BoundedSemaphore(AT_ONCE)


def to_pdf(page: str, style: str) -> bytes:
    """The HTML document in A4 as tagged PDF (PDF/UA-1). Nothing outside of `page` and `style` (CSS) is read.

    Raises Unavailable where none can be made now: too many at once, no time, or a library that is not installed.
    """
    if not _places.acquire(timeout=SECONDS):
        raise Unavailable("too many reports are made at once", where="PDF", advice="try again in a minute")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "companion.typeset.child"],
            input=f"{style}\0{page}".encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Unavailable("no PDF was made in time", where="PDF", advice="print the page instead") from late
    finally:
        _places.release()
    if done.returncode != 0:
        # Its last line names the fault and nothing of the page.
        fault = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable("no PDF could be made", where="PDF", advice=f"print the page instead; {''.join(fault)[:200]}")
    return done.stdout
