"""What is kept of one patient for the panel: two spans of each measure, and when anything came last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from companion.clock import from_ms, to_ms
from companion.panel.control import Control, control
from companion.panel.trend import NOTHING, Measure, Period, Verdict, overall, verdict

SPAN = timedelta(days=14)


@dataclass(frozen=True)
class Standing:
    """Of one patient. `before` and `after` hold the measures that had any value; instants are aware UTC."""

    before: dict[Measure, Period]
    after: dict[Measure, Period]
    last_reading_at: datetime | None
    last_answer_at: datetime | None

    @cached_property
    def verdicts(self) -> dict[Measure, Verdict]:
        """Of every measure that has values in one of the spans."""
        measured = [measure for measure in Measure if measure in self.before or measure in self.after]
        return {measure: self._verdict(measure) for measure in measured}

    def _verdict(self, measure: Measure) -> Verdict:
        return verdict(measure, self.before.get(measure, NOTHING), self.after.get(measure, NOTHING))

    @cached_property
    def verdict(self) -> Verdict:
        return overall(self.verdicts.values())

    @cached_property
    def control(self) -> Control:
        return control(self.after)

    def is_silent(self, since: datetime) -> bool:
        """Whether nothing was measured since then; or nothing answered, though doses were due."""
        no_values = self.last_reading_at is None or self.last_reading_at < since
        was_asked = Measure.TAKEN in self.after
        no_answers = was_asked and (self.last_answer_at is None or self.last_answer_at < since)
        return no_values or no_answers

    def as_json(self) -> dict[str, Any]:
        return {
            "before": {measure.value: list(period) for measure, period in self.before.items()},
            "after": {measure.value: list(period) for measure, period in self.after.items()},
            "last_reading_ms": self.last_reading_at and to_ms(self.last_reading_at),
            "last_answer_ms": self.last_answer_at and to_ms(self.last_answer_at),
        }


def standing_from(kept: dict[str, Any]) -> Standing:
    """What `as_json` wrote."""
    return Standing(
        before={Measure(name): Period(*period) for name, period in kept["before"].items()},
        after={Measure(name): Period(*period) for name, period in kept["after"].items()},
        last_reading_at=_instant(kept["last_reading_ms"]),
        last_answer_at=_instant(kept["last_answer_ms"]),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
