"""What processes count as it happens, for Prometheus: answers, beats, work that failed, values that came in.

Labels name routes, channels and kinds of work, nobody and nothing of anybody. The web processes of a machine count into
one folder, and any of them tells the sum; the jobs process tells its own counts by a door of its own (docs/decisions).
"""

from http.server import HTTPServer

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from companion.errors import BadInput
from companion.settings import counts_folder

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds for how long an answer took: the mark for pages is 15 ms, for what anybody waits for 500 ms."""
BEAT_SECONDS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)

_counted = CollectorRegistry()

ANSWERS = Counter("companion_http_answers", "Answers", ["method", "route", "status"], registry=_counted)
ANSWER_TIME = Histogram(
    "companion_http_answer_seconds", "How long answers took", ["route"], buckets=SECONDS, registry=_counted
)
BEATS = Counter("companion_beats", "Beats of the jobs process", ["end"], registry=_counted)
BEAT_TIME = Histogram("companion_beat_seconds", "How long beats took", buckets=BEAT_SECONDS, registry=_counted)
FAILED_WORK = Counter("companion_failed_work", "Work that failed, and stays due", ["kind"], registry=_counted)
VALUES_IN = Counter("companion_values_in", "Values that devices and files brought", ["end"], registry=_counted)

FINISHED, FAILED = "finished", "failed"
NEW, KNOWN, REFUSED = "new", "known", "refused"

for _end in (FINISHED, FAILED):  # there from the start, so that the first one shows as an increase
    BEATS.labels(_end)
for _end in (NEW, KNOWN, REFUSED):
    VALUES_IN.labels(_end)


def told_counts() -> bytes:
    """All of them, in Prometheus' text format: of this process, or of all that count together with it."""
    folder = counts_folder()
    if folder is None:
        return generate_latest(_counted)
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))
    return generate_latest(together)


def open_door(host: str, port: int) -> HTTPServer:
    """Tells this process's counts on that port, on a thread of its own, to whoever asks. Raises BadInput where another
    process has that port, or this machine no such address."""
    try:
        server, _thread = start_http_server(port, addr=host, registry=_counted)
    except OSError as error:
        advice = "give COMPANION_JOBS_METRICS_PORT another number, or 0 for none"
        raise BadInput(
            f"counts cannot be told at {host}:{port}: {error.strerror}", where="settings", advice=advice
        ) from None
    return server
