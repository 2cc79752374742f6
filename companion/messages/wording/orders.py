"""How an order from a pharmacy gets on, to the patient. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from companion.messages.segments import is_one_segment
from companion.messages.wording.said import Contacts, Words, listed, tell


class OrderNews(StrEnum):
    """What there is to tell of an order."""

    RECEIVED = "received"  # the pharmacy has it
    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    PROBLEM = "problem"  # it was not sent, or will not come


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


TITLE = _("Your order from the pharmacy")
TEXTS = {
    OrderNews.RECEIVED: _("The pharmacy has your order. You will hear again when it is on its way."),
    OrderNews.ON_ITS_WAY: _("Your order from the pharmacy is on its way."),
    OrderNews.DELIVERED: _(
        "The pharmacy says: your order is delivered. Please check that all is there. Is it not? Call %(clinic)s."
    ),
    OrderNews.DELAYED: _("Your order from the pharmacy is late. The clinic knows. Will you run out? Call %(clinic)s."),
    OrderNews.PROBLEM: _(
        "There is a problem with your order from the pharmacy. Please look in companion, or call %(clinic)s."
    ),
}
IN_IT = _("In it: %(medicines)s.")


def order_news(
    language: str, news: OrderNews, contacts: Contacts, *, medicines: Sequence[str] = (), in_one_segment: bool = False
) -> Words:
    """`medicines`: their names, for a patient who chose to read them; left out where a text would get too long."""
    plain = tell(language, contacts, TITLE, TEXTS[news])
    if not medicines:
        return plain
    named = tell(language, contacts, TITLE, TEXTS[news], IN_IT, medicines=listed(language, medicines))
    return plain if in_one_segment and not is_one_segment(named.text) else named
