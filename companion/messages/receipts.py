"""What providers tell us on their own: what became of a text, and what somebody wrote back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.messages.attempts import record
from companion.messages.channel import StatusReport
from companion.messages.models import Delivery, DeliveryEvent, DeliveryState, Inbound
from companion.messages.outcomes import Report, of_report
from companion.messages.unique import insert_unless_known
from companion.sealing.columns import INBOUND, sealer


def note_report(session: Session, channel: str, report: StatusReport, now: datetime) -> bool:
    """Notes a genuine status report of that channel's provider. False when it is about no attempt of ours.

    Safe in any order and number, and before our own commit of the send: the delivery is written first.
    """
    delivery_id = _find(session, channel, report)
    if delivery_id is None:
        return False
    _keep(session, delivery_id, report.status, report.error_code, now)
    record(session, [Report(delivery_id, of_report(report))], now)
    return True


def _find(session: Session, channel: str, report: StatusReport) -> int | None:
    """The attempt it is about: by our id where its address carried that, else by the provider's own."""
    by_id = Delivery.correlation_id == report.correlation_id
    if report.correlation_id is None:
        by_id = Delivery.provider_id == report.provider_id
    return session.scalar(select(Delivery.id).where(by_id, Delivery.channel == channel).with_for_update())


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
    sealed = None
    if person_id is not None:
        sealed = sealer(session.connection(), INBOUND, person_id, now)(provider_id, body)
    kept: Inbound | None = session.scalar(
        insert_unless_known(session, Inbound, "channel", "provider_id")
        .values(
            channel=channel,
            provider_id=provider_id,
            person_id=person_id,
            body=INBOUND.left if sealed else body,
            sealed=sealed,
            understood_as=str(understood_as),  # psycopg would write an enum's name
            received_at=now,
        )
        .returning(Inbound)
    )
    return kept
