"""Whether the screen still tells the truth, and whether an amount may be."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Present
from companion.advice.deciding.bounds import Judged, Wanted, judge
from companion.advice.deciding.filing import says_the_same
from companion.advice.models import Suggestion
from companion.care.regimens import Regimen, in_force
from companion.errors import BadInput


def is_as_shown(session: Session, suggestion: Suggestion, shown_digest: str, present: Present, now: datetime) -> bool:
    """Whether what was on the screen still holds, and still proposes exactly this, from the dose in force."""
    regimen = session.get_one(Regimen, suggestion.regimen_id)
    held = in_force(regimen, now)
    return (
        shown_digest == present.digest
        and regimen.stopped_at is None
        and held is not None
        and says_the_same(suggestion, present.outcome, held.id)
    )


def weigh(session: Session, suggestion: Suggestion, amount: Decimal | None, present: Present) -> Judged:
    """What an amount in place of the proposed one needs. Raises BadInput for one that nobody may choose."""
    if amount is None or not amount.is_finite() or amount <= 0:
        raise BadInput("is not an amount", where="amount", advice="write a number above 0")
    if amount == suggestion.from_amount:
        raise BadInput("is the present amount", where="amount", advice="to leave it as it is, reject the suggestion")
    name = session.get_one(Regimen, suggestion.regimen_id).public_id
    regimen = next(each for each in present.case.regimens if each.id == name)
    wanted = Wanted(amount, suggestion.from_amount, suggestion.to_amount)
    judged = judge(wanted, regimen, present.protocol, present.case)
    if judged.never:
        raise BadInput(
            f"{amount} {regimen.unit} passes a limit: {', '.join(judged.never)}",
            where="amount",
            advice="choose less, or reject and prescribe in the medicine's own page",
        )
    return judged
