"""How old a laboratory value may be before nothing is proposed by it: the limits of gates and protocols. Pure."""

from collections.abc import Collection
from decimal import Decimal

from companion.advice.assessing.gates import EGFR_VALID_DAYS, REDUCED_EGFR, REDUCED_EGFR_VALID_DAYS
from companion.advice.grammar.protocol import Protocol


def valid_days(lab: str, value: Decimal, protocols: Collection[Protocol]) -> int | None:
    """For so many local days a value of that laboratory test counts; None: nothing asks how old it is.

    `lab` is the protocols' name of it (egfr, potassium, creatinine). For eGFR there is the gate G11 whatever runs.
    """
    limits = [fresh.within_days for protocol in protocols for fresh in protocol.labs if fresh.name == lab]
    if lab == "egfr":
        limits.append(REDUCED_EGFR_VALID_DAYS if value < REDUCED_EGFR else EGFR_VALID_DAYS)
    return min(limits, default=None)
