"""A plan in plain words, and line by line."""

from datetime import date

from babel.dates import format_date

from companion.advice.grammar.protocol import Protocol
from companion.advice.models import Plan
from companion.advice.signed.plan_terms import PlannedStep, Terms
from companion.i18n import translate
from companion.web.in_words.protocol_words import PROFILES
from companion.web.language import digits, on
from companion.web.language import gettext as _


def terms_of_plan(plan: Plan) -> Terms:
    """What was signed."""
    return Terms(
        protocol=plan.protocol,
        target_low=plan.target_low,
        target_high=plan.target_high,
        max_daily=plan.max_daily,
        ends_on=plan.ends_on,
        targets_profile=plan.targets_profile,
        target_systolic=plan.target_systolic,
        target_diastolic=plan.target_diastolic,
        measures_since_on=plan.measures_since_on,
        steps=tuple(PlannedStep(step.regimen.public_id, step.amount) for step in plan.steps),
    )


def plan_lines(terms: Terms, title: str, medicines: dict[str, str]) -> dict[str, str]:
    """Each term by its name. `title` of the protocol; `medicines`: names by public id."""
    since = terms.measures_since_on
    steps = [f"{medicines.get(step.medicine, step.medicine)} → {digits(step.amount)} mg" for step in terms.steps]
    lines = {
        _("Protocol"): title,
        _("Goal"): goal_words(terms),
        _("Whose goals these are"): str(PROFILES.get(terms.targets_profile or "", "")),
        _("At most a day"): digits(terms.max_daily) if terms.max_daily is not None else "",
        _("Measures at home since"): on(since) if since else "",
        _("Steps"): ", ".join(steps),
        _("Last day of the plan"): on(terms.ends_on),
    }
    return {name: said for name, said in lines.items() if said}


def goal_words(terms: Terms) -> str:
    """As in "80–130 mg/dL", "below 130/80 mmHg"; empty where the steps name the amounts."""
    if terms.target_low is not None and terms.target_high is not None:
        return f"{digits(terms.target_low)}–{digits(terms.target_high)} mg/dL"
    if terms.target_systolic is not None and terms.target_diastolic is not None:
        return f"< {digits(terms.target_systolic)}/{digits(terms.target_diastolic)} mmHg"
    return ""


def plan_sentence(language: str, terms: Terms, protocol: Protocol, drug: str) -> str:
    """The whole plan in that language, for somebody who has no protocol at hand."""
    ends_on = _day(terms.ends_on, language)
    parts = [
        translate(
            language,
            "Until %(day)s changes of %(drug)s may be proposed by the protocol “%(protocol)s”.",
            day=ends_on,
            drug=drug,
            protocol=translate(language, protocol.title),
        )
    ]
    if goal_words(terms):
        parts.append(translate(language, "The goal is %(goal)s.", goal=goal_words(terms)))
    if terms.max_daily is not None:
        parts.append(translate(language, "Never more than %(most)s a day.", most=digits(terms.max_daily)))
    parts.append(translate(language, "No dose changes before a doctor approves it."))
    return ("" if language == "zh" else " ").join(parts)


def _day(day: date, language: str) -> str:
    return format_date(day, "medium", locale=language)
