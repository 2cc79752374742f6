"""Counts and sums of what a file holds, in the unit of the file."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from companion.devices.uploads.moments import datetime_at
from companion.devices.uploads.report import KindTotals
from companion.devices.uploads.streams import Stream
from companion.readings.reading import Limit, Metric
from companion.readings.units import GlucoseUnit, as_mg_dl, as_mmol_l


def count_by_metric(streams: Sequence[Stream]) -> dict[str, int]:
    """How many readings of each metric, out-of-range ones included; every metric is named."""
    counts: Counter[Metric] = Counter()
    for stream in streams:
        counts[stream.metric] += stream.n
    return {metric.value: counts[metric] for metric in Metric}


def count_limits(streams: Sequence[Stream]) -> dict[str, int]:
    """How many readings were below or above what the device can measure."""
    return {
        name: sum(stream.limits[limit] for stream in streams)
        for name, limit in (("low", Limit.LOW), ("high", Limit.HIGH))
    }


def file_unit(streams: Sequence[Stream]) -> str | None:
    """The unit most glucose rows are in, None while nobody has said; without glucose that of the other metric."""
    metrics = {stream.metric for stream in streams if stream.n}
    if Metric.GLUCOSE in metrics:
        said: Counter[str] = Counter()
        for stream in streams:
            if stream.metric is Metric.GLUCOSE and stream.unit and stream.n:
                said[stream.unit] += stream.n
        return max(said, key=said.__getitem__, default=None)
    if Metric.BLOOD_PRESSURE in metrics:
        return "mmHg"
    return GlucoseUnit.MMOL_L.value if metrics else None


def totals_by_kind(streams: Sequence[Stream]) -> dict[str, KindTotals]:
    """The figures of each kind; glucose in the unit of the file, ketones by themselves, always in mmol/L."""
    unit = file_unit(streams)
    groups: dict[str, list[Stream]] = defaultdict(list)
    for stream in streams:
        if stream.measured:
            groups[stream.name].append(stream)
    return {name: _totals(group, unit) for name, group in groups.items()}


def _totals(streams: Sequence[Stream], unit: str | None) -> KindTotals:
    courses = [stream.course for stream in streams if stream.course.last >= 0]
    return KindTotals(
        n=sum(stream.measured for stream in streams),
        first=_iso(min((course.first for course in courses), default=None)),
        last=_iso(max((course.last for course in courses), default=None)),
        least=min(_in_unit(stream.least, stream, unit) for stream in streams),
        greatest=max(_in_unit(stream.greatest, stream, unit) for stream in streams),
        total=sum((_in_unit(stream.total, stream, unit) for stream in streams), Decimal(0)),
    )


def _iso(microseconds: int | None) -> str | None:
    return None if microseconds is None else datetime_at(microseconds).isoformat()


def _in_unit(value: Decimal, stream: Stream, unit: str | None) -> Decimal:
    """A glucose figure in the unit of the file, where its own rows are in the other one."""
    if stream.metric is not Metric.GLUCOSE or stream.unit in (unit, None):
        return value
    convert = as_mg_dl if unit == GlucoseUnit.MG_DL else as_mmol_l
    return convert(value, GlucoseUnit(stream.unit or ""))
