"""The whole service as a clinic runs it: its processes, a local Twilio, virtual devices, and Chromium."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from tests.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio, Text

ROOT = Path(__file__).parents[2]
ZONE = "Asia/Shanghai"
ADMIN_PASSWORD = "a password for the journeys"
PASSWORD = "correct horse battery staple"


class Clinic:
    """A running installation, reached only by its doors: commands, pages and texts."""

    def __init__(self, folder: Path, twilio: FakeTwilio, port: int) -> None:
        self.twilio = twilio
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self.environment = os.environ | {
            "COMPANION_DATABASE_URL": f"sqlite:///{folder}/companion.db",
            "COMPANION_SECRET_KEY_FILE": f"{folder}/secret.key",
            "COMPANION_PORT": str(port),
            "COMPANION_HEARTBEAT_SECONDS": "1",
            "COMPANION_ADMIN_LOGIN": "admin",
            "COMPANION_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "COMPANION_CLINIC_PHONE": "+15550100",
            "COMPANION_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "COMPANION_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "COMPANION_TWILIO_FROM": NUMBER,
            "COMPANION_TWILIO_BASE_URL": twilio.url,
        }

    def companion(self, *arguments: str, typed: str = "", **environment: str) -> str:
        """What the command prints; it has to succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "companion.cli", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_person(self, role: str, name: str, login: str, *options: str) -> str:
        arguments = ["--role", role, "--name", name, "--login", login, "--zone", ZONE, "--password-stdin", "--json"]
        told = self.companion("people", "add", *arguments, *options, typed=PASSWORD + "\n")
        person: str = json.loads(told)["id"]
        return person

    def text_to(self, number: str, pattern: str, seconds: float = 90) -> Text:
        """The first text to that number that says so."""
        return wait_for(
            lambda: next((t for t in self.twilio.texts_to(number) if re.search(pattern, t.body)), None),
            seconds,
            f"a text like {pattern!r} to {number}",
        )

    def reply(self, number: str, body: str) -> None:
        assert self.twilio.inbound(f"{self.url}/hooks/twilio/sms", number, body).status_code == 200


def wait_for(look: Callable[[], object], seconds: float, what: str) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come within {seconds} seconds")


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    with socket.socket() as free, FakeTwilio(reports_after_s=0.1) as twilio:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        clinic = Clinic(folder, twilio, port)
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "companion.cli", "run"], cwd=ROOT, env=clinic.environment, stdout=log, stderr=log
        )
        try:
            wait_for(lambda: b"ready " in (folder / "log").read_bytes(), 60, "the service")
            yield clinic
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, (folder / "log").read_text("utf-8")[-3000:]


@pytest.fixture
def air() -> Iterator[str]:
    """A virtual meter and cuff in a process of their own, whose clocks are right; the backend that reaches them."""
    local = datetime.now(ZoneInfo(ZONE)).replace(tzinfo=None)
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", "--end", local.isoformat(timespec="seconds")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"firmware_mocks.bleak_backend:tcp-client:127.0.0.1:{json.loads(process.stdout.readline())['tcp']}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[[int, int], Page]]:
    """A fresh browser window of that size, without scripts: everything has to work without them."""
    contexts = []

    def open_one(width: int, height: int) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=False)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def sign_in(page: Page, clinic: Clinic, login: str, password: str = PASSWORD) -> None:
    page.goto(f"{clinic.url}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
