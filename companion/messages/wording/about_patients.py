"""About a patient, to a caregiver. Pure."""

from companion.messages.wording.said import Answer, At, Contacts, Words, first_name, tell


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


ABOUT_TIME = _("%(name)s, %(time)s medicine")
ABOUT = _("About %(name)s")


def missed_dose(language: str, patient: str, time: str, contacts: Contacts) -> Words:
    """The reminder arrived and the window passed without an answer."""
    text = _("%(name)s has not confirmed the %(time)s medicine. Please ask how it went. Never double a dose.")
    return tell(language, contacts, ABOUT_TIME, text, name=first_name(patient), time=At((time,)))


def not_reached(language: str, patient: str, time: str, contacts: Contacts) -> Words:
    """No reminder arrived: nothing is known about the dose, and nothing may be said about the patient."""
    text = _(
        "We could not reach %(name)s, so we do not know about the %(time)s medicine. Please ask. Never double a dose."
    )
    return tell(language, contacts, ABOUT_TIME, text, name=first_name(patient), time=At((time,)))


def missed_several(
    language: str, patient: str, count: int, first: str, last: str, contacts: Contacts, *, reached: bool
) -> Words:
    """Several times of day at once. `reached`: a reminder of at least one arrived."""
    text = _(
        "We could not reach %(name)s: %(count)s medicines, %(first)s to %(last)s. Please ask. Never double a dose."
    )
    if reached:
        text = _(
            "%(name)s has not confirmed %(count)s medicines, %(first)s to %(last)s. Please ask. Never double a dose."
        )
    name = first_name(patient)
    return tell(language, contacts, ABOUT, text, name=name, count=str(count), first=At((first,)), last=At((last,)))


def daily_digest(language: str, patient: str, taken: int, skipped: int, missed: int, contacts: Contacts) -> Words:
    """How the doses of the last 24 hours went, `missed` with those of which nothing is known."""
    text = _(
        "%(name)s, last 24 hours: %(taken)s taken, %(skipped)s skipped, %(missed)s not confirmed. More on your page."
    )
    counts = {"taken": str(taken), "skipped": str(skipped), "missed": str(missed)}
    return tell(language, contacts, ABOUT, text, name=first_name(patient), **counts)


def late_answer(language: str, patient: str, time: str, answer: Answer, contacts: Contacts) -> Words:
    """What was told as missed has been answered after all."""
    text = {
        Answer.TAKEN: _("%(name)s has answered now: the %(time)s medicine was taken."),
        Answer.SKIPPED: _("%(name)s has answered now: the %(time)s medicine was skipped."),
    }[answer]
    return tell(language, contacts, ABOUT_TIME, text, name=first_name(patient), time=At((time,)))


def care_ended(language: str, patient: str, contacts: Contacts) -> Words:
    """No more messages come. Why is not said: it is the patient's to tell."""
    text = _("You no longer get messages about %(name)s from companion. Questions? Please call %(clinic)s.")
    return tell(language, contacts, ABOUT, text, name=first_name(patient))


def sharing_changed(language: str, patient: str, contacts: Contacts) -> Words:
    """The patient shares less than before. What and why is not said: it is theirs to tell."""
    text = _("What you can see of %(name)s has changed. Your page says what it is now.")
    return tell(language, contacts, ABOUT, text, name=first_name(patient))
