"""Choosing tips and asking for work lists find what SQL written by hand finds."""

from pathlib import Path

from companion.benches.programme import figures


def test_both_sides_of_the_benchmark_find_the_same_and_something(tmp_path: Path) -> None:
    choosing, lists = figures(tmp_path, 600)  # it compares them itself

    assert "(120 get one)" in choosing.name
    assert (choosing.target, lists.target) == (0.3, 0.3)
