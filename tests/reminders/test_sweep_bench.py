"""The figures of sweeping and planning can be measured: each side does all of its work."""

from datetime import timedelta
from pathlib import Path

from companion.benches import bare_sweep, planning, sweep
from companion.benches.due_doses import due_at_once, to_be_planned
from companion.benches.engines import bench_engine

DOSES = 1_200


def test_the_bare_loop_claims_and_marks_every_row_as_the_sweep_does(tmp_path: Path) -> None:
    for name in ("bare", "ours"):
        due_at_once(bench_engine(f"sqlite:///{tmp_path / name}"), sweep.NOW, DOSES, sweep.MEDICINES)

    bare = bare_sweep.on_sqlite(tmp_path / "bare", sweep.NOW, with_messages=True)

    assert bare == DOSES
    assert sweep._sweep_all(f"sqlite:///{tmp_path / 'ours'}", DOSES) > 0


def test_the_medicines_to_plan_have_three_doses_each(tmp_path: Path) -> None:
    engine = bench_engine(f"sqlite:///{tmp_path / 'planned.db'}")
    to_be_planned(engine, planning.NOW, 5)

    planned = planning.sweep(engine, planning.NOW, timedelta(hours=72)).planned
    _, rows = planning._bare(tmp_path / "bare.db", tmp_path / "planned.db")

    assert planned == 5
    assert len(rows["dose"]) == 15
