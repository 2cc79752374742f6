"""The glucose figures, against small ones worked out by hand and R iglu's of five people."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from statistics import median

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from companion.cli.metrics import command
from companion.readings.glucose_metrics import Glucose, metrics
from tests.readings.glucose_builders import MIDNIGHT, every, glucose_at

IGLU = Path(__file__).parents[3] / "shared" / "vectors" / "iglu"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

KEYS = [
    "subject", "n", "mean", "sd", "cv", "gmi", "tir_70_180", "tbr_70", "tbr_54", "tar_180", "tar_250", "lbgi", "hbgi",
    "days", "active_percent",
]  # fmt: skip


def every_five_minutes(*mg_dl: float) -> Glucose:
    return every(5, mg_dl)


def test_mean_deviation_and_gmi_are_worked_out_as_by_hand() -> None:
    figures = metrics(every_five_minutes(100, 120, 140))

    assert (figures.n, figures.mean, figures.sd) == (3, 120, 20)
    assert figures.cv == pytest.approx(100 * 20 / 120)
    assert figures.gmi == pytest.approx(3.31 + 0.02392 * 120)


def test_the_ends_of_the_range_are_within_it() -> None:
    figures = metrics(every_five_minutes(53, 54, 69, 70, 180, 181, 250, 251))

    assert figures.tir_70_180 == 25
    assert (figures.tbr_70, figures.tbr_54) == (37.5, 12.5)
    assert (figures.tar_180, figures.tar_250) == (37.5, 12.5)


def test_what_the_device_could_not_measure_counts_in_the_ranges_and_in_no_mean() -> None:
    figures = metrics(replace(every_five_minutes(100, 100), too_low=1, too_high=1))

    assert (figures.n, figures.mean, figures.tir_70_180) == (4, 100, 50)
    assert (figures.tbr_54, figures.tar_250) == (25, 25)


def test_a_gap_of_half_the_time_is_half_inactive() -> None:
    times = [MIDNIGHT + timedelta(minutes=5 * place) for place in [*range(10), *range(20, 30)]]

    assert metrics(glucose_at(times, [100] * 20)).active_percent == pytest.approx(100 * 20 / 30)


def test_one_value_has_no_deviation_and_no_activity() -> None:
    figures = metrics(every_five_minutes(100))

    assert (figures.sd, figures.cv, figures.active_percent, figures.days) == (None, None, None, 0)


def test_nothing_has_no_figures() -> None:
    figures = metrics(Glucose([], []))

    assert set(figures) == {0, None}


@given(st.lists(st.floats(min_value=0.1, max_value=1500), min_size=1, max_size=50))
def test_the_parts_of_the_day_add_up_whatever_the_values(values: list[float]) -> None:
    figures = metrics(every_five_minutes(*values))

    assert figures.tir_70_180 + figures.tbr_70 + figures.tar_180 == pytest.approx(100)
    assert figures.tbr_54 <= figures.tbr_70
    assert figures.tar_250 <= figures.tar_180
    assert figures.lbgi >= 0 <= figures.hbgi


def test_the_figures_of_five_people_agree_with_r_iglu() -> None:
    if not IGLU.exists():
        pytest.skip("../shared is not beside this checkout")
    reference = json.loads((IGLU / "iglu_reference_values.json").read_text())
    names = {"mean": "mean", "SD": "sd", "CV": "cv", "GMI": "gmi", "in_range_70_180": "tir_70_180"}

    result = CliRunner().invoke(command, [str(IGLU / "example_data_5_subject.csv"), "--json"])

    told = {line["subject"]: line for line in map(json.loads, result.output.splitlines())}
    assert list(told["Subject 1"]) == KEYS
    assert {subject: line["n"] for subject, line in told.items()} == reference["n_readings"]
    for theirs, ours in names.items():
        assert {s: line[ours] for s, line in told.items()} == pytest.approx(reference["expected"][theirs], abs=1e-9)
    for theirs, ours in {"LBGI": "lbgi", "HBGI": "hbgi"}.items():
        assert {s: line[ours] for s, line in told.items()} == pytest.approx(reference["expected"][theirs], abs=1e-3)
    active = {subject: line["active_percent"] for subject, line in told.items()}
    assert active == pytest.approx(reference["active_percent"], abs=1e-9)


def test_a_file_without_glucose_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bp.csv"
    file.write_text("date,time,systolic,diastolic,pulse\n2026-03-01,07:00,128,82,60\n")

    result = CliRunner().invoke(command, [str(file), "--json"])

    assert "holds no glucose values" in str(result.exception)


@given(st.lists(st.sampled_from([30_000, 60_000, 299_000, 300_000, 300_001, 900_000]), min_size=1, max_size=30))
def test_the_usual_interval_is_the_median_of_all_gaps_in_whole_minutes(gaps_ms: list[int]) -> None:
    at_ms = list(accumulate(gaps_ms, initial=0))

    usual = Glucose(at_ms, [100.0] * len(at_ms)).usual_interval

    minutes = round(median(gaps_ms) / 60_000)
    assert usual == (timedelta(minutes=minutes) if minutes else None)
