"""Whether a patient's values of the last fourteen days are where they should be. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from companion.panel.trend import NOTHING, Measure, Period, says_something

LEAST_IN_RANGE, MOST_BELOW = 70, 4
"""Percent of values from 70 to 180 mg/dL, and below 70: International Consensus on Time in Range (2019), made for
sensors; of a meter's values they are a house rule."""
SYSTOLIC_BELOW, DIASTOLIC_BELOW = 135, 85
"""mmHg, mean at home: Chinese guidelines (2024) and European Society of Hypertension (2023)."""


class Control(StrEnum):
    YES = "yes"
    NO = "no"
    TOO_FEW = "too_few"  # measured, but too seldom to say
    UNMEASURED = "unmeasured"


Newest = Mapping[Measure, Period]
"""Each measure over the last fourteen days."""


def glucose_control(newest: Newest) -> Control:
    """At least 70 % in range and less than 4 % below."""
    within, below = newest.get(Measure.IN_RANGE, NOTHING), newest.get(Measure.BELOW, NOTHING)
    if within.figure is None or below.figure is None:
        return Control.UNMEASURED
    if not says_something(Measure.IN_RANGE, within):
        return Control.TOO_FEW
    return Control.YES if within.figure >= LEAST_IN_RANGE and below.figure < MOST_BELOW else Control.NO


def pressure_control(newest: Newest) -> Control:
    """The mean at home below 135/85."""
    systolic, diastolic = newest.get(Measure.SYSTOLIC, NOTHING), newest.get(Measure.DIASTOLIC, NOTHING)
    if systolic.figure is None or diastolic.figure is None:
        return Control.UNMEASURED
    if not says_something(Measure.SYSTOLIC, systolic):
        return Control.TOO_FEW
    is_low_enough = systolic.figure < SYSTOLIC_BELOW and diastolic.figure < DIASTOLIC_BELOW
    return Control.YES if is_low_enough else Control.NO


def control(newest: Newest) -> Control:
    """Of a patient: what is measured has to be in control, each of it."""
    found = {glucose_control(newest), pressure_control(newest)}
    order = (Control.NO, Control.TOO_FEW, Control.YES)
    return next((each for each in order if each in found), Control.UNMEASURED)
