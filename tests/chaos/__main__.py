"""`python -m tests.chaos --seed 7 --seconds 600 --kills 10000`: exit 1 where the books do not agree."""

import argparse
import logging
import signal
import sys
import tempfile
import time
from pathlib import Path
from threading import Lock
from types import FrameType

import structlog

from tests.chaos.clinics import one_machine, several_machines
from tests.chaos.days import Day, live
from tests.chaos.points import kill_at_points
from tests.chaos.tables import Tables

PATIENTS = 24
CLINICS = {"one": one_machine, "several": several_machines}


def main() -> int:
    """Both clinics for half of the time each, then the points."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _end)  # whoever stops it stops what it started
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(
        f"chaos: seed {arguments.seed}, {arguments.seconds:g} s of storm, {arguments.kills} kills at points", flush=True
    )
    began, lock = time.monotonic(), Lock()

    def say(line: str) -> None:
        with lock:
            print(line, flush=True)

    names = [arguments.only] if arguments.only else list(CLINICS)
    days = [_day(name, arguments, arguments.seconds / len(names), say) for name in names if arguments.seconds]
    killed, wrong = kill_at_points(arguments.seed, arguments.kills, arguments.at_most * 60, say)
    tables = Tables(arguments.seed, time.monotonic() - began, days, killed)
    print("\n\n".join(filter(None, (tables.storms, tables.points))))
    if arguments.write:
        page = Path(arguments.write)
        page.write_text(tables.put_into(page.read_text("utf-8")), "utf-8")
    wrong += [f"{day.clinic}: {each}" for day in days for each in day.wrong]
    for each in wrong:
        print(f"WRONG {each}", file=sys.stderr)
    return 1 if wrong else 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit("stopped")


def _day(name: str, arguments: argparse.Namespace, seconds: float, say: object) -> Day:
    folder = Path(tempfile.mkdtemp(prefix=f"companion-chaos-{name}-"))
    print(f"logs and books in {folder}", flush=True)
    with CLINICS[name](folder, arguments.patients) as clinic:
        return live(clinic, arguments.seed, seconds, say)  # type: ignore[arg-type]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break the service; check the books.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=300, help="of storm, for the clinics together")
    parser.add_argument("--kills", type=int, default=500, help="of forked workers, at named points")
    parser.add_argument("--at-most", type=float, default=60, help="minutes for those kills")
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--only", choices=CLINICS, help="one of the two clinics")
    parser.add_argument("--write", metavar="PAGE", help="put the table at the end of that page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
