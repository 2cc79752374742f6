"""The one way bad input is told: what is wrong, where it is, and what to do about it."""


class BadInput(ValueError):
    """Input that cannot be accepted. Nothing was changed when this is raised.

    `what` says what is wrong, `where` names the place (field, row, byte, file) and
    `advice` tells the person what to do next. `str()` is one line with all three.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        super().__init__(": ".join(part for part in (where, what) if part) + (f" ({advice})" if advice else ""))
