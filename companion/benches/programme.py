"""Choosing tips for a hundred thousand patients, and a doctor's work lists of as many."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import ColumnElement, Engine, select

from companion.benches.engines import bench_engine
from companion.benches.figure import Figure, best_rate
from companion.benches.programme_house import furnish
from companion.care.consent import CareLink
from companion.clock import to_ms
from companion.db import reading
from companion.programme.outreach.choosing import A_DAY, A_WEEK, MOST_A_WEEK, REST, due_tips
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tips import Tip
from companion.programme.segments.definitions import Definitions
from companion.programme.segments.keeping import counts, members
from companion.programme.segments.placing import reasons
from companion.programme.segments.shipped import definitions
from companion.programme.traits import Needs

NOW = datetime(2026, 1, 14, 9, tzinfo=UTC)
PATIENTS = 100_000
A_PAGE = 50


def measure(folder: Path) -> list[Figure]:
    """All tips that come with the product against 100,000 patients of whom half asked for them: who gets which, with
    consent, caps, rests and answers looked at; and every work list of a doctor of all of them, counted, with its first
    page and the reason for everybody on it. Beside each the same question in SQL written by hand, straight through
    sqlite3, its rows fetched and nothing made of them; both sides have to find the same."""
    return figures(folder, PATIENTS)


def figures(folder: Path, patients: int) -> list[Figure]:
    """The same for so many patients."""
    click.echo(f"  (preparing {patients:,} patients)", err=True)
    path, known, offered = folder / "programme.db", definitions(), tips()
    engine = bench_engine(f"sqlite:///{path}")
    doctor = furnish(engine, known, offered, patients, NOW)
    bare = sqlite3.connect(path)
    bare.execute("PRAGMA cache_size=-65536")
    found = [_choosing(engine, bare, offered, patients), _lists(engine, bare, known, doctor, patients)]
    bare.close()
    engine.dispose()
    return found


def _choosing(engine: Engine, bare: sqlite3.Connection, offered: tuple[Tip, ...], patients: int) -> Figure:
    found: dict[str, list[tuple[int, int]]] = {}

    def ours(_round: int) -> int:
        with reading(engine) as session:
            found["ours"] = [(each.patient_id, each.place) for each in due_tips(session, offered, NOW, patients)]
        return patients

    def theirs(_round: int) -> int:
        found["bare"] = bare.execute(_choosing_sql(offered)).fetchall()
        return patients

    rates = best_rate(ours), best_rate(theirs)
    assert found["ours"] == found["bare"], "both choose the same"
    name = f"tips chosen for {patients:,} patients ({len(found['ours']):,} get one)"
    return Figure(name, "patients", *rates, "one statement written by hand, by sqlite3", 0.3)


def _choosing_sql(offered: tuple[Tip, ...]) -> str:
    """What somebody would write for these tips on this day."""
    week, day, rest = (to_ms(NOW - span) for span in (A_WEEK, A_DAY, REST))
    parts = []
    for place, tip in enumerate(offered):
        if not tip.is_in_season(NOW.month):
            continue
        said = f"SELECT 1 FROM tip_chosen c WHERE c.patient_id = f.patient_id AND c.subject = '{tip.subject}'"  # noqa: S608
        again = to_ms(NOW - timedelta(days=tip.again_after_days))
        parts.append(
            f"SELECT f.patient_id, {place} AS place, "  # noqa: S608
            f"EXISTS ({said} AND c.answer = 'useful' AND c.answered_at > {rest}) AS liked "
            f"FROM free f WHERE {_met('f.patient_id', tip.needs)} "
            "AND NOT EXISTS (SELECT 1 FROM tip_chosen c WHERE c.patient_id = f.patient_id "
            f"AND c.tip_key = '{tip.key}' AND c.chosen_at > {again}) "
            f"AND NOT EXISTS ({said} AND c.answer = 'not_for_me' AND c.answered_at > {rest})"
        )
    return f"""
        WITH agreed AS (
            SELECT DISTINCT person_id FROM message_consent WHERE is_agreed AND id IN (
                SELECT max(id) FROM message_consent WHERE topic = 'programme' GROUP BY person_id, kind)
        ), free AS (
            SELECT e.patient_id FROM tip_entry e JOIN person p ON p.id = e.patient_id
            WHERE p.left_at IS NULL AND e.patient_id IN agreed
            AND (SELECT count(*) FROM tip_chosen c
                 WHERE c.patient_id = e.patient_id AND c.chosen_at > {week})
              + (SELECT count(*) FROM guide_news g
                 WHERE g.patient_id = e.patient_id AND g.sent_at > {week}) < {MOST_A_WEEK}
            AND NOT EXISTS (SELECT 1 FROM tip_chosen c WHERE c.patient_id = e.patient_id AND c.chosen_at > {day})
            AND NOT EXISTS (SELECT 1 FROM guide_news g WHERE g.patient_id = e.patient_id AND g.sent_at > {day})
        ), candidates AS ({" UNION ALL ".join(parts)})
        SELECT patient_id, place FROM (
            SELECT patient_id, place, row_number() OVER (PARTITION BY patient_id ORDER BY liked DESC, place) AS turn
            FROM candidates) WHERE turn = 1 ORDER BY patient_id
    """  # noqa: S608


def _lists(engine: Engine, bare: sqlite3.Connection, known: Definitions, doctor: int, patients: int) -> Figure:
    found: dict[str, list[tuple[int, list[int]]]] = {}

    def whose(patient_id: Any) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = patient_id.in_(select(CareLink.patient_id).where(CareLink.member_id == doctor))
        return mine

    def ours(_round: int) -> int:
        with reading(engine) as session:
            counted = counts(session, known, whose)
            pages = [members(session, each.needs, whose, skip=0, limit=A_PAGE) for each in known.segments]
            for segment, page in zip(known.segments, pages, strict=True):
                for member in page:
                    reasons(known, segment.key, member.sheet)
            found["ours"] = [
                (counted[segment.key], [member.patient.id for member in page])
                for segment, page in zip(known.segments, pages, strict=True)
            ]
        return len(known.segments)

    def theirs(_round: int) -> int:
        found["bare"] = [_list_by_hand(bare, segment.needs, doctor) for segment in known.segments]
        return len(known.segments)

    rates = best_rate(ours), best_rate(theirs)
    assert found["ours"] == found["bare"], "both lists hold the same"
    name = f"work lists of a doctor of {patients:,} patients, counted, with a page each"
    return Figure(name, "lists", *rates, "two statements a list written by hand, by sqlite3", 0.3)


def _list_by_hand(bare: sqlite3.Connection, needs: Needs, doctor: int) -> tuple[int, list[int]]:
    among = f"""
        FROM patient_sheet s JOIN person p ON p.id = s.patient_id
        WHERE s.patient_id IN (SELECT patient_id FROM patient_trait WHERE trait IN {_in(needs.groups[0])})
        AND {_met("s.patient_id", needs)}
        AND s.patient_id IN (SELECT patient_id FROM care_link WHERE member_id = {doctor})
    """  # noqa: S608
    [(count,)] = bare.execute(f"SELECT count(*) {among}")
    page = bare.execute(f"SELECT p.id, p.name, s.sheet {among} ORDER BY p.name, p.id LIMIT {A_PAGE}")
    return count, [row[0] for row in page.fetchall()]


def _met(patient_id: str, needs: Needs) -> str:
    has = [
        f"EXISTS (SELECT 1 FROM patient_trait t WHERE t.patient_id = {patient_id} AND t.trait IN {_in(group)})"  # noqa: S608
        for group in needs.groups
    ]
    if needs.without:
        without = f"SELECT 1 FROM patient_trait t WHERE t.patient_id = {patient_id} AND t.trait IN {_in(needs.without)}"  # noqa: S608
        has.append(f"NOT EXISTS ({without})")
    return " AND ".join(has)


def _in(traits: frozenset[str]) -> str:
    return f"({', '.join(repr(trait) for trait in sorted(traits))})"
