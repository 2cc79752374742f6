"""What others did in a patient's place or about their care, as the patient reads it, by the kinds of the audit."""

from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

DONE_FOR_PATIENT: Words = {
    "said_consent": _l("noted which messages you want"),
    "added_address": _l("added a number or an address of yours"),
    "removed_address": _l("removed a number or an address of yours"),
    "moved_address": _l("changed the order of your numbers"),
    "set_quiet_hours": _l("set your quiet hours"),
    "chose_names_in_messages": _l("chose whether messages name your medicines"),
    "confirmed_change": _l("noted what you said of a changed dose"),
    "said_change_back": _l("noted what you said of a changed dose"),
    "reported": _l("noted how you feel"),
    "ended_report": _l("noted that something you told is over"),
    "opened_care_link": _l("let somebody see your data, as you had agreed"),
    "ended_care_link": _l("ended that somebody sees your data"),
    "agreed_hearing": _l("noted what your family is told"),
    "prescribed": _l("prescribed a medicine"),
    "changed_dose": _l("changed a dose"),
    "stopped_medicine": _l("stopped a medicine"),
    "let_rest": _l("let a medicine rest"),
    "ended_rest": _l("ended a medicine's rest"),
    "noted_fact": _l("noted a fact, such as a laboratory value"),
    "supply.settings": _l("changed how your packs are counted"),
    "revoked_hub": _l("took its access from a box at your home"),
    "stood_in": _l("acted for a doctor of yours who is away"),
}
