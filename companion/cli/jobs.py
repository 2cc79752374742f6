"""`companion jobs`: the process that beats."""

from collections.abc import Callable

import click

from companion.backups import half_way
from companion.counters import open_door
from companion.db import writing
from companion.jobs import run_until_stopped
from companion.logs import set_up_logs
from companion.reminders.planning.planning import plan_with_new_zones
from companion.services import Services, build_services
from companion.settings import load_settings


@click.command()
@click.option("--once", is_flag=True, help="Beat once and end; for a machine that has its own timer.")
def command(once: bool) -> None:
    """Remind, follow up, assess and send, every few seconds, until stopped."""
    settings = load_settings()
    half_way.refuse(settings)
    set_up_logs(as_json=settings.log_json)
    services = build_services(settings)
    with writing(services.engine) as session:
        plan_with_new_zones(session, services.clock())
    services.check_keys()
    long_work = _long_work(services)
    if once:
        services.beat(services.clock())
        long_work()
    else:
        if settings.jobs_metrics_port:
            open_door(settings.jobs_metrics_host, settings.jobs_metrics_port)
        every = settings.heartbeat_seconds
        run_until_stopped(services.engine, services.clock, services.beat, every, long_work)


def _long_work(services: Services) -> Callable[[], object]:
    """Long work, and a step of sealing what is from before there was sealing, until nothing is left of it. Where a step
    fails, the next turn looks again at what is left."""
    older = services.seal_older()

    def long_work() -> None:
        nonlocal older
        services.long_work()
        try:
            next(older, None)
        except Exception:
            older = services.seal_older()
            raise

    return long_work
