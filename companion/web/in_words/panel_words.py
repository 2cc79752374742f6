"""How patients stand, in the doctor's words."""

from companion.panel.control import Control
from companion.panel.trend import Measure, Period, Verdict
from companion.web.for_doctors.panel_order import By, Show
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

SHOWN: Words = {
    Show.ALL: _l("all"),
    Show.WORSE: _l("getting worse"),
    Show.SILENT: _l("silent"),
    Show.DEVICES: _l("devices"),
    Show.OFF_GOAL: _l("not at goal"),
    Show.PLAN_ENDS: _l("plan ends"),
    Show.TASKS: _l("tasks"),
}
ORDERS: Words = {
    By.NEED: _l("what needs you"),
    By.NAME: _l("name"),
    By.SILENCE: _l("longest silent"),
    By.PLAN_END: _l("end of the plan"),
}
MEASURES: Words = {
    Measure.IN_RANGE: _l("glucose in range"),
    Measure.BELOW: _l("glucose too low"),
    Measure.SYSTOLIC: _l("systolic"),
    Measure.DIASTOLIC: _l("diastolic"),
    Measure.TAKEN: _l("doses taken"),
}
VERDICTS: Words = {
    Verdict.WORSE: _l("worse"),
    Verdict.BETTER: _l("better"),
    Verdict.STEADY: _l("about the same"),
    Verdict.TOO_FEW: _l("too few values to compare"),
}
VERDICT_TAGS = {Verdict.WORSE: "high", Verdict.BETTER: "ok", Verdict.STEADY: "plain", Verdict.TOO_FEW: "plain"}
CONTROLS: Words = {
    Control.YES: _l("at goal"),
    Control.NO: _l("not at goal"),
    Control.TOO_FEW: _l("too few values"),
    Control.UNMEASURED: _l("not measured"),
}
CONTROL_TAGS = {Control.YES: "ok", Control.NO: "warn", Control.TOO_FEW: "plain", Control.UNMEASURED: "plain"}
PRESSURES = frozenset({Measure.SYSTOLIC, Measure.DIASTOLIC})


def period_words(measure: Measure, period: Period | None) -> str:
    """A figure with its unit; a dash where nothing was measured."""
    if period is None or period.figure is None:
        return "–"
    return f"{period.figure:.0f} mmHg" if measure in PRESSURES else f"{period.figure:.0f} %"


def counts_words(before: Period | None, after: Period | None) -> str:
    """Of how many values the two figures are."""
    return _("n = %(before)s, then %(after)s", before=before.n if before else 0, after=after.n if after else 0)
