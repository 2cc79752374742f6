"""Points and coupons by API."""

from typing import Any

from companion.programme.points.coupons import buy, coupons_of
from companion.programme.points.ledger import standing_of
from companion.programme.points.points_models import Coupon
from companion.web.access import Action, guarded
from companion.web.api import recognition_schemas as schemas
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import changes, look, now, subject
from companion.web.language import language
from companion.web.programme.points_pages import rules


@endpoint("GET", "/patients/<patient_id>/recognition", gives=schemas.RecognitionOut)
@guarded(Action.SEE_POINTS)
def recognition(patient_id: str) -> dict[str, Any]:
    """What there is to spend, the tier, the rewards, and the coupons bought. 404 where points are switched off."""
    in_force = rules()
    with look() as db:
        standing = standing_of(db, in_force, subject().id, now())
        coupons = [_shown(coupon) for coupon in coupons_of(db, subject().id)]
    return {
        "balance": standing.balance,
        "earned": standing.earned,
        "tier": {"key": standing.tier.key, "name": standing.tier.name.in_language(language())},
        "rewards": [
            {"key": each.key, "name": each.name.in_language(language()), "cost": each.cost} for each in in_force.rewards
        ],
        "coupons": coupons,
    }


@endpoint(
    "POST",
    "/patients/<patient_id>/coupons",
    takes=schemas.CouponIn,
    gives=schemas.CouponOut,
    status=201,
    may_fail=(400, 422),
)
@guarded(Action.SPEND_POINTS)
def buy_coupon(given: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """Buys a reward. The same `key` again gives the same coupon and spends nothing."""
    in_force = rules()
    with changes() as db:
        return _shown(buy(db, in_force, subject(), given["reward"], given["key"], now()))


def _shown(coupon: Coupon) -> dict[str, Any]:
    zone = subject().zone
    return {
        "code": coupon.code,
        "reward": coupon.reward,
        "name": coupon.name_zh if language() == "zh" else coupon.name_en,
        "issued_at": instant(coupon.issued_at, zone),
        "expires_at": instant(coupon.expires_at, zone),
        "used_at": instant(coupon.used_at, zone) if coupon.used_at else None,
    }
