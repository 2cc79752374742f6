"""The `companion` command. Each subcommand is a module of this package, loaded only when called."""

import gc
import importlib
import sys
from types import ModuleType

import click

from companion import __version__
from companion.errors import BadInput, Unavailable

COMMANDS = (
    "assess", "audit", "backup", "bench", "clients", "db", "decode", "demo", "devices", "erase", "export", "hub",
    "import", "inspect", "integrations", "jobs", "keys", "metrics", "people", "plan", "protocols", "readings",
    "regimen", "restore", "run", "serve", "timetable", "upload",
)  # fmt: skip

KEYWORDS = {"import": "imports"}
"""Commands that no module may be called after."""

UPGRADE = "is it up to date, and is it there? run `companion db upgrade`"


class _Lazy(click.Group):
    """Finds `companion.cli.<name>.command` by name, so that `decode` does not load the web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = _loaded(f"companion.cli.{KEYWORDS.get(cmd_name, cmd_name)}").command
        assert isinstance(command, click.Command)
        return command


def _loaded(name: str) -> ModuleType:
    """What is loaded is no garbage; to look for some meanwhile takes a fifth of the start."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def companion() -> None:
    """Reads home devices, reminds of medicines, and prepares suggestions that a doctor decides on."""


def main() -> None:
    """Entry point. Exit 0 on success, 1 with one line on standard error on bad input or where a server does not answer,
    2 on wrong usage."""
    try:
        # Not standalone, click hands back the code of a command that ended itself; other results are nobody's.
        code = companion.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (BadInput, Unavailable) as trouble:
        click.echo(f"companion: {trouble}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if not _is_the_databases(error):
            raise
        # Only its first line: what follows is the statement with its values.
        click.echo(f"companion: database: {str(error).splitlines()[0]} ({UPGRADE})", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _is_the_databases(error: Exception) -> bool:
    """Whether it is SQLAlchemy's word for a database that is away or has no such table; a hub has no SQLAlchemy."""
    known = sys.modules.get("sqlalchemy.exc")
    return known is not None and isinstance(error, (known.OperationalError, known.ProgrammingError))
