"""`companion jobs`: the process that beats."""

import click

from companion.db import writing
from companion.jobs import run_until_stopped
from companion.logs import set_up_logs
from companion.reminders.planning.planning import plan_with_new_zones
from companion.services import build_services
from companion.settings import load_settings


@click.command()
@click.option("--once", is_flag=True, help="Beat once and end; for a machine that has its own timer.")
def command(once: bool) -> None:
    """Remind, follow up, assess and send, every few seconds, until stopped."""
    settings = load_settings()
    set_up_logs(as_json=settings.log_json)
    services = build_services(settings)
    with writing(services.engine) as session:
        plan_with_new_zones(session, services.clock())
    if once:
        services.beat(services.clock())
        services.long_work()
    else:
        every = settings.heartbeat_seconds
        run_until_stopped(services.engine, services.clock, services.beat, every, services.long_work)
