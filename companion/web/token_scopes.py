"""What each kind of token opens under /api/: one table, which the gate holds beside what a route says of itself. Tokens
that open one page each (calendar feeds, links in messages, notifications) are no scopes: see docs/tokens.md."""

from enum import StrEnum

from companion.care.integrations import Integration, Reach
from companion.care.record_clients import RecordClient
from companion.web.access import Action


class Holder(StrEnum):
    """Who comes by a token."""

    HUB = "hub"
    RECORDS = "records"
    RECORDS_THAT_IMPORT = "records_that_import"
    CHECKUPS = "checkups"
    PHARMACIES = "pharmacies"
    PROGRAMME = "programme"


OPENS = {
    Holder.HUB: frozenset({Action.ADD_READINGS}),
    Holder.RECORDS: frozenset({Action.SEE_RECORDS, Action.SEE_WORK_LISTS}),
    Holder.RECORDS_THAT_IMPORT: frozenset({Action.SEE_RECORDS, Action.SEE_WORK_LISTS, Action.IMPORT_RECORDS}),
    Holder.CHECKUPS: frozenset({Action.SEND_CHECKUP}),
    Holder.PHARMACIES: frozenset({Action.SEE_PHARMACIES, Action.IMPORT_PRICES}),
    Holder.PROGRAMME: frozenset({Action.SEE_PROGRAMME, Action.SEE_ROUNDS}),
}
"""A hub brings its own patient's values, and reads nothing. A record system sees what its clinician does, decides
nothing, and imports where it was made to. A laboratory brings reports about its clinician's patients, and reads none.
The programs of an administrator see no patient."""


def holder_of(client: RecordClient) -> Holder:
    return Holder.RECORDS_THAT_IMPORT if client.may_import else Holder.RECORDS


def holder_of_integration(found: Integration) -> Holder:
    return {
        Reach.CHECKUPS: Holder.CHECKUPS,
        Reach.PHARMACIES: Holder.PHARMACIES,
        Reach.PROGRAMME: Holder.PROGRAMME,
    }[Reach(found.reach)]
