"""What the names in the database are called on a page, in the reader's language."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString

from companion.care.consent import Scope
from companion.care.facts import FactKind, Source
from companion.care.people import Role
from companion.reminders.schedules.plain_words import dose, unit_of
from companion.web.language import gettext as _
from companion.web.language import language
from companion.web.language import lazy_gettext as _l

Words = dict[str, LazyString]
Choice = tuple[str, object]

ROLES: Words = {
    Role.PATIENT: _l("patient"),
    Role.CLINICIAN: _l("doctor or nurse"),
    Role.CAREGIVER: _l("caregiver"),
    Role.PHARMACIST: _l("pharmacist"),
    Role.ADMIN: _l("administrator"),
}
SCOPES: Words = {
    Scope.CARE: _l("care: everything"),
    Scope.MISSED_DOSES: _l("missed doses"),
    Scope.READINGS: _l("readings"),
    Scope.MEDICINES: _l("how medicines are taken, and packs"),
}
SEXES: Words = {"female": _l("female"), "male": _l("male"), "other": _l("other")}
DRUG_CLASSES: Words = {
    "basal_insulin": _l("basal insulin"),
    "rapid_insulin": _l("rapid-acting insulin"),
    "premix_insulin_bid": _l("premixed insulin, twice a day"),
    "metformin": _l("metformin"),
    "sulfonylurea": _l("sulfonylurea"),
    "sglt2i": _l("SGLT2 inhibitor"),
    "dpp4i": _l("DPP-4 inhibitor"),
    "glp1ra": _l("GLP-1 receptor agonist"),
    "acei": _l("ACE inhibitor"),
    "arb": _l("angiotensin receptor blocker"),
    "dhp_ccb": _l("calcium channel blocker (dihydropyridine)"),
    "thiazide": _l("thiazide"),
    "thiazide_like": _l("thiazide-like diuretic"),
    "beta_blocker": _l("beta blocker"),
    "mra": _l("mineralocorticoid receptor antagonist"),
    "alpha_blocker": _l("alpha blocker"),
    "statin": _l("statin"),
    "other": _l("another class"),
}
UNITS: Words = {
    "U": _l("U"),
    "mg": _l("mg"),
    "tablet": _l("tablet"),
    "ml": _l("ml"),
    "puff": _l("puff"),
    "drop": _l("drop"),
}
UNITS_SAID: Words = UNITS | {
    "U": _l("units"),
    "tablet": _l("tablets"),
    "puff": _l("puffs"),
    "drop": _l("drops"),
}
"""Of several, for patients and families: "U" is for doctors."""
FOOD: Words = {
    "": _l("with or without food"),
    "before": _l("before a meal"),
    "with": _l("with a meal"),
    "after": _l("after a meal"),
}
DAYS: Words = {
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
    "sun": _l("Sunday"),
}
FACTS: Words = {
    FactKind.DIABETES_TYPE: _l("Type of diabetes"),
    FactKind.PREGNANT: _l("Pregnant"),
    FactKind.WEIGHT_KG: _l("Weight (kg)"),
    FactKind.EGFR: _l("eGFR (mL/min/1.73 m²)"),
    FactKind.POTASSIUM: _l("Potassium (mmol/L)"),
    FactKind.HBA1C: _l("HbA1c (%)"),
    FactKind.CREATININE: _l("Creatinine (µmol/L)"),
    FactKind.ALT: _l("ALT (U/L)"),
    FactKind.FRAILTY: _l("Frailty"),
    FactKind.CONDITION: _l("Condition"),
    FactKind.ALLERGY: _l("Allergy"),
    FactKind.DRUG_LIST_CONFIRMED: _l("List of medicines confirmed"),
}
FACT_SOURCES: Words = {
    Source.LAB: _l("laboratory"),
    Source.LETTER: _l("a doctor's letter"),
    Source.CLINIC: _l("measured or asked here"),
    Source.PATIENT: _l("the patient says so"),
}
FACT_VALUES: Words = {
    "type1": _l("type 1"),
    "type2": _l("type 2"),
    "lada": _l("LADA"),
    "pancreatogenic": _l("pancreatogenic"),
    "gestational": _l("gestational"),
    "unknown": _l("not known"),
    "none": _l("none"),
    "yes": _l("yes"),
    "no": _l("no"),
    "fit": _l("fit"),
    "complex": _l("complex"),
    "poor": _l("poor"),
    "present": _l("present"),
    "over": _l("over"),
}
CONDITIONS: Words = {
    "breastfeeding": _l("breastfeeding"),
    "trying_to_conceive": _l("trying to conceive"),
    "severe_hypo_ever_90d": _l("a severe low within 90 days"),
    "hypo_unawareness": _l("does not feel lows"),
    "acute_illness": _l("acute illness"),
    "vomiting": _l("vomiting"),
    "steroid_course": _l("a course of steroids"),
    "peri_procedure": _l("around a procedure"),
    "hospital_stay_14d": _l("in hospital within 14 days"),
    "ramadan_fast": _l("fasting (Ramadan)"),
    "doctor_paused_automation": _l("suggestions paused by the doctor"),
    "patient_withdrew_consent": _l("consent withdrawn"),
    "hypo_l3": _l("a low that needed help, within 7 days"),
    "dialysis": _l("dialysis"),
    "postural_hypotension": _l("postural hypotension"),
    "af_unconfirmed": _l("suspected atrial fibrillation"),
    "stroke_acs_90d": _l("stroke or coronary event within 90 days"),
    "orthostatic_symptoms": _l("dizzy on standing up"),
    "device_unvalidated": _l("device not validated"),
    "cuffless": _l("cuffless device"),
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
    "hypertension": _l("high blood pressure"),
}
LIMITS: Words = {
    "step": _l("largest step"),
    "step_percent": _l("largest step, of the dose"),
    "per_kg": _l("most a day for the weight"),
    "daily": _l("most a day"),
}
EVIDENCE: Words = {
    "stored": _l("read in the source"),
    "secondary": _l("from a secondary page: check it"),
    "memory": _l("unverified: check it first"),
    "product": _l("our own safety choice"),
}
ACTIONS: Words = {
    "increase": _l("increase"),
    "decrease": _l("decrease"),
    "none": _l("no change"),
    "ask": _l("ask the doctor"),
}
OUTCOMES: Words = {
    "proposal": _l("a change is proposed"),
    "hold": _l("nothing is proposed"),
    "urgent": _l("urgent"),
}


def choices(words: Words, *, empty: object = None) -> list[Choice]:
    """The words as choices of a field; `empty` adds one that chooses nothing."""
    first: list[Choice] = [] if empty is None else [("", empty)]
    return first + [(str(name), said) for name, said in words.items()]


def named(names: Iterable[str], words: Words) -> list[Choice]:
    """Those names as choices of a field."""
    return [(name, words[name]) for name in names]


def amount_said(amount: Decimal, unit: str) -> str:
    """ "16 units", "1 tablet", for patients and families."""
    return dose(language(), amount, unit)


def unit_said(amount: Decimal, unit: str) -> str:
    """The unit of that amount, where it stands apart from the number."""
    return unit_of(language(), amount, unit)


def fact_value(value: str) -> str:
    """A fact's value: a word, or the number itself."""
    return str(FACT_VALUES.get(value, value))


def rule_words(rule: dict[str, Any]) -> str:
    """A timetable rule in words; kinds that the editor does not write keep their technical form."""
    times = ", ".join(rule.get("times", ()))
    if rule["kind"] == "daily":
        return _("every day at %(times)s", times=times)
    if rule["kind"] == "weekdays":
        days = ", ".join(str(DAYS[day]) for day in rule["days"])
        return _("on %(days)s at %(times)s", days=days, times=times)
    return ", ".join(f"{key}: {value}" for key, value in rule.items())
