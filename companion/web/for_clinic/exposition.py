"""What a scrape reads from the database and the machine, in Prometheus' text format.

Not prometheus_client's own Gauge: where processes count together that one is written into their folder, and what each
of them once read would be told beside what is true now.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

Value: TypeAlias = tuple[tuple[str, ...], float]
"""What stands for each of a gauge's labels, and the number."""


class Gauge(NamedTuple):
    """`values`: empty where there is nothing to measure."""

    name: str
    says: str
    values: Collection[Value]
    labels: tuple[str, ...] = ()


def one(name: str, says: str, value: float | None) -> Gauge:
    """A gauge without labels. None: there is nothing to measure."""
    return Gauge(name, says, [] if value is None else [((), value)])


def in_text(gauges: Iterable[Gauge]) -> bytes:
    """Under names that begin with `companion_`, as all that this service tells."""
    return generate_latest(_Read([_family(gauge) for gauge in gauges]))


class _Read(Collector):
    """What was read once, where prometheus_client asks for what can be read."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self.families = families

    def collect(self) -> list[GaugeMetricFamily]:
        return self.families


def _family(gauge: Gauge) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"companion_{gauge.name}", gauge.says, labels=gauge.labels)
    for labels, value in gauge.values:
        family.add_metric(labels, value)
    return family
