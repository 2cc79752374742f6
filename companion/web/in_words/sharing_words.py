"""Who may see a patient, and what of it: in the patient's words, and in the caregiver's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import Scope
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

SHARED: Words = {
    Scope.CARE: _l("Everything, to treat you"),
    Scope.MISSED_DOSES: _l("Whether you take your medicines"),
    Scope.READINGS: _l("Your blood sugar and blood pressure"),
    Scope.MEDICINES: _l("How you take your medicines, and your packs"),
}
"""What is shared, as a heading."""
SEES: Words = {
    Scope.CARE: _l(
        "Sees your values, medicines, answers and messages, decides on doses, and hears of what cannot wait."
    ),
    Scope.MISSED_DOSES: _l(
        "Sees how today's doses went, and is told when you do not answer. Never which medicine it is."
    ),
    Scope.READINGS: _l("Sees your values of 14 days, and is told of a value that cannot wait."),
    Scope.MEDICINES: _l(
        "Sees when you take fewer doses than planned, and which packs run low. No values, and nothing of your doctor's."
    ),
}
OF_ANOTHER: Words = {
    Scope.MISSED_DOSES: _l("whether medicines are taken"),
    Scope.READINGS: _l("blood sugar and blood pressure"),
    Scope.MEDICINES: _l("how medicines are taken, and packs"),
}
"""The same for a caregiver."""


def about_sharing(db: Session, task: Task) -> str:
    """What a task says of whom the patient lets see: "Wang Junior: whether medicines are taken". Else nothing."""
    scopes = ", ".join(str(OF_ANOTHER.get(scope, _("care"))) for scope in task.details.get("scopes", ()))
    if task.kind == TaskKind.SHARING_ASKED:
        return f"{task.words or ''}: {scopes}"
    if task.kind == TaskKind.SHARING_ENDED:
        name = db.scalar(select(Person.name).where(Person.public_id == task.details["member"]))
        return f"{name or ''}: {scopes}"
    return ""
