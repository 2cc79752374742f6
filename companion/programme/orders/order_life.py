"""An order's life: what it can be, and what an event of the pharmacy makes of it. Pure.

Events may come twice, late, or in another order than they happened: a state never goes back, and nothing follows an
end.
"""

from enum import StrEnum


class OrderState(StrEnum):
    PLACED = "placed"  # durable here; the pharmacy may not know it yet
    HANDED_OVER = "handed_over"  # the pharmacy's server took it
    ACCEPTED = "accepted"
    PACKED = "packed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"  # the pharmacy says no, or nobody could reach it
    CANCELLED = "cancelled"  # here, before it left


class TrackingEvent(StrEnum):
    """What a pharmacy tells of an order."""

    ACCEPTED = "accepted"
    PACKED = "packed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DELAYED = "delayed"  # it comes later than promised; what the order is stays


WAY = (
    OrderState.PLACED,
    OrderState.HANDED_OVER,
    OrderState.ACCEPTED,
    OrderState.PACKED,
    OrderState.SENT,
    OrderState.DELIVERED,
)
"""The way of an order that goes well."""
OVER = frozenset({OrderState.DELIVERED, OrderState.FAILED, OrderState.CANCELLED})
ON_ITS_WAY = frozenset(WAY) - OVER


def after(state: OrderState, event: TrackingEvent) -> OrderState | None:
    """What the order is after that event; None: it changes nothing."""
    if state in OVER:
        return None
    if event is TrackingEvent.DELAYED:
        return max(state, OrderState.HANDED_OVER, key=WAY.index)  # whoever tells of a delay has the order
    told = OrderState(event.value)
    if told is OrderState.FAILED:
        return told
    return told if WAY.index(told) > WAY.index(state) else None


def may_be_cancelled(state: OrderState, tries: int) -> bool:
    """Only what the pharmacy cannot have: after the first try it may, whatever was heard of it."""
    return state is OrderState.PLACED and tries == 0
