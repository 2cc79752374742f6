"""What the subcommands share: JSON out, and one answer a line for many inputs."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from companion.errors import BadInput

ACTOR = "command line"
"""Who did it, in the audit trail."""


def print_json(value: Any) -> None:
    """One JSON value on one line of standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def read_text(path: str, where: str = "file") -> str:
    """The file's text (UTF-8, an optional byte order mark is dropped), or a clear refusal."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start} is not UTF-8", where=path, advice="save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(reason, where=path or where, advice="check the name") from None


def lines_of_stdin() -> Iterator[str]:
    """Every line of standard input without its line end, blank ones too (each must get its answer)."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", errors="replace").rstrip("\r\n")


def answer_each_line(answer: Callable[[str], Any]) -> None:
    """For the argument `-`: one JSON object a line, in order; exit 1 at the end if any input was bad."""
    any_bad = False
    for line in lines_of_stdin():
        try:
            print_json(answer(line))
        except BadInput as bad:
            any_bad = True
            print_json({"error": str(bad)})
    if any_bad:
        raise click.exceptions.Exit(1)
