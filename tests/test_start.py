"""What a process starts with: nothing large that most of them never use."""

import subprocess
import sys

import pytest

SELDOM_USED = ("openpyxl", "xlrd", "numpy", "twilio", "influxdb_client")


@pytest.mark.parametrize("module", ["companion.web", "companion.jobs", "companion.apart.child"])
def test_a_start_imports_nothing_that_is_seldom_used(module: str) -> None:
    told = f"import sys, {module}; print([name for name in {SELDOM_USED!r} if name in sys.modules])"

    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
