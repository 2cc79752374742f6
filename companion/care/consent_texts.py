"""The words people agree to before they are sent anything. Pure.

What was agreed to is kept word for word with its version (`MessageConsent`), so a text here never changes without a
new VERSION; tests/care holds that.
"""

from companion.i18n import translate

VERSION = "2026-11.3"
STOPPED = "stopped"
"""The version of a row that holds the person's own word that ended it."""
STARTED = "started"
"""The version of a row that holds the person's own word that undid that."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


WHAT = {
    "reminders": _("reminders of my medicines, and answers to what I write"),
    "changes": _("word that my doctor has changed a medicine"),
    "alarms": _("word of measured values that cannot wait"),
    "caregiving": _("word of how the person I look after takes their medicines"),
    "supply": _("word that medicines run low"),
    "decisions": _("word that suggestions wait for a doctor"),
    "programme": _("tips for everyday life and questions about the service, three a week at most,"),
}
"""By topic (contacts.Topic)."""
HOW = {
    "sms": _("as text messages. Whoever holds the phone can read them. I can end it at any time by answering STOP."),
    "voice": _("by calls that read aloud. Whoever picks up can hear them. I can end it at any time on this page."),
    "push": _(
        "as notifications on my device. They also show while it is locked. I can end it at any time on this page."
    ),
    "wechat": _("in WeChat. Its operator carries them. I can end it at any time on this page."),
    "email": _("by e-mail. Mail is not sealed on its way. I can end it at any time on this page."),
    "apprise": _("by the service I name. Its operator carries them. I can end it at any time on this page."),
}
"""By the kind of address (contacts.Kind)."""


def agreement(language: str, kind: str, topic: str) -> str:
    """The whole sentence a person agrees to."""
    what, how = translate(language, WHAT[topic]), translate(language, HOW[kind])
    return translate(language, _("I agree to get %(what)s %(how)s"), what=what, how=how)
