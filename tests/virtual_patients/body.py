"""Glucose of virtual adults under basal insulin: the equations of Dalla Man, Rizza and Cobelli (UVA/Padova, 2007), with
the ten adults of simglucose (adults.csv, under the licence beside it).

Many people are reckoned at once, a column each. Nobody eats here: a basal dose is judged by fasting values. State rows
are named as in the published equations: glucose in plasma and tissue (mg/kg), insulin in plasma and liver (pmol/kg),
its delayed actions, and insulin under the skin (pmol/kg).
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Columns = npt.NDArray[np.float64]

ADULTS = Path(__file__).parent / "adults.csv"
STEP_MIN = 2.0
"""The fastest rate here, of insulin between plasma and liver, is 1.1 a minute: a Runge-Kutta
step of order 4 stays stable up to 2.4 minutes then."""
PMOL_PER_UNIT = 6000.0
GLUCOSE, TISSUE, PLASMA, ACTION, DELAY_1, DELAY_2, LIVER, SKIN_1, SKIN_2 = range(9)


@dataclass(frozen=True)
class Adults:
    """Parameters, an array a name, a column a person. They make no insulin of their own: the hardest case for lows."""

    values: dict[str, Columns]

    def __getattr__(self, name: str) -> Columns:
        return self.values[name]

    @property
    def need_u_day(self) -> Columns:
        """Basal insulin that holds the usual glucose (`Gb`, about 140 mg/dL), in units a day."""
        return np.asarray(self.u2ss * self.BW / PMOL_PER_UNIT * 1440)

    def start(self) -> Columns:
        """Everybody at their usual glucose."""
        names = ("x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12")
        return np.array([self.values[name] for name in names])


def adults(copies: int) -> Adults:
    """Each of the ten so many times, one after another."""
    with ADULTS.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    names = [name for name in people[0] if name != "name"]
    return Adults({name: np.tile([float(each[name]) for each in people], copies) for name in names})


def plasma_mg_dl(people: Adults, state: Columns) -> Columns:
    return np.asarray(state[GLUCOSE] / people.Vg)


def live(people: Adults, state: Columns, units_a_day: Columns, minutes: int) -> tuple[Columns, Columns]:
    """So many minutes under an even flow of insulin; the state then, and the lowest plasma glucose on the way."""
    flow = units_a_day / 1440 * PMOL_PER_UNIT / people.BW
    lowest = plasma_mg_dl(people, state)
    for _step in range(int(minutes / STEP_MIN)):
        state = _runge_kutta(people, state, flow)
        lowest = np.minimum(lowest, plasma_mg_dl(people, state))
    return state, lowest


def _runge_kutta(people: Adults, x: Columns, flow: Columns) -> Columns:
    a = _change(people, x, flow)
    b = _change(people, x + a * (STEP_MIN / 2), flow)
    c = _change(people, x + b * (STEP_MIN / 2), flow)
    d = _change(people, x + c * STEP_MIN, flow)
    return np.asarray(np.maximum(x + (a + 2 * b + 2 * c + d) * (STEP_MIN / 6), _LEAST))


_LEAST = np.array([0, 0, 0, -np.inf, -np.inf, -np.inf, 0, 0, 0])[:, None]
"""Amounts are never below nothing; what insulin does may be."""


def _change(p: Adults, x: Columns, flow: Columns) -> Columns:
    """A minute's change of every row."""
    insulin = x[PLASMA] / p.Vi
    made = np.maximum(p.kp1 - p.kp2 * x[GLUCOSE] - p.kp3 * x[DELAY_2], 0)
    lost = p.ke1 * np.maximum(x[GLUCOSE] - p.ke2, 0)
    used = (p.Vm0 + p.Vmx * x[ACTION]) * x[TISSUE] / (p.Km0 + x[TISSUE])
    return np.array(
        [
            made - p.Fsnc - lost - p.k1 * x[GLUCOSE] + p.k2 * x[TISSUE],
            p.k1 * x[GLUCOSE] - p.k2 * x[TISSUE] - used,
            p.m1 * x[LIVER] - (p.m2 + p.m4) * x[PLASMA] + p.ka1 * x[SKIN_1] + p.ka2 * x[SKIN_2],
            p.p2u * (insulin - p.Ib - x[ACTION]),
            p.ki * (insulin - x[DELAY_1]),
            p.ki * (x[DELAY_1] - x[DELAY_2]),
            p.m2 * x[PLASMA] - (p.m1 + p.m30) * x[LIVER],
            flow - (p.ka1 + p.kd) * x[SKIN_1],
            p.kd * x[SKIN_1] - p.ka2 * x[SKIN_2],
        ]
    )
