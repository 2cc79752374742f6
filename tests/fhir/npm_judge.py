"""The npm validator `fhir`, a second judge of FHIR R4: it knows the value sets that HL7's JSON schema does not."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import simplejson

HERE = Path(__file__).parent
VALIDATOR = HERE / "node_modules" / "fhir" / "fhir.js"


class NpmJudge:
    """One node process; a resource a line in, what it has against it out."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def complaints(self, resource: dict[str, Any]) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(simplejson.dumps(resource, use_decimal=True) + "\n")
        self._process.stdin.flush()
        found: list[str] = simplejson.loads(self._process.stdout.readline())
        return [f"{resource['resourceType']} {said}" for said in found]


@contextmanager
def npm_judge() -> Iterator[NpmJudge]:
    """Without node and the package this judge is left out, but not in CI."""
    if not (shutil.which("node") and VALIDATOR.exists()):
        missing = "the npm validator is not installed (node, and `npm ci` in tests/fhir; `make test` does both)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["node", "judge.js"], cwd=HERE, **pipes) as process:
        yield NpmJudge(process)
        assert process.stdin is not None
        process.stdin.close()
