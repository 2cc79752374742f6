"""Which way the times of a stream go from value to value, and how far they reach."""

_NEVER = 1 << 62


class Course:
    """Times in microseconds on the wall clock. `place` counts all values, those without a known time, too.

    `previous` is the time of the value before. Who meets a later one sets it and counts the place right there, because
    most values of large files are such; any other goes through `move_to`.
    """

    __slots__ = ("_falls", "_latest_turn", "_others", "first", "place", "previous")

    def __init__(self) -> None:
        self.place = 0
        self.previous = self.first = _NEVER
        self._latest_turn = -1
        self._falls = self._others = 0

    @property
    def last(self) -> int:
        """The latest time; -1 before the first one."""
        return self._latest_turn if self.previous == _NEVER else max(self._latest_turn, self.previous)

    @property
    def is_newest_first(self) -> bool:
        """Whether the times fall more often than they rise."""
        rises = self.place - self._falls - self._others
        return self._falls > rises

    def move_to(self, local: int | None) -> None:
        """The next value; None where its time is not known, or none of a number."""
        self.place += 1
        if local is None:
            self._others += 1
            return
        if self.previous != _NEVER:
            self._falls += local < self.previous
            self._others += local == self.previous
            self._latest_turn = max(self._latest_turn, self.previous)
        self.first = min(self.first, local)
        self.previous = local
