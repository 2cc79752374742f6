"""What is said back to somebody who answered."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from companion.clock import from_ms
from companion.compose.told import Known, Told
from companion.messages import wording
from companion.messages.composed import Asked
from companion.messages.wording import Answer, Contacts, Words


def about_reply(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """What was noted, or why nothing was."""
    return [_reply(known, asked) for asked in batch]


def _reply(known: Known, asked: Asked) -> Told:
    recipient = known.recipient(asked.message)
    return Told(words_of(asked.message.params, recipient.language, ZoneInfo(recipient.zone), known.contacts))


def words_of(params: Mapping[str, Any], language: str, zone: ZoneInfo, contacts: Contacts) -> Words:
    """The words of an echo: its kind and what it is about, as in the params of a REPLY message."""
    match params["kind"]:
        case "noted":
            return wording.noted(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_late":
            return wording.noted_late(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_rest":
            return wording.noted_rest(language, params["times"], Answer(params["answer"]), contacts)
        case "noted_unread":
            return wording.noted_unread(language, params["times"], contacts)
        case "already_noted":
            return wording.already_noted(language, params["times"], Answer(params["answer"]), contacts)
        case "snoozed":
            again = from_ms(params["again_ms"]).astimezone(zone)
            return wording.snoozed(language, params["times"], f"{again:%H:%M}", contacts)
        case "change_confirmed":
            return wording.change_confirmed(language, contacts)
        case "change_ask_day":
            return wording.change_ask_day(language, contacts)
        case "change_ask_again":
            return wording.change_ask_again(language, contacts)
        case "change_ask_nurse":
            return wording.change_ask_nurse(language, contacts)
        case "read":
            return wording.noted_read(language, contacts)
        case "help":
            return wording.help_text(language, contacts)
        case "no_open_dose":
            return wording.no_open_dose(language, contacts)
        case "linked":
            return wording.linked(language, contacts)
        case "opted_in":
            return wording.opted_in(language, contacts)
        case "clinic_noted":
            return wording.clinic_noted(language, contacts)
        case "clinic_calls":
            return wording.clinic_calls(language, contacts)
        case "clinic_asks_call":
            return wording.clinic_asks_call(language, contacts)
        case "pharmacist_news":
            return wording.pharmacist_news(language, contacts)
    return wording.not_understood(language, contacts)
