"""The names a condition may read, each with its kind and its meaning: `docs/protocols.md` lists them. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from companion.advice.assessing.case import FLAGS

Kind = Literal["number", "text", "bool", "series"]


class Nothing:
    """What an empty series or an absent choice gives: nothing was measured, so no comparison with it holds."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing()

Series = tuple[Decimal | Fraction, ...]
"""Values as they were measured; the mean of several of one sitting is a fraction."""

Value = Fraction | str | bool | Series | Nothing | None


class Name(NamedTuple):
    kind: Kind
    means: str


COLLECTED: Mapping[str, str] = {
    "gi_symptoms": "moderate stomach or bowel complaints",
    "oedema": "moderate swelling of the legs",
    "eating_poorly": "eats poorly or irregularly",
    "irregular_meals": "meals at irregular times",
    "dehydrated": "dehydrated, or a sick day",
    "contrast_planned": "iodinated contrast within 48 hours",
    "organ_failure": "acute heart failure, hypoxia, sepsis, alcohol or liver disease",
    "premix_is_nph": "the premix holds NPH insulin",
    "low_after_meal": "a low after the meal this injection is for",
    "counts_carbohydrates": "doses mealtime insulin by carbohydrates or a correction scale",
    "kidney_values_worse": "eGFR fell by 25 % or creatinine rose by 30 % since the last change",
    "renal_artery_stenosis": "renal artery stenosis on both sides",
    "angioedema": "angioedema at any time",
    "potassium_supplement": "takes potassium",
}
"""What no field of a case carries. `companion assess` takes it as false; the service asks, and null holds."""

VOCABULARY: Mapping[str, Name] = {
    "dose": Name("number", "the amount of one intake"),
    "dose_day": Name("number", "the amount of a day: of one intake, times the intakes"),
    "times_per_day": Name("number", "intakes a day"),
    "days_since_change": Name("number", "local days since the present amount took effect"),
    "on_premix": Name("bool", "takes a premixed insulin"),
    "takes_sulfonylurea": Name("bool", "takes a sulfonylurea"),
    "takes_acei_and_arb": Name("bool", "takes an ACE inhibitor and an ARB together"),
    "takes_mra": Name("bool", "takes a mineralocorticoid antagonist"),
    "pressure_drugs": Name("number", "how many drugs for blood pressure are taken"),
    "age": Name("number", "years"),
    "weight_kg": Name("number", "kg"),
    "diabetes_type": Name("text", "type1, type2, …"),
    "pregnant": Name("bool", "is pregnant"),
    "egfr": Name("number", "mL/min/1.73 m²"),
    "potassium": Name("number", "mmol/L"),
    "potassium_age_days": Name("number", "local days since the potassium"),
    "sodium": Name("number", "mmol/L; no case carries it yet"),
    "target_low": Name("number", "mg/dL, of the plan"),
    "target_high": Name("number", "mg/dL, of the plan"),
    "targets_profile": Name("text", "a key of the targets, of the plan"),
    "target_systolic": Name("number", "mmHg, of the plan"),
    "target_diastolic": Name("number", "mmHg, of the plan"),
    "fasting_7d": Name("series", "labelled fasting, one value a sitting, without HI and LO"),
    "fasting_14d": Name("series", "the same over 14 days"),
    "fasting_events_7d": Name("series", "the same over 7 days, with LO as 20 and HI as 600"),
    "bedtime_7d": Name("series", "labelled bedtime, one value a sitting, without HI and LO"),
    "after_meal_7d": Name("series", "labelled after a meal, one value a sitting, without HI and LO"),
    "guiding_4d": Name("series", "before the meal that guides this injection (two_injections), without HI and LO"),
    "events_7d": Name("series", "every glucose value, LO as 20 and HI as 600"),
    "events_since_change_7d": Name("series", "the same, on or after the local day of the last change"),
    "events_since_change_14d": Name("series", "the same over 14 days"),
    "unexplained_since_change_7d": Name("series", "those of 7 days without a noted cause"),
    "systolic_14d": Name("series", "home blood pressure that counts, mmHg; the first day left out while new to it"),
    "diastolic_14d": Name("series", "the same, diastolic"),
    "morning_systolic_14d": Name("series", "the same, before 12:00"),
    "morning_diastolic_14d": Name("series", "the same, diastolic, before 12:00"),
    "evening_systolic_14d": Name("series", "the same, from 12:00 on"),
    "evening_diastolic_14d": Name("series", "the same, diastolic, from 12:00 on"),
    "systolic_events_14d": Name("series", "every plausible systolic value"),
    "days_above": Name("number", "share of the days of systolic_14d with a mean at or above the target"),
    "systolic_before": Name("series", "of the 14 days before, where they reach the minimum"),
    "diastolic_before": Name("series", "the same, diastolic"),
    "days_above_before": Name("number", "days_above of the 14 days before"),
    **{flag: Name("bool", "a flag of the case") for flag in sorted(FLAGS)},
    **{name: Name("bool", f"collected: {means}") for name, means in COLLECTED.items()},
}
