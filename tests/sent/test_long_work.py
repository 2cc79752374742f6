"""Long work goes on beside the heartbeat: what fails is taken up again, and a stop ends it."""

from threading import Event

from companion.jobs import work_beside


class Work:
    """Fails at its first turn; stops everything at its third."""

    def __init__(self) -> None:
        self.turns, self.stopped = 0, Event()

    def __call__(self) -> None:
        self.turns += 1
        if self.turns == 1:
            raise RuntimeError("a file that nobody foresaw")
        if self.turns == 3:
            self.stopped.set()


def test_work_that_failed_is_taken_up_again_until_everything_stops() -> None:
    work = Work()

    work_beside(work, work.stopped, 0)

    assert work.turns == 3
