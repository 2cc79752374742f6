"""What kinds of due work are called on the page about the service."""

from companion.care.due_work import WorkKind
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

KINDS: Words = {
    WorkKind.PLAN: _l("the next days' doses"),
    WorkKind.DOSE: _l("doses that are due"),
    WorkKind.ASSESS: _l("assessments of readings"),
    WorkKind.SUGGESTION: _l("suggestions that will end"),
    WorkKind.TELL_DOCTOR: _l("news for doctors"),
    WorkKind.WORK_DIGEST: _l("the daily news of waiting work"),
    WorkKind.UPLOAD: _l("files that were sent"),
    WorkKind.REFILL: _l("packs that may run out"),
    WorkKind.ESCALATE: _l("missed doses to tell the family of"),
    WorkKind.DIGEST: _l("the daily news for caregivers"),
    WorkKind.TASK: _l("urgent tasks that nobody took"),
    WorkKind.CHANGE: _l("changes to be said back"),
    WorkKind.TIPS: _l("tips to send"),
    WorkKind.GUIDE_NEWS: _l("news of guides"),
    WorkKind.SURVEY: _l("rounds of questions"),
    WorkKind.WITHDRAWAL: _l("changes that were taken back"),
    WorkKind.URGENT_ORDER: _l("urgent orders of medicine"),
    WorkKind.ORDER: _l("orders of medicine"),
    WorkKind.CARE_PLAN: _l("steps of care plans"),
}
