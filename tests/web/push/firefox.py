"""Debian's Firefox ESR, driven by its own protocol (Marionette): a few commands over a socket, no driver needed.

What is sent is `length:[type, id, command, params]`, what comes `length:[1, id, error, result]`
(firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
STARTS_WITHIN_S = 60
ANSWERS_WITHIN_S = 40

T = TypeVar("T")


class Marionette:
    """One session with a running Firefox."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWERS_WITHIN_S)
        self._read()  # it introduces itself
        self._id = 0
        self.command("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.command("WebDriver:SetTimeouts", script=ANSWERS_WITHIN_S * 1000)

    def command(self, name: str, **params: Any) -> Any:
        """Its result. Raises AssertionError with what Firefox says is wrong."""
        self._id += 1
        said = json.dumps([0, self._id, name, params]).encode()
        self._socket.sendall(b"%d:%s" % (len(said), said))
        _type, number, error, result = self._read()
        assert number == self._id
        assert error is None, error
        return result.get("value", result) if isinstance(result, dict) else result

    def goto(self, url: str) -> None:
        self.command("WebDriver:Navigate", url=url)

    def evaluate(self, script: str, *args: Any) -> Any:
        """What the script returns, awaited if it is a promise."""
        return self.command("WebDriver:ExecuteScript", script=script, args=list(args))

    def in_chrome(self, script: str) -> Any:
        """The same in the browser's own windows, where its notifications are."""
        self.command("Marionette:SetContext", value="chrome")
        try:
            return self.evaluate(script)
        finally:
            self.command("Marionette:SetContext", value="content")

    def click(self, css: str) -> None:
        element = self.command("WebDriver:FindElement", using="css selector", value=css)
        self.command("WebDriver:ElementClick", id=next(iter(element.values())))

    def fill(self, css: str, text: str) -> None:
        element = self.command("WebDriver:FindElement", using="css selector", value=css)
        self.command("WebDriver:ElementSendKeys", id=next(iter(element.values())), text=text)

    def wait_for(self, script: str, *args: Any, chrome: bool = False) -> Any:
        """What the script returns once that is true. Raises TimeoutError."""
        return wait_until(lambda: self.in_chrome(script) if chrome else self.evaluate(script, *args))

    def go_to_newest_tab(self) -> None:
        """Once there is another tab than this one, there."""
        here = self.command("WebDriver:GetWindowHandle")
        found = wait_until(lambda: set(self.command("WebDriver:GetWindowHandles")) - {here})
        self.command("WebDriver:SwitchToWindow", handle=found.pop())

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> Any:
        length = b""
        while (sign := self._socket.recv(1)) != b":":
            assert sign, "Firefox went away"
            length += sign
        said = b""
        while len(said) < int(length):
            part = self._socket.recv(int(length) - len(said))
            assert part, "Firefox went away"
            said += part
        return json.loads(said)


def wait_until(found: Callable[[], T]) -> T:
    """What it gives once that is true. Raises TimeoutError."""
    until = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.1)
    raise TimeoutError("it did not come to that")


def preferences(push_url: str) -> dict[str, Any]:
    """Pushes come from our push service, may be shown without a question, and nothing else calls anywhere."""
    return {
        "dom.push.serverURL": push_url,
        "dom.push.testing.allowInsecureServerURL": True,
        "dom.push.connection.enabled": True,
        "permissions.default.desktop-notification": 1,
        "dom.webnotifications.requireuserinteraction": False,
        "alerts.useSystemBackend": False,
        "marionette.port": 0,
        "app.update.disabledForTesting": True,
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
    }


@contextmanager
def firefox(folder: Path, push_url: str) -> Iterator[Marionette]:
    """A browser of its own in that folder, without a window."""
    assert FIREFOX is not None
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences(push_url).items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    options = ("--headless", "--marionette", "--no-remote", "-remote-allow-system-access")
    with (folder / "said.log").open("wb") as said:
        home = os.environ | {"HOME": str(folder)}
        process = subprocess.Popen([FIREFOX, *options, "--profile", str(folder)], stdout=said, stderr=said, env=home)
    try:
        marionette = Marionette(_port(process, folder / "MarionetteActivePort"))
        yield marionette
        marionette.close()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[bytes]", file: Path) -> int:
    """Firefox chooses a free port and writes it down in its profile."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.1)
    raise TimeoutError("Firefox did not start")
