"""The tools of `make attack`, each in an environment of its own, and each stopped when its time is over.

`python -m tests.attack.tools schemathesis` installs one, if it is not there yet.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = ROOT / "requirements-attack.txt"
HOME = ROOT / ".venv-attack"
INSTALL_S = 300
_LINE = re.compile(r"([\w-]+)==(\S+)")


@dataclass(frozen=True)
class Ended:
    """How a tool's run ended. `code` None: it was stopped when its time was over."""

    code: int | None
    said: str

    @property
    def note(self) -> str:
        """What else a reader has to know of it."""
        return "stopped when its time was over" if self.code is None else ""


@dataclass(frozen=True)
class Tool:
    """One line of requirements-attack.txt; `program` is what it installs."""

    name: str
    program: str

    @property
    def version(self) -> str:
        return pinned()[self.name]

    def run(self, arguments: Sequence[str], *, seconds: float, folder: Path) -> Ended:
        """Runs it in that folder, which also is its home, installing it before if it is not there yet."""
        line = [str(self.installed()), *arguments]
        environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1"}
        try:
            done = subprocess.run(
                line, cwd=folder, env=environment, timeout=seconds, text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired as expired:
            return Ended(None, _text(expired.output))
        return Ended(done.returncode, done.stdout)

    def installed(self) -> Path:
        """Its program, of the version that is pinned."""
        home = HOME / f"{self.name}-{self.version}"
        if not (home / ".installed").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, timeout=INSTALL_S)
            pip = [str(home / "bin/pip"), "--disable-pip-version-check", "--quiet", "install"]
            subprocess.run([*pip, f"{self.name}=={self.version}"], check=True, timeout=INSTALL_S)
            (home / ".installed").touch()
        return home / "bin" / self.program


def pinned() -> dict[str, str]:
    """Which version of which tool."""
    return dict(_LINE.findall(re.sub(r"#.*", "", PINNED.read_text(encoding="utf-8"))))


def _text(output: str | bytes | None) -> str:
    """What a run that was stopped had said; Python gives bytes then, whatever was asked for."""
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Tool(name, name).installed()
