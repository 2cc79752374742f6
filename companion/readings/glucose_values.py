"""Values as they were measured → the numbers that figures are worked out from."""

from collections.abc import Sequence
from decimal import Decimal

from companion.readings.columns import Scaled, different
from companion.readings.glucose_metrics import MMOL_L_RANGES, RANGES, Glucose, Ranges
from companion.readings.many_numbers import times_ratio
from companion.readings.reading import CENSORED_HIGH_MG_DL, CENSORED_LOW_MG_DL, Kind, Limit
from companion.readings.units import GlucoseUnit, as_mg_dl
from companion.readings.values import Values

FINGER_STICK = frozenset({Kind.METER, Kind.STRIP, Kind.TYPED})
SENSOR = frozenset({Kind.HISTORIC, Kind.CGM})
"""What a sensor keeps at its even interval. A scan is looked at when somebody wants to know: it is no part of that."""


def glucose_of(values: Values) -> Glucose:
    """LO and HI are counted and have no value."""
    measured, limits = values.measured, values.limits
    return Glucose(
        measured.taken_at_ms,
        _mg_dl(measured.value, measured.unit),
        too_low=limits.count(Limit.LOW),
        too_high=limits.count(Limit.HIGH),
    )


def with_limits(values: Values) -> Glucose:
    """The same with LO as 20 and HI as 600 mg/dL: for episodes and coverage, never for means."""
    if not values.limits:
        return glucose_of(values)
    ends = {Limit.LOW: CENSORED_LOW_MG_DL, Limit.HIGH: CENSORED_HIGH_MG_DL}
    return Glucose(
        values.taken_at_ms,
        _mg_dl(
            [ends[limit] if limit else value for value, limit in zip(values.value, values.limit, strict=True)],
            [GlucoseUnit.MG_DL if limit else unit for unit, limit in zip(values.unit, values.limit, strict=True)],
        ),
    )


def ranges_for(unit: str) -> Ranges:
    """The ranges as the consensus writes them in that unit."""
    return MMOL_L_RANGES if unit == GlucoseUnit.MMOL_L else RANGES


MANY = 500
"""From so many values on they are converted all at once; a meter's are fewer."""


def _mg_dl(values: Sequence[Decimal | None], units: Sequence[str]) -> Sequence[float]:
    known = {unit: _Converted(GlucoseUnit(unit)) for unit in different(units)}
    if len(known) != 1:
        return [known[unit][value] for value, unit in zip(values, units, strict=True)]
    if isinstance(values, Scaled) and len(values) >= MANY:
        one = as_mg_dl(Decimal(1).scaleb(-values.digits), GlucoseUnit(units[0]))
        return times_ratio(values.numbers, *one.as_integer_ratio())
    return list(map(known[units[0]].__getitem__, values))


class _Converted(dict[Decimal | None, float]):
    """Values of one unit in mg/dL, each worked out when it is first asked for."""

    def __init__(self, unit: GlucoseUnit) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, value: Decimal | None) -> float:
        assert value is not None, "a reading without a limit has a value"
        self[value] = float(as_mg_dl(value, self._unit))
        return self[value]
