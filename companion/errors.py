"""The two ways in which trouble is told: what is wrong, where it is, and what to do about it."""


class BadInput(ValueError):
    """Input that cannot be accepted. Nothing was changed when this is raised.

    `what` says what is wrong, `where` names the place (field, row, byte, file) and
    `advice` tells the person what to do next. `str()` is one line with all three.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        super().__init__(_one_line(what, where, advice))


class Unavailable(Exception):
    """A server that is needed does not answer, or does not do what was asked of it. Nobody's input is to blame, and
    the same again, later, is safe and may succeed: what was not acknowledged is neither lost nor doubled by it.

    `what`, `where` and `advice` as for BadInput, for the engineer; never with anything of a person in it.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        super().__init__(_one_line(what, where, advice))


class Closed(Unavailable):
    """Readings are being moved: they can be read, and nothing is taken in until that is over."""

    def __init__(self) -> None:
        super().__init__("nothing is taken in while readings are moved", where="readings", advice="send it again later")


def _one_line(what: str, where: str, advice: str) -> str:
    return ": ".join(part for part in (where, what) if part) + (f" ({advice})" if advice else "")
