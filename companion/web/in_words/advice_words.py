"""What the protocols' codes are called on the doctor's pages, in the reader's language."""

from decimal import Decimal

from companion.advice.assessing.case import GateResult, Line, Plain, Reason
from companion.advice.assessing.reasons import SENTENCES
from companion.care.tasks import TaskKind
from companion.readings.units import GlucoseUnit
from companion.web.charting.shown_glucose import beside, in_both_units
from companion.web.language import digits
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words, fact_value

GATES: Words = {
    "G01": _l("Doses of the last 14 days"),
    "G02": _l("Pregnancy and breastfeeding"),
    "G03": _l("Age"),
    "G04": _l("Type of diabetes"),
    "G05": _l("Days since the last change"),
    "G06": _l("Severe or unfelt lows"),
    "G07": _l("Lowest glucose of 7 days"),
    "G08": _l("Illness, steroids, procedure, fast"),
    "G09": _l("Urgent event still open"),
    "G10": _l("Device and values unreliable"),
    "G11": _l("Days since the eGFR"),
    "G12": _l("Frailty, from 75 years on"),
    "G13": _l("Medicines not confirmed"),
    "G14": _l("Paused, or consent withdrawn"),
    "G15": _l("Rise within 28 days"),
}
LINES: Words = {
    "mean_fasting_last3": _l("Mean of the last 3 fasting values; goal at most"),
    "fasting_values": _l("Fasting values; needed"),
    "fasting_days": _l("Days with fasting values; needed"),
    "lowest_glucose_7d": _l("Lowest glucose of 7 days; limit"),
    "adherence_14d": _l("Doses taken in 14 days; at least"),
    "dose_per_kg": _l("Dose for the weight; at most"),
    "bedtime_minus_fasting": _l("Bedtime minus fasting; limit"),
    "mean_systolic": _l("Mean systolic pressure at home; goal below"),
    "mean_diastolic": _l("Mean diastolic pressure at home; goal below"),
    "pressure_days": _l("Days with blood pressure; needed"),
    "pressure_readings": _l("Blood pressures that count; needed"),
}
ASKS: Words = {
    "adherence_review": _l("Ask about missed doses"),
    "specialist_referral": _l("Refer to a specialist"),
    "senior_review": _l("Have a senior doctor look"),
    "order_labs": _l("Order laboratory values"),
    "ask_clinician": _l("Note the frailty"),
    "reconcile_meds": _l("Go through the list of medicines"),
    "consider_prandial_or_glp1": _l("Consider mealtime insulin or a GLP-1 receptor agonist"),
    "max_dose_reached": _l("The largest dose is reached"),
    "insufficient_data": _l("More fasting values are needed"),
    "renew_plan": _l("Sign the plan again"),
    "doctor_set_plan": _l("A doctor sets the dose"),
    "hypo_cause_noted": _l("Check the cause noted for a low"),
    "verify_low_reading": _l("Verify a value below 20"),
    "hold_drug": _l("Hold the drug until a doctor decides"),
    "su_review": _l("Is a sulfonylurea still right?"),
    "dosing_time_review": _l("Is the drug taken at the right time of day?"),
    "consider_step_down": _l("A doctor looks at a step down"),
}
INPUTS: Words = {
    "diabetes_type": _l("type of diabetes"),
    "weight_kg": _l("weight"),
    "egfr": _l("eGFR"),
    "max_daily": _l("the most a day"),
    "pregnant": _l("pregnancy"),
    "age": _l("age"),
    "target_high": _l("the goal"),
    "gi_symptoms": _l("stomach or bowel complaints"),
    "eating_poorly": _l("eats poorly"),
    "dehydrated": _l("dehydrated, or a sick day"),
    "contrast_planned": _l("iodinated contrast within 48 hours"),
    "organ_failure": _l("acute heart failure, hypoxia, sepsis, alcohol or liver disease"),
    "oedema": _l("swelling of the legs"),
    "irregular_meals": _l("meals at irregular times"),
    "premix_is_nph": _l("the premix holds NPH insulin"),
    "kidney_values_worse": _l("kidney values got worse since the last change"),
    "renal_artery_stenosis": _l("renal artery stenosis on both sides"),
    "angioedema": _l("angioedema at some time"),
    "potassium_supplement": _l("takes potassium"),
    "target": _l("the goal"),
    "target_low": _l("the goal"),
    "changed_on": _l("since when this dose is taken"),
}
TASKS: Words = {
    TaskKind.ADHERENCE_REVIEW: _l("Ask about missed doses"),
    TaskKind.CALL_ABOUT_DECREASE: _l("Call: the dose was lowered"),
    TaskKind.UNCLEAR_REPLY: _l("A text nobody understood"),
    TaskKind.URGENT_READING: _l("Urgent event"),
    TaskKind.MESSAGE_FAILED: _l("A message did not get through"),
    TaskKind.REFILL_REQUEST: _l("Medicines asked for"),
    TaskKind.PLAN_ENDED: _l("A plan has ended"),
    TaskKind.DOSES_COLLIDE: _l("Two doses of one medicine would come too close together"),
    TaskKind.PAUSE_ASKED: _l("Asks for a medicine to rest"),
    TaskKind.AGAINST_LIMIT: _l("Call: more was taken as needed than allowed"),
    TaskKind.NOT_REACHED: _l("Call: no reminder has arrived for hours"),
    TaskKind.OPTED_OUT: _l("Call: they want no more messages this way"),
    TaskKind.RECORD_CONFLICT: _l("The record system contradicts what is known here"),
    TaskKind.ASK_PATIENT: _l("Ask the patient before anything is changed"),
    TaskKind.REFER: _l("Refer the patient"),
    TaskKind.DOSE_JUMPED: _l("A journey jumped over a dose"),
    TaskKind.TAKEN_UNREAD: _l("Call: a dose was taken before its change was read"),
    TaskKind.TEACH_BACK: _l("Ask by telephone: what is the new dose, and from when?"),
    TaskKind.CALL_ABOUT_WITHDRAWAL: _l("Call: a change was taken back"),
    TaskKind.TOOK_MORE: _l("Call: more was taken than prescribed"),
    TaskKind.CALL_FAMILY: _l("Speak with the family"),
    TaskKind.CARE_REOPENED: _l("Care was taken up again: look at the medicines, and sign plans anew"),
    TaskKind.SHARING_ENDED: _l("The patient shares less: look whether the plan for missed doses still holds"),
    TaskKind.SHARING_ASKED: _l("Asks that somebody else may see their data"),
    TaskKind.LEAVING_ASKED: _l("Call: wants to end the care here"),
    TaskKind.ERASURE_ASKED: _l("Has asked to be erased; the administrator decides"),
    TaskKind.EMERGENCY_ACCESS: _l("Was opened in an emergency by who has no care link; the administrator reviews it"),
    TaskKind.DESK_HANDOVER: _l("A pharmacist hands a question over to you"),
    TaskKind.DATA_REFUSED: _l("Call: does not agree that health data is kept here"),
    TaskKind.RED_ANSWER: _l("An answer in a questionnaire asks for a look"),
    TaskKind.CARE_PLAN_REVIEW: _l("The care plan is to be gone through"),
    TaskKind.CARE_PLAN_STEP: _l("A step of the care plan is late"),
    TaskKind.ALERT_CLOSED: _l("An alert was seen to"),
    TaskKind.CHECKUP: _l("Values of a report wait to be confirmed"),
    TaskKind.ORDER_TROUBLE: _l("Call: an order of medicines did not get through, or is late"),
}
EVENTS: Words = {
    "hypo_l1": _l("glucose below 70 mg/dL"),
    "hypo_l2": _l("glucose below 54 mg/dL"),
    "hypo_l3": _l("a low that needed help"),
    "hyper": _l("glucose of 250 mg/dL or more, twice"),
    "hyper_severe": _l("glucose of 300 mg/dL or more, twice"),
    "bp_emergency": _l("blood pressure above 180/120 with symptoms"),
    "bp_severe": _l("blood pressure of 180/110 or more, twice"),
    "bp_low": _l("low blood pressure"),
    "ketones_watch": _l("ketones of 0.6 mmol/L or more"),
    "ketones_high": _l("ketones above 1.5 mmol/L"),
    "ketones_emergency": _l("ketones above 3 mmol/L"),
    "ill": _l("feels ill"),
    "vomiting": _l("is vomiting"),
    "dizzy": _l("feels dizzy"),
    "fall": _l("had a fall"),
    "symptoms": _l("chest pain, short of breath, weakness or trouble speaking"),
    "desk_swelling": _l("told the desk: swelling of face or tongue, or a rash all over"),
    "desk_too_much": _l("told the desk: took far too much"),
    "desk_bleeding": _l("told the desk: bleeding that does not stop"),
    "desk_self_harm": _l("told the desk: thinks of doing themselves harm"),
    "desk_words": _l("wrote words of an emergency to the desk: call and read"),
    "board_words": _l("words of an emergency in a question to the board"),
}
FOUND: Words = {
    "open_suggestion": _l("a suggestion is open"),
    "unconfirmed_change": _l("a change is not confirmed"),
}


def ask_words(ask: str) -> str:
    """What a protocol asks people for."""
    kind, _colon, name = ask.partition(":")
    if kind == "missing":
        return _("Note: %(name)s", name=str(INPUTS.get(name, name)))
    return str(ASKS.get(ask, ask))


def reason_words(reason: Reason) -> str:
    """Why the outcome is what it is. A sentence the catalogue does not know stays as the assessment said it."""
    sentence = SENTENCES.get(reason.code)
    if sentence is None:
        return reason.text
    params = {name: _(told) if name == "says" else told for name, told in reason.params.items()}
    return _(sentence).format(**params)


def gate_value(gate: GateResult) -> str:
    """What a gate found; the adherence as a share of a hundred, the lowest glucose in both units."""
    if gate.id == "G01":
        return _percent(gate.value)
    value = _number(gate.value)
    return plain(gate.value) if gate.id != "G07" or value is None else in_both_units(value, _number(gate.limit))


def line_value(line: Line) -> str:
    """Means as a device rounds them; the evidence that is kept has their digits."""
    return _in_unit(line.value, line, _number(line.threshold))


def line_threshold(line: Line) -> str:
    return _in_unit(line.threshold, line, None)


def _in_unit(value: Plain, line: Line, limit: Decimal | None) -> str:
    if line.name == "adherence_14d":
        return _percent(value)
    number = _number(value)
    if number is not None and line.unit == GlucoseUnit.MG_DL:
        return in_both_units(number, limit)
    if number is not None and line.unit == "mmHg":
        return f"{beside(number, limit)} mmHg"
    return plain(None) if value is None else f"{plain(value)} {line.unit}".strip()


def _number(value: Plain) -> Decimal | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def _percent(value: Plain) -> str:
    return plain(value) if not isinstance(value, int | float) else f"{round(value * 100)} %"


def plain(value: Plain) -> str:
    """A found value in words."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return digits(round(Decimal(str(value)), 2))
    return str(FOUND.get(value) or fact_value(value))
