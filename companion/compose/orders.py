"""How an order from a pharmacy gets on, as it stands in the moment the message leaves."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from companion.care.contact_models import Kind
from companion.compose.told import Known, Told
from companion.messages.composed import Asked
from companion.messages.wording.orders import OrderNews, order_news
from companion.programme.orders.order_life import OVER, OrderState
from companion.programme.orders.order_models import MedicineOrder

ORDERS = "/orders"
OLD_NEWS = {
    OrderNews.RECEIVED: OVER | {OrderState.SENT},
    OrderNews.ON_ITS_WAY: OVER,
    OrderNews.DELAYED: OVER,
}
"""In these states of the order there is nothing to tell any more."""


def about_order(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where the order has got further meanwhile."""
    ids = {asked.message.params.get("order") for asked in batch}
    rows = known.session.scalars(select(MedicineOrder).where(MedicineOrder.public_id.in_(ids)))
    orders = {order.public_id: order for order in rows}
    return [_told(known, asked, orders) for asked in batch]


def _told(known: Known, asked: Asked, orders: Mapping[str, MedicineOrder]) -> Told | None:
    order = orders.get(asked.message.params.get("order", ""))
    if order is None:
        return None
    news = OrderNews(asked.message.params["news"])
    if order.state in OLD_NEWS.get(news, ()):
        return None
    names = [line.regimen.drug for line in order.lines] if known.recipient(asked.message).names_medicines else []
    words = order_news(
        known.language(asked.message),
        news,
        known.contacts,
        medicines=names,
        in_one_segment=asked.kind is Kind.SMS,
    )
    return Told(words, ORDERS, about=f"order:{order.public_id}")
