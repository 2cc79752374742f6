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
