"""What reminders did, and whether another wording did more: figures of people, with intervals or not at all. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from companion.comparing import FEWEST, LEVEL, Share, Verdict, early_verdict, is_shown, level_each, verdict_of
from companion.rates import Interval, clustered_rate, newcombe, sample_ratio_p
from companion.reminders.effect.arms import CONTROL
from companion.reminders.effect.effect_models import Metric


class Tally(NamedTuple):
    """Doses of one patient that a reminder was about, and their windows over. `group`: an arm, a channel, an hour."""

    group: str
    patient: int
    doses: int
    handed_over: int
    delivered: int
    answered: int
    taken: int


@dataclass(frozen=True)
class Row:
    """One group. Its shares are None where it has too few patients."""

    group: str
    patients: int
    doses: int
    handed_over: Share | None
    delivered: Share | None
    answered: Share | None
    taken: Share | None

    @property
    def is_hidden(self) -> bool:
        return self.patients < FEWEST


def rows(tallies: Iterable[Tally]) -> list[Row]:
    """One row a group, in the order of their names."""
    groups: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        groups[tally.group].append(tally)
    return [_row(group, groups[group]) for group in sorted(groups)]


def _row(group: str, tallies: Sequence[Tally]) -> Row:
    return Row(
        group,
        len({tally.patient for tally in tallies}),
        sum(tally.doses for tally in tallies),
        _share(tallies, lambda tally: tally.handed_over),
        _share(tallies, lambda tally: tally.delivered),
        _share(tallies, lambda tally: tally.answered),
        _share(tallies, lambda tally: tally.taken),
    )


def _share(tallies: Sequence[Tally], of: Callable[[Tally], int]) -> Share | None:
    patients = _by_patient(tallies, of)
    if len(patients) < FEWEST:
        return None
    rate = clustered_rate(patients, LEVEL)
    return Share(rate.value, rate.interval(LEVEL))


def _by_patient(tallies: Iterable[Tally], of: Callable[[Tally], int]) -> list[tuple[int, int]]:
    """(how many, of how many doses) of each patient, in the order of their ids."""
    sums: dict[int, tuple[int, int]] = {}
    for tally in tallies:
        successes, doses = sums.get(tally.patient, (0, 0))
        sums[tally.patient] = successes + of(tally), doses + tally.doses
    return [sums[patient] for patient in sorted(sums)]


# A trial


@dataclass(frozen=True)
class Comparison:
    """An arm minus the standard wording; the interval is widened for as many comparisons as there are."""

    arm: str
    difference: float
    interval: Interval

    @property
    def is_shown(self) -> bool:
        return is_shown(self.interval)


@dataclass(frozen=True)
class Result:
    """`entered`: patients by arm; `ratio_p`: how probable that split is by chance. Rows and comparisons only where
    the verdict is about them."""

    verdict: Verdict
    entered: Mapping[str, int]
    ratio_p: float
    rows: Sequence[Row] = ()
    comparisons: Sequence[Comparison] = ()


def judge(
    shares: Mapping[str, int], entered: Mapping[str, int], tallies: Sequence[Tally], metric: Metric, *, is_over: bool
) -> Result:
    """What may be said of a trial. `tallies` have the arms as groups, everybody in the arm they came in with."""
    counts = {arm: entered.get(arm, 0) for arm in sorted(shares)}
    ratio_p = sample_ratio_p(counts, shares)
    early = early_verdict(ratio_p, is_over=is_over)
    if early is not None:
        return Result(early, counts, ratio_p)
    found = rows(tallies)
    if {row.group for row in found if not row.is_hidden} != set(shares):
        return Result(Verdict.TOO_FEW, counts, ratio_p)
    comparisons = _compare(shares, tallies, metric)
    verdict = verdict_of(comparison.interval for comparison in comparisons)
    return Result(verdict, counts, ratio_p, found, comparisons)


def _compare(shares: Mapping[str, int], tallies: Sequence[Tally], metric: Metric) -> list[Comparison]:
    others = sorted(set(shares) - {CONTROL})
    level = level_each(len(others))
    of: Callable[[Tally], int] = (lambda t: t.answered) if metric is Metric.ANSWERED else (lambda t: t.taken)
    rates = {
        arm: clustered_rate(_by_patient((t for t in tallies if t.group == arm), of), level)
        for arm in (CONTROL, *others)
    }
    control = rates[CONTROL]
    return [Comparison(arm, rates[arm].value - control.value, newcombe(rates[arm], control, level)) for arm in others]
