"""For processes under libfaketime 0.9.10: Python's `time.sleep` asks for an instant of the monotonic clock, which that
library refuses (EINVAL) where it leaves that clock alone. Sleeping by `select` measures a span, and works."""

import select
import time


def sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = sleep
