"""Every text the service sends, in the recipient's language: one function a purpose. Pure.

A text message is read by whoever holds the phone: no medicine, no amount, no value, no link (but the one by which its
reader has just asked to sign in); people by first name. Only
a patient who chose so reads the names of medicines. Each text fits one SMS segment (160 GSM-7 characters in English, 70
in Chinese) with names and numbers of usual length. The answers are digits, because providers act on words like STOP,
CANCEL or YES themselves.
"""

from companion.messages.wording.about_patients import (
    care_ended,
    daily_digest,
    late_answer,
    missed_dose,
    missed_several,
    not_reached,
    sharing_changed,
)
from companion.messages.wording.changes import advice, code, refill, withdrawal
from companion.messages.wording.doctors import suggestion_ended, suggestion_ends, suggestion_waits, waiting_digest
from companion.messages.wording.echoes import (
    already_noted,
    change_ask_again,
    change_ask_day,
    change_ask_nurse,
    change_confirmed,
    clinic_asks_call,
    clinic_calls,
    clinic_noted,
    help_text,
    linked,
    no_open_dose,
    not_understood,
    noted,
    noted_late,
    noted_read,
    noted_rest,
    noted_unread,
    opted_in,
    pharmacist_news,
    snoozed,
)
from companion.messages.wording.emergency import emergency_access
from companion.messages.wording.orders import order_news
from companion.messages.wording.passwords import password_taken, reset_code
from companion.messages.wording.reminders import Wording, reminder
from companion.messages.wording.said import Answer, Contacts, Words, first_name
from companion.messages.wording.signing_in import factors_reset, sign_in_link
from companion.messages.wording.urgent import KIND_OF, needs_attention, urgent_reading, urgent_task

__all__ = [
    "KIND_OF",
    "Answer",
    "Contacts",
    "Wording",
    "Words",
    "advice",
    "already_noted",
    "care_ended",
    "change_ask_again",
    "change_ask_day",
    "change_ask_nurse",
    "change_confirmed",
    "clinic_asks_call",
    "clinic_calls",
    "clinic_noted",
    "code",
    "daily_digest",
    "emergency_access",
    "factors_reset",
    "first_name",
    "help_text",
    "late_answer",
    "linked",
    "missed_dose",
    "missed_several",
    "needs_attention",
    "no_open_dose",
    "not_reached",
    "not_understood",
    "noted",
    "noted_late",
    "noted_read",
    "noted_rest",
    "noted_unread",
    "opted_in",
    "order_news",
    "password_taken",
    "pharmacist_news",
    "refill",
    "reminder",
    "reset_code",
    "sharing_changed",
    "sign_in_link",
    "snoozed",
    "suggestion_ended",
    "suggestion_ends",
    "suggestion_waits",
    "urgent_reading",
    "urgent_task",
    "waiting_digest",
    "withdrawal",
]
