"""The heart beats on when somebody sets the machine's clock back."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from companion.jobs import is_too_far
from tests.chaos.clocks import FAKED, ROOT, libfaketime
from tests.world import START

BEATS = """
import os, signal, sys, threading, time
from sqlalchemy import create_engine
from companion import jobs
from companion.clock import system_clock
file, beats = sys.argv[1], []
jobs.note_beat = lambda *_: None
def story():
    time.sleep(2)
    open(file, "w").write("+0")
    time.sleep(4.5)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=story, daemon=True).start()
jobs.run_until_stopped(create_engine("sqlite://"), system_clock, beats.append, 1, int)
print(sum(later < earlier for earlier, later in zip(beats, beats[1:])))
"""


@pytest.mark.parametrize(("ahead_s", "is_so"), [(1, False), (2, False), (3, True), (3600, True)])
def test_a_beat_that_is_planned_too_far_ahead_is_brought_forward(ahead_s: int, is_so: bool) -> None:
    assert is_too_far(START + timedelta(seconds=ahead_s), START, 1) is is_so


@pytest.mark.slow
def test_it_beats_after_the_clock_went_back_an_hour(tmp_path: Path) -> None:
    file = tmp_path / "faketime"
    file.write_text("+3600")
    faked = {"LD_PRELOAD": str(libfaketime()), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1"}
    more = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "PYTHONPATH": f"{FAKED}{os.pathsep}{ROOT}"}

    done = subprocess.run(
        [sys.executable, "-c", BEATS, str(file)], env=os.environ | faked | more, capture_output=True, text=True
    )

    assert done.stdout.splitlines()[-1] == "1", done.stderr
