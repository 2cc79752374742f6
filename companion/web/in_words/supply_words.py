"""What is said about packs: how many, until when, and why it may be wrong; in the reader's language."""

from decimal import ROUND_HALF_UP, Decimal

from companion.reminders.supply.refills import LISTED_DAYS, RefillLine
from companion.reminders.supply.stock import Doubt, EntryKind
from companion.reminders.supply.supply_models import SupplyEntry
from companion.supplying.arrived import is_of_order
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.language import on
from companion.web.words import Words, amount_said

KINDS: Words = {
    EntryKind.RECEIVED: _l("received"),
    EntryKind.COUNTED: _l("counted"),
    EntryKind.WASTED: _l("broken or spoilt"),
    EntryKind.LOST: _l("lost"),
    EntryKind.RETURNED: _l("given back"),
}
DOUBTS: Words = {
    Doubt.NOTHING_KNOWN: _l("Nobody has told us how many there are."),
    Doubt.LESS_THAN_NOTHING: _l("More was taken than we know was there. Please count."),
    Doubt.NOT_COUNTED: _l("Nobody has counted for more than 60 days."),
    Doubt.UNANSWERED: _l("Many doses were not answered, so we do not know what was used."),
    Doubt.EXPIRED: _l("A pack may be past its date. Please look."),
}


def counted_text(number: Decimal | int, piece: str) -> str:
    """A number of pieces: "1 tablet", "12.5 tablets"."""
    return amount_said(Decimal(number), piece)


def pieces_text(line: RefillLine, amount: Decimal) -> str:
    """An amount of the dose's unit as the packs are counted."""
    return counted_text(line.in_pieces(amount).quantize(Decimal("0.1"), ROUND_HALF_UP), line.piece)


def on_hand_text(line: RefillLine) -> str:
    """How much there is. What is not certain is said to be about so much."""
    amount = line.stock.amount
    if amount is None:
        return _("Tell us how many you have")
    if amount < 0:
        return _("Less than nothing: please count")
    if line.stock.is_certain:
        return pieces_text(line, amount)
    return _("about %(pieces)s", pieces=pieces_text(line, amount))


def until_text(line: RefillLine) -> str:
    """Until when it lasts; empty where nobody knows what there is."""
    found = line.stock
    if found.amount is None or found.amount < 0:
        return ""
    if found.run_out_on is None:
        return _("Enough for as far as we can see.")
    if found.days_left == 0:
        return _("Not enough for today.")
    if found.days_left == 1:
        return _("Enough for one day. On %(day)s there is not enough.", day=on(found.run_out_on))
    return _("Enough for %(n)s days. On %(day)s there is not enough.", n=found.days_left, day=on(found.run_out_on))


def ask_text(line: RefillLine) -> str:
    """What to ask for: "60 tablets (2 packs)"."""
    pieces = counted_text(line.pieces, line.piece)
    return pieces if line.packs is None else _("%(pieces)s (%(n)s packs)", pieces=pieces, n=line.packs)


def who_says(entry: SupplyEntry) -> str:
    """Who noted a line of the ledger; of what an order brought, the pharmacy is all there is."""
    return _("by the pharmacy's word") if is_of_order(entry) else entry.by.name


def plain_list(lines: list[RefillLine], name: str) -> str:
    """The list as text, to be copied or shared. It goes where the patient sends it, so it names the medicines."""
    head = _("%(name)s: medicines for %(n)s days", name=name, n=LISTED_DAYS)
    return "\n".join([head, *(f"- {line.regimen.drug}: {ask_text(line)}" for line in lines)])
