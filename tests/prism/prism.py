"""Prism as a proxy between our client and the local Twilio, which lets nothing pass that a description forbids."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
DESCRIPTION = HERE.parents[2] / "shared" / "vectors" / "twilio_messages_calls_openapi.json"
PRISM = HERE / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"

STARTS_WITHIN_S = 60
FORM = "application/x-www-form-urlencoded"


@contextmanager
def prism_before(upstream: str, folder: Path) -> Iterator[str]:
    """The address of a proxy to `upstream`. A request that breaks the description is answered 422, a response 500."""
    _need_prism()
    description = folder / "description.json"
    description.write_text(json.dumps(_spelled_out(json.loads(DESCRIPTION.read_text("utf-8")))), "utf-8")
    port = _free_port()
    listens = ("--host", "127.0.0.1", "--port", str(port))
    command = ["node", str(PRISM), "proxy", str(description), upstream, "--errors", *listens]
    with (folder / "prism.log").open("w") as log:
        prism = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(prism, port, folder / "prism.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            prism.terminate()
            prism.wait(timeout=10)


def _need_prism() -> None:
    """Without Twilio's description this job cannot be done; without Prism it may be left out, but not in CI."""
    if not DESCRIPTION.exists():
        pytest.skip(f"Twilio's description of its API is not there: {DESCRIPTION.name} beside this repository")
    if shutil.which("node") and PRISM.exists():
        return
    missing = "Prism is not installed (node, and `npm ci` in tests/prism; `make test` does both)"
    pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


def _spelled_out(description: dict[str, Any]) -> dict[str, Any]:
    """The same description, with what OpenAPI says of lists in forms written down: one field for each value.

    Prism knows that only where it is written, and takes the last of several values for all of them.
    """
    for operations in description["paths"].values():
        form = operations.get("post", {}).get("requestBody", {}).get("content", {}).get(FORM)
        if form:
            lists = [name for name, field in form["schema"]["properties"].items() if field.get("type") == "array"]
            form["encoding"] = {name: {"style": "form", "explode": True} for name in lists}
    return description


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(prism: subprocess.Popen[bytes], port: int, log: Path) -> None:
    gives_up_at = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < gives_up_at and prism.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Prism did not start:\n{log.read_text('utf-8')[-2000:]}")
