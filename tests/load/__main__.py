"""`make load`: patients in the morning, doctors in clinic hours, hubs after an outage, on real processes. `make soak`
is the same for half an hour. Everything is on one machine, locust too."""

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

from companion.benches.machine import machine
from companion.clock import system_clock
from tests.attack.tools import Tool
from tests.load.clinic import fill
from tests.load.memory import Watch
from tests.load.stack import ROOT, STACKS, Stack, engines, running, services_of
from tests.load.table import Run, text_of, with_run

PAGE = ROOT / "docs/load.md"
USERS = Path(__file__).with_name("users.py")
SCENES = {"morning": ["Patient"], "clinic": ["Patient", "Doctor"], "outage": ["Patient", "Doctor", "Hub"]}
COME_IN_S = 20
"""Within so many seconds everybody has begun; what was slow until then is left out."""


def main() -> int:
    asked = _asked()
    with tempfile.TemporaryDirectory() as scratch:
        run = _pressed(asked, Path(scratch))
    print(text_of(run))
    if asked.write:
        PAGE.write_text(with_run(PAGE.read_text(encoding="utf-8"), run.key, text_of(run)), encoding="utf-8")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--stack", choices=STACKS, default="small")
    parser.add_argument("--scene", choices=SCENES, default="morning")
    parser.add_argument("--patients", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


def _pressed(asked: argparse.Namespace, folder: Path) -> Run:
    """One run on a service of its own."""
    with engines(asked.stack, folder) as chosen:
        services = services_of(chosen)
        print(f"adding {asked.patients:,} patients", flush=True)
        cast = fill(services, asked.patients)
        services.beat(system_clock())
        services.engine.dispose()
        with running(asked.stack, chosen, folder) as stack, Watch(stack.processes) as watch:
            rows = _press(cast, stack, asked, folder)
    day = f"{system_clock():%Y-%m-%d}"
    return Run(asked.stack, asked.scene, asked.patients, asked.seconds, machine(), day, rows, watch.seen)


def _press(cast: dict[str, object], stack: Stack, asked: argparse.Namespace, folder: Path) -> list[dict[str, str]]:
    """Locust's own table. Raises RuntimeError where it did not come to one."""
    here = folder / "locust"
    here.mkdir()
    told = cast | {"addresses": stack.addresses, "back_after_s": COME_IN_S + 2}
    (here / "cast.json").write_text(json.dumps(told), encoding="utf-8")
    users = asked.patients + len(cast["doctors"]) + len(cast["hubs"])  # type: ignore[arg-type]
    time = ["--run-time", f"{asked.seconds + COME_IN_S}s", "--spawn-rate", str(users / COME_IN_S), "--reset-stats"]
    line = ["-f", str(USERS), "--headless", "--users", str(users), *time, "--csv", "out", *SCENES[asked.scene]]
    print(f"pressing for {asked.seconds} s", flush=True)
    ended = Tool("locust", "locust").run(line, seconds=asked.seconds + 300, folder=here)
    table = here / "out_stats.csv"
    if not table.exists():
        raise RuntimeError(f"locust made no table: {ended.said[-2000:]}")
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


if __name__ == "__main__":
    sys.exit(main())
