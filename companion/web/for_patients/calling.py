"""Whom a page names to call: the clinic, and the emergency number of where the patient lives."""

from companion.care.emergency import number_at
from companion.care.people import Person
from companion.messages.wording import Contacts
from companion.settings import Settings


def contacts_for(settings: Settings, patient: Person) -> Contacts:
    """The numbers to call about that patient."""
    emergency = number_at(settings.emergency_number, patient.zone)
    return Contacts(settings.clinic_phone, emergency, settings.clinic_name)
