"""Thousands of numbers at once, by numpy. Pure.

numpy takes a tenth of a second and 20 MB to load: whoever first works out a sensor's weeks waits for it, and no process
that never does. Columns may be lists; arrays, as stored days of a sensor are read, are looked at where they lie.
"""

from array import array
from collections.abc import Iterator, Sequence


def how_often(numbers: Sequence[float]) -> dict[float, int]:
    """Each different number, the smallest first, and how often it is there."""
    import numpy as np

    found, times = np.unique(np.asarray(numbers, np.float64), return_counts=True)
    return dict(zip(found.tolist(), times.tolist(), strict=True))


def steps_how_often(numbers: Sequence[int]) -> dict[int, int]:
    """Each different step from one number to the next, the smallest first, and how often it is there."""
    import numpy as np

    found, times = np.unique(np.diff(np.asarray(numbers, np.int64)), return_counts=True)
    return dict(zip(found.tolist(), times.tolist(), strict=True))


def times_ratio(numbers: Sequence[int], numerator: int, denominator: int) -> "array[float]":
    """Each number times that ratio, as exact as a float can be while the product is below 2**53."""
    import numpy as np

    return array("d", (np.asarray(numbers, np.int64) * numerator / float(denominator)).tobytes())


def by_part(
    at: Sequence[int], values: Sequence[float], shifts: Sequence[tuple[int, int]], length: int, parts: int
) -> Iterator[tuple[int, list[float]]]:
    """The values of each part of a cycle of `parts` parts, each so long, that has any: the number of the part, and its
    values, the smallest first. `shifts`: from which instant on (rising) how much is added to each; the first of them is
    no later than the first of `at`."""
    import numpy as np

    instants, since = np.asarray(at, np.int64), [instant for instant, _ in shifts]
    added = np.asarray([shift for _, shift in shifts], np.int64)[np.searchsorted(since, instants, "right") - 1]
    part = ((instants + added) // length % parts).astype(np.uint8)  # small numbers are put in order in one pass
    in_order = np.asarray(values, np.float64)[np.argsort(part, kind="stable")]
    ends = np.cumsum(np.bincount(part, minlength=parts))[:-1]
    for number, some in enumerate(np.split(in_order, ends)):
        if some.size:
            yield number, np.sort(some).tolist()


def on_grid(
    at: Sequence[float], values: Sequence[float], step: float, bridged: float
) -> "array[float] | list[float | None]":
    """The values at every whole multiple of the step from the first instant to the last, on straight lines between two
    that are no further apart than `bridged`; None in a gap. At least two values, `at` in order."""
    import numpy as np

    instants, measured = np.asarray(at, np.float64), np.asarray(values, np.float64)
    moments = np.arange(np.ceil(instants[0] / step), np.floor(instants[-1] / step) + 1) * step
    before = np.searchsorted(instants, moments, "right") - 1
    after = np.minimum(before + 1, len(instants) - 1)
    apart, beyond = instants[after] - instants[before], moments - instants[before]
    slope = (measured[after] - measured[before]) / np.where(apart, apart, 1.0)  # none after the last
    found, is_known = measured[before] + slope * beyond, (apart <= bridged) | (beyond == 0)
    if is_known.all():
        return array("d", found.tobytes())
    return [value if known else None for value, known in zip(found.tolist(), is_known.tolist(), strict=True)]


def averages_cross(
    values: Sequence[float | None], short: int, long: int, alike: float
) -> tuple[bool, list[tuple[int, bool]]]:
    """Whether the moving average of the last `short` values begins above that of the last `long`, and where it crosses
    it, and whether it is above from there on. None is left out of both; averages that differ by less than `alike` do
    not cross. Before there are so many values, an average is that of the first so many."""
    import numpy as np

    measured = np.asarray(values, np.float64)
    is_there = ~np.isnan(measured)
    sums = np.concatenate(([0.0], np.cumsum(np.where(is_there, measured, 0.0))))
    counts = np.concatenate(([0], np.cumsum(is_there)))

    def average(width: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        width = min(width, len(measured))
        numbers = counts[width:] - counts[:-width]
        with np.errstate(invalid="ignore"):
            found = (sums[width:] - sums[:-width]) / numbers
        return np.concatenate((np.full(width - 1, found[0]), found))

    differences = np.nan_to_num(average(short) - average(long))
    begins_above = bool(differences[0] > 0)
    places = np.flatnonzero(np.abs(differences) > alike)
    is_above = differences[places] > 0
    changes = is_above != np.concatenate(([begins_above], is_above[:-1]))
    return begins_above, list(zip(places[changes].tolist(), is_above[changes].tolist(), strict=True))
