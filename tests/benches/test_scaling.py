"""The page about scaling: nobody typed its figures."""

from pathlib import Path

import pytest

from companion.benches.scaling import SIZES, Assumed, Range, put_into, read_rates, tables

DOCS = Path(__file__).parents[2] / "docs"
RATES = {
    "a reading, SQLite": 100.0,
    "a reading, PostgreSQL": 200.0,
    "a reading, InfluxDB": 50.0,
    "readings by day, SQLite": 10_000.0,
    "a reading's identity, SQLite": 40.0,
    "a reading's identity, PostgreSQL": 100.0,
    "a dose, SQLite": 200.0,
    "a dose, PostgreSQL": 500.0,
    "doses swept, SQLite": 1_000.0,
    "doses swept, PostgreSQL": 500.0,
    "a message, SQLite": 400.0,
    "a message, PostgreSQL": 1_000.0,
    "messages handed over, SQLite": 100.0,
    "messages handed over, PostgreSQL": 20.0,
}
PLAIN = Assumed(
    meter_a_day=4,
    pressure_a_day=0,
    sensor_a_day=100,
    sensor_share=0.01,
    doses_a_day=4,
    messages_a_day=4,
    kept_years=2,
    at_once_share=0.25,
    provider_s=0.15,
    patience_s=100,
    busiest_hour=0.5,
    disk=Range(1, 2),
    text=Range(0.01, 0.1),
)
"""Five readings a day, four doses and messages, of which one at eight."""


def row(made: str, name: str) -> list[str]:
    """The cells of the row with that name."""
    (line,) = [line for line in made.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def test_the_page_holds_what_the_measured_figures_give() -> None:
    rates = read_rates((DOCS / "benchmarks.md").read_text("utf-8"))
    page = (DOCS / "scaling.md").read_text("utf-8")

    made = put_into(page, tables(rates, Assumed()))

    assert page == made, "run `python -m companion.benches.scaling docs/benchmarks.md docs/scaling.md`"


def test_every_size_that_was_asked_for_is_there() -> None:
    assert SIZES == (1_000, 100_000, 1_000_000)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("readings a day", "5,000"),
        ("readings, SQLite, GB", "0.36"),  # 1,000 x 5 x 730 days x 100 B = 0.365 GB
        ("readings, InfluxDB, GB", "0.18"),
        ("identities of readings, PostgreSQL, GB", "0.36"),
        ("doses and messages, SQLite, GB", "1.8"),  # 1,000 x 730 x (4 x 200 + 4 x 400) B = 1.752 GB
        ("08:00 swept, PostgreSQL, s", "2"),  # 1,000 doses at 500 a second
        ("values one by one in the busiest hour, a second", "0.56"),  # 4,000 x 0.5 / 3600
        ("jobs processes for 08:00, PostgreSQL", "2"),  # 1,000 texts x 0.2 s = 200 s, in 100 s
        ("SMS a month", "1,200 to 12,000"),  # 1,000 x 4 x 30.4 x 0.01 and 0.1
    ],
)
def test_needs_are_worked_out_from_rates_and_assumptions(name: str, first: str) -> None:
    made = tables(RATES, PLAIN)

    assert row(made, name)[0] == first


def test_ten_times_the_patients_need_ten_times_the_room() -> None:
    few, many = (float(cell.replace(",", "")) for cell in row(tables(RATES, PLAIN), "readings, SQLite, GB")[1:])

    assert many / few == pytest.approx(10, rel=0.05)


def test_what_was_not_measured_stays_empty() -> None:
    assert row(tables(RATES, PLAIN), "readings by day") == ["10,000/s", "", ""]


def test_figures_are_read_from_their_own_section_only() -> None:
    page = (
        "# Benchmarks\n\n## other\n\n| a reading, SQLite (on disk); baseline: x | 1 B | 2 B | 0.5 | none |  |\n"
        "\n## growth\n\nWords.\n\n| what | ours |\n|---|--:|\n"
        "| a reading, SQLite (on disk); baseline: y | 1,234 B | 2 B | 0.5 | none |  |\n\n## last\n\n"
        "| a dose, SQLite (on disk); baseline: x | 9 B | 2 B | 0.5 | none |  |\n"
    )

    assert read_rates(page) == {"a reading, SQLite": 1234.0}
