"""Counts and sums of what a file holds, in the unit of the file."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from companion.devices.uploads.report import KindTotals
from companion.devices.uploads.settle import Draft
from companion.readings.reading import Limit, Metric
from companion.readings.units import GlucoseUnit, as_mg_dl, as_mmol_l


def count_by_metric(drafts: Iterable[Draft]) -> dict[str, int]:
    """How many readings of each metric, out-of-range ones included; every metric is named."""
    counts = Counter(draft.record.metric for draft in drafts)
    return {metric.value: counts[metric] for metric in Metric}


def count_limits(drafts: Iterable[Draft]) -> dict[str, int]:
    """How many readings were below or above what the device can measure."""
    counts = Counter(draft.measured.limit for draft in drafts)
    return {"low": counts[Limit.LOW], "high": counts[Limit.HIGH]}


def file_unit(drafts: Sequence[Draft]) -> str | None:
    """The unit most glucose rows are in, None while nobody has said; without glucose that of the other metric."""
    metrics = {draft.record.metric for draft in drafts}
    if Metric.GLUCOSE in metrics:
        glucose = (draft.measured.unit for draft in drafts if draft.record.metric is Metric.GLUCOSE)
        said = Counter(filter(None, glucose)).most_common(1)
        return said[0][0] if said else None
    if Metric.BLOOD_PRESSURE in metrics:
        return "mmHg"
    return GlucoseUnit.MMOL_L.value if metrics else None


def totals_by_kind(drafts: Sequence[Draft]) -> dict[str, KindTotals]:
    """The figures of each kind; glucose in the unit of the file, ketones by themselves, always in mmol/L."""
    unit = file_unit(drafts)
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        name = "ketone" if draft.record.metric is Metric.KETONE else draft.record.kind.value
        groups[name].append(draft)
    measured = {name: [d for d in group if d.measured.value is not None] for name, group in groups.items()}
    return {name: _totals(group, unit) for name, group in measured.items() if group}


def _totals(drafts: Sequence[Draft], unit: str | None) -> KindTotals:
    values = [_in_unit(draft, unit) for draft in drafts]
    times = [draft.time.local.isoformat() for draft in drafts if draft.time]
    return KindTotals(
        n=len(values),
        first=min(times, default=None),
        last=max(times, default=None),
        least=min(values),
        greatest=max(values),
        total=sum(values, Decimal(0)),
    )


def _in_unit(draft: Draft, unit: str | None) -> Decimal:
    """A glucose value in the unit of the file, where its own row is in the other one."""
    value = draft.measured.value
    assert value is not None, "out-of-range readings have no figures"
    if draft.record.metric is not Metric.GLUCOSE or draft.measured.unit in (unit, None):
        return value
    convert = as_mg_dl if unit == GlucoseUnit.MG_DL else as_mmol_l
    return convert(value, GlucoseUnit(draft.measured.unit or ""))
