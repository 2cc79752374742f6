"""How the service does, in words for whoever looks after it: what should have happened, and when it last did."""

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from companion.care.anchors import newest_anchor
from companion.care.audit_checkups import newest_checkup
from companion.care.backup_notes import last_backup
from companion.care.due_work import oldest_work
from companion.care.read_log import unhashed
from companion.erasing.models import Erasure, ErasureState
from companion.errors import Unavailable
from companion.jobs import last_beat
from companion.kpi.figures import ends_at
from companion.kpi.keeping import newest_counted
from companion.messages.models import Message, MessageState
from companion.readings.reading import Metric
from companion.retention.sweep import SWEPT_ACTION, last_report
from companion.web.access import Action, guarded
from companion.web.context import look, now, outside
from companion.web.in_words import work_words
from companion.web.in_words.time_words import time_text

blueprint = Blueprint("service_office", __name__)

BEATS_MISSED = 3
"""So many beats may be late, as /readyz has it."""
WAITS_TOO_LONG = timedelta(minutes=2)
"""What was due so long ago has been passed over by several beats; as for messages (messages.overview)."""
TOO_OLD = timedelta(days=2)
"""What is done once a day and was not done for so long was missed once."""
ERASURES_SHOWN = 5


class Line(NamedTuple):
    """One thing to know: how it is, whether that is well, and what to do where it is not."""

    title: str
    told: str
    is_well: bool
    to_do: str = ""
    leads_to: str = ""


@blueprint.get("/clinic/service")
@guarded(Action.SEE_SERVICE)
def index() -> str:
    with look() as db:
        told = (_beat, _due_work, _outbox, _readings, _reads, _anchor, _check, _backup, _figures, _sweep)
        lines = [tell(db) for tell in told]
        newest = select(Erasure).order_by(Erasure.id.desc()).limit(ERASURES_SHOWN)
        return render_template(
            "service/index.html", lines=lines, erasures=db.scalars(newest).all(), done=ErasureState.DONE
        )


def _beat(db: Session) -> Line:
    at = last_beat(db)
    is_well = at is not None and now() - at <= BEATS_MISSED * timedelta(seconds=outside().settings.heartbeat_seconds)
    return Line(_("Jobs process"), _since(at), is_well, _("Start it, and look into its log: companion jobs."))


def _due_work(db: Session) -> Line:
    """The kind of work that waits longest."""
    late = [(since, kind) for kind, since in oldest_work(db).items() if since <= now()]
    if not late:
        return Line(_("Due work"), _("Nothing waits."), is_well=True)
    since, kind = min(late)
    told = _("What waits longest: %(kind)s, for %(span)s.", kind=work_words.KINDS[kind], span=_age(since))
    return Line(_("Due work"), told, _is_recent(since), _("Look for errors in the log of the jobs process."))


def _outbox(db: Session) -> Line:
    query = select(func.count(), func.min(Message.next_try_at)).where(Message.state == MessageState.OPEN.value)
    n, oldest = db.execute(query.where(Message.next_try_at <= now())).one()
    if not n:
        return Line(_("Messages to leave"), _("Nothing waits."), is_well=True)
    told = _("%(n)s wait, the oldest for %(span)s.", n=n, span=_age(oldest))
    to_do = _("Look at the messages that are stuck.")
    return Line(_("Messages to leave"), told, _is_recent(oldest), to_do, url_for("messages_office.index"))


def _readings(_db: Session) -> Line:
    """Whether their store answers a question about nobody."""
    to_do = _("Look whether its server runs, and at COMPANION_READINGS_URL.")
    try:
        outside().store.latest("nobody", Metric.GLUCOSE)
        told = _("They are in %(name)s, which answers.", name=outside().store.capabilities().name)
    except (SQLAlchemyError, Unavailable):  # why stands in the log of whoever wanted a reading
        return Line(_("Readings"), _("Where they are kept does not answer."), is_well=False, to_do=to_do)
    return Line(_("Readings"), told, is_well=True)


def _reads(db: Session) -> Line:
    told = _("Looks that no entry of the audit holds yet: %(n)s", n=unhashed(db))
    return Line(_("Log of what was shown"), told, is_well=True, leads_to=url_for("audit_office.reads"))


def _anchor(db: Session) -> Line:
    anchor = newest_anchor(db)
    at = anchor.made_at if anchor else None
    to_do = _("See why in the log of the jobs process, or run companion audit anchor.")
    return Line(_("Anchor of the audit"), _since(at), _is_daily(at), to_do)


def _check(db: Session) -> Line:
    checkup = newest_checkup(db)
    at = checkup.checked_at if checkup else None
    holds = checkup is not None and checkup.holds
    told = _since(at) if holds or checkup is None else _("It does not hold.")
    to_do, leads_to = _("Look at the audit, and compare with a backup."), url_for("audit_office.index")
    return Line(_("Check of the audit"), told, holds and _is_daily(at), to_do, leads_to)


def _backup(db: Session) -> Line:
    at = last_backup(db)
    to_do = _("See why in the log of companion-backup, or run companion backup: docs/backup.md.")
    return Line(_("Backup"), _since(at), _is_daily(at), to_do)


def _figures(db: Session) -> Line:
    newest = newest_counted(db)
    at = newest[1] if newest else None
    is_well = newest is not None and now() - ends_at(newest[0]) <= TOO_OLD
    to_do = _("See why in the log of the jobs process.")
    return Line(_("The clinic's figures"), _since(at), is_well, to_do, url_for("clinic_figures.index"))


def _sweep(db: Session) -> Line:
    """What was past its time, and went; docs/retention.md says what that is."""
    report = last_report(db)
    told = _since(report.at if report else None)
    if report is not None:
        told = _("%(when)s; rows that went: %(n)s", when=told, n=sum(report.rows.values()))
    to_do = _("See why in the log of the jobs process.")
    leads_to = url_for("audit_office.index", kind=SWEPT_ACTION)
    return Line(_("What is past its time"), told, _is_daily(report.at if report else None), to_do, leads_to)


def _since(at: datetime | None) -> str:
    return _("Not yet.") if at is None else _("%(span)s ago", span=_age(at))


def _age(at: datetime) -> str:
    return time_text(max((now() - at).total_seconds(), 0))


def _is_recent(at: datetime) -> bool:
    return now() - at <= WAITS_TOO_LONG


def _is_daily(at: datetime | None) -> bool:
    return at is not None and now() - at <= TOO_OLD
