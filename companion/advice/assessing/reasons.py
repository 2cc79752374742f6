"""Every sentence an assessment can give, by code, so that a page can say it in another language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from companion.advice.assessing.case import Plain, Reason

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "increase": "{drug}: from {from_amount} to {to_amount} {unit} is proposed.",
        "decrease": "{drug}: from {from_amount} to {to_amount} {unit} is proposed.",
        "rule": "{rule}: {says}",
        "note": "{says}",
        "excluded": "{says} A doctor sets the dose.",
        "plan_unsigned": "No doctor has signed the plan.",
        "protocol_unsigned": "No clinician's signature stands for {protocol}.",
        "plan_ended": "The plan ended on {on}.",
        "plan_without_end": "The plan has no last day.",
        "plan_other_version": "The plan was signed for version {signed}; the protocol is now {version}.",
        "plan_disabled": "The protocol {protocol} is switched off: {why}",
        "no_daily_times": "The medicine is not taken at the same times every day. A doctor sets the dose.",
        "not_two_injections": "This protocol is for two injections a day, one time each; there is: {regimens}.",
        "two_regimens": "{n} medicines are of the class this protocol changes: {regimens}.",
        "too_few_fasting": (
            "{n} fasting values on {days} days in the last {within} days; {needed} on {needed_days} are needed."
        ),
        "fasting_too_old": "The last fasting value is from {at}: older than {hours} hours.",
        "too_few_dinners": "{n} values before dinner in the last {within} days; {needed} are needed.",
        "too_few_pressures": (
            "{n} blood pressures on {days} days, {mornings} mornings and {evenings} evenings; needed are {needed} on "
            "{needed_days} days, {needed_sessions} mornings and as many evenings."
        ),
        "no_lab": "There is no {name} with its day.",
        "old_lab": "The {name} is from {on}: older than {days} days.",
        "inferred_not_counted": "{n} values before breakfast are not labelled fasting and do not count.",
        "missing": "{name} is not known.",
        "incomplete": "Nothing but a decrease after a low is proposed while an input is not known.",
        "open_suggestion": "A suggestion for this medicine is already open.",
        "precondition": "{says}",
        "step_too_small": "The step rounds down to nothing.",
        "no_next_step": "There is no next step: the last one is reached, or the drug has none here.",
        "no_plan_step": "Every step of the plan is taken: a doctor thinks over what comes next.",
        "no_medicine_to_change": "The plan names no medicine to change.",
        "no_lower_amount_before": "No lower amount was taken before: a doctor looks at a step down.",
        "follow_up": "After an increase, within {days} days: {labs}.",
        "nothing_to_decrease": "There is nothing left to decrease.",
        "above_per_kg": "{to_amount} {unit} would pass {limit} {unit} for this weight.",
        "above_daily": "{to_amount} {unit} would pass the maximum of {limit} {unit} a day.",
        "guardrail": "The change breaks the hard limit {name}.",
        "rejected_reading": "The glucose value {value} mg/dL at {at} is outside 20-600 and was not used.",
        "rejected_pressure": "The blood pressure {value} mmHg at {at} cannot be a pair and was not counted.",
        "rejected_lately": "A doctor rejected this increase on {on}: it is not proposed again for three days.",
        "rule_suspended": "Doctors rejected {rule} too often: it proposes nothing until one of them lifts that.",
        "failed": "The assessment failed: nothing is proposed until that is mended.",
        "low_needed_help": "A low of the last 7 days needed another person's help: nothing is increased.",
        "low_unverified": "A value below 20 was rejected: until it is verified nothing is increased.",
        "later_reading": "The reading at {at} is later than this assessment and was ignored.",
        "later_dose": "The dose of {regimen} due at {at} is later than this assessment and was ignored.",
        "hypo_l2": "A glucose value below 54 mg/dL within 24 hours.",
        "hypo_l3": "A low within 7 days needed another person's help.",
        "hyper": "Glucose of 250 mg/dL or more twice within 24 hours, at least 2 hours apart.",
        "hyper_severe": "Glucose of 300 mg/dL or more twice within 24 hours.",
        "bp_emergency": "Blood pressure above 180 or 120 mmHg with symptoms.",
        "bp_severe": "Blood pressure of 180 or 110 mmHg or more, and again after 5 minutes.",
        "bp_low": "Systolic blood pressure below 90 mmHg, or below 100 with dizziness or a fall.",
        "G01": "Fewer than 80 % of the doses of the last 14 days are known to be taken.",
        "G02": "Pregnant, breastfeeding, or trying to conceive.",
        "G03": "Younger than 18.",
        "G04": "Not a type of diabetes this protocol may be used for.",
        "G05": "A suggestion is open, a change is not confirmed, or the last one was under {limit} days ago.",
        "G06": "A severe low within 90 days, or lows that are not felt.",
        "G07": "A glucose value below 70 mg/dL within 7 days.",
        "G08": "Illness, steroids, a procedure, a hospital stay or a fast makes these days unlike others.",
        "G09": "An urgent event is still open.",
        "G10": "The device, its units, its clock or typed values cannot be relied on.",
        "G11": "The last eGFR is missing or too old.",
        "G12": "From 75 years on, frailty must be known.",
        "G13": "Protocols disagree, or the list of medicines was not confirmed within 90 days.",
        "G14": "The doctor paused suggestions, or the patient withdrew consent.",
        "G15": "The dose rose by more than half within 28 days.",
    }
)


@dataclass(frozen=True)
class Note:
    """One thing to tell, and what it asks for (None: nothing)."""

    reason: Reason
    ask: str | None = None


def reason(code: str, *, sentence: str | None = None, **params: object) -> Reason:
    """The sentence of `code` (or of `sentence`, when several codes share one) with its parameters filled in."""
    told = {name: str(value) for name, value in params.items()}
    return Reason(code, told, SENTENCES[sentence or code].format(**told))


def shown(number: Decimal | Fraction | None) -> Plain:
    """A number for people and JSON: whole numbers as int, others to 4 places."""
    if number is None:
        return None
    rounded = number.__round__(4)  # what round() calls; the types of both are known here
    whole = int(rounded)
    return whole if whole == rounded else float(rounded)


def told(amount: Decimal) -> str:
    """An amount in plain notation without superfluous zeros: 18, 16.5."""
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"
