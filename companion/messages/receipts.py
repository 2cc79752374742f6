"""What providers tell us on their own: what became of a text, and what somebody wrote back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.messages.attempts import Outcome, record
from companion.messages.channel import Refusal
from companion.messages.models import Delivery, DeliveryEvent, DeliveryState, Inbound
from companion.messages.unique import insert_unless_known


def note_callback(
    session: Session,
    correlation_id: str,
    provider_id: str,
    status: DeliveryState,
    error_code: str | None,
    now: datetime,
    *,
    means: Refusal | None = None,
) -> bool:
    """Notes a genuine status report. False when the correlation id is not ours.

    Safe in any order and number, and before our own commit of the send: the delivery is written first.
    """
    delivery = session.scalar(select(Delivery).where(Delivery.correlation_id == correlation_id).with_for_update())
    if delivery is None:
        return False
    _keep(session, delivery.id, status, error_code, now)
    record(
        session,
        delivery,
        Outcome(status, provider_id, error_code, may_retry=means is Refusal.TRY_AGAIN, means=means),
        now,
    )
    return True


def _keep(session: Session, delivery_id: int, status: DeliveryState, error_code: str | None, now: datetime) -> None:
    said = f"{status.value}:{error_code}" if error_code else status.value
    session.execute(
        insert_unless_known(session, DeliveryEvent, "delivery_id", "said").values(
            delivery_id=delivery_id, said=said[:60], at=now
        )
    )


def record_inbound(
    session: Session,
    *,
    channel: str,
    provider_id: str,
    person_id: int | None,
    body: str,
    understood_as: str,
    now: datetime,
) -> Inbound | None:
    """Keeps a text that came in; None when this one was kept before (a webhook told twice)."""
    kept: Inbound | None = session.scalar(
        insert_unless_known(session, Inbound, "channel", "provider_id")
        .values(
            channel=channel,
            provider_id=provider_id,
            person_id=person_id,
            body=body,
            understood_as=str(understood_as),  # psycopg would write an enum's name
            received_at=now,
        )
        .returning(Inbound)
    )
    return kept
