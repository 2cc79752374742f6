"""The panel that assessments are measured over: whole, and of people about whom there is something to say."""

from pathlib import Path
from random import Random

import pytest

from companion.benches.assessments import DAYS, PLANS, Panel, readings_of
from companion.readings.reading import Metric


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    """30 patients of whom 10 were made and 20 copied."""
    folder: Path = tmp_path_factory.mktemp("panel")
    return Panel(folder / "panel.db", size=30, made=10)


@pytest.mark.parametrize("number", range(30))
def test_every_patient_of_the_panel_has_fourteen_days_of_four_readings(panel: Panel, number: int) -> None:
    metric = Metric.BLOOD_PRESSURE if number % 2 else Metric.GLUCOSE

    found = panel.fetch(number, metric)

    assert len(found) == 4 * DAYS
    assert [(each.taken_at, each.value, each.meal) for each in found] == [
        (each.taken_at, each.value, each.meal) for each in readings_of(number % 10)
    ]


@pytest.mark.parametrize("metric", PLANS)
def test_what_is_assessed_reaches_the_rules(panel: Panel, metric: Metric) -> None:
    outcomes = [panel.assess(number, metric) for number in panel.drawn(metric, Random(1))]

    assert {"proposal", "hold"} <= {outcome.outcome for outcome in outcomes}
    assert all(gate.passed for outcome in outcomes for gate in outcome.gates if gate.id != "G07")
