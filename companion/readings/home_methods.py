"""How guidelines average blood pressure measured at home: parameters with a version, a source and its evidence.

A figure always names the method and version it was made with. A changed number is a new version, never an edit.
"""

from typing import NamedTuple


class HomeMethod(NamedTuple):
    """`days`: the newest measured days that are looked at; at least `least_days` of them, counted before the first is
    discarded. What is left then needs `least_readings`, and `least_sessions` mornings and as many evenings, each with
    `per_session` readings or more. `limit` is systolic and diastolic mmHg: from there on the average is high.

    `evidence` is of the source (stored, secondary, memory, product); `ours` names the parameters that the source
    does not give and that were chosen here.
    """

    id: str
    version: str
    days: int
    least_days: int
    least_readings: int
    per_session: int
    least_sessions: int
    discard_first_day: bool
    limit: tuple[int, int]
    source: str
    evidence: str
    ours: tuple[str, ...] = ()


ESH = HomeMethod(
    id="esh",
    version="1.0.0",
    days=7,
    least_days=4,
    least_readings=12,
    per_session=2,
    least_sessions=3,
    discard_first_day=True,
    limit=(135, 85),
    source="PMC8030885, table 3: seven days, not fewer than four; twice in the morning and in the evening; 12 readings",
    evidence="stored",
    ours=("least_sessions",),  # 12 readings are three mornings and three evenings of two
)
NICE = HomeMethod(
    id="nice",
    version="1.0.0",
    days=7,
    least_days=4,
    least_readings=12,
    per_session=2,
    least_sessions=3,
    discard_first_day=True,
    limit=(135, 85),
    source="NICE: at least four days, ideally seven; two readings a minute apart, mornings and evenings",
    evidence="stored",
    ours=("least_readings", "least_sessions"),  # what four full days are without the first
)
CHINA = HomeMethod(
    id="china",
    version="1.0.0",
    days=7,
    least_days=5,
    least_readings=12,
    per_session=2,
    least_sessions=3,
    discard_first_day=True,
    limit=(135, 85),
    source="Chinese guideline 2024: seven days, two to three readings in the morning and in the evening; 135/85",
    evidence="secondary",
    ours=("least_days", "least_readings", "least_sessions", "discard_first_day"),
)
METHODS = {method.id: method for method in (ESH, NICE, CHINA)}
