"""Acts, looks, batches, anchors, new keys and everything somebody with the database can do, in any order: nothing is
called whole that was touched, and nothing is called broken that was not."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from companion.care.anchor import Anchor, public_key_of
from companion.care.anchors import anchor_of
from companion.care.audit import note, use_keys
from companion.care.audit_check import Report, check
from companion.care.audit_keys import KeyRing
from companion.care.read_log import hash_reads, note_reads
from companion.db import Base, make_engine, reading, writing

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SIGNER = Ed25519PrivateKey.generate()
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
DETAILS = st.dictionaries(
    st.sampled_from(["kind", "amount", "n"]), st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.lists(TEXT))
)
CHANGES_OF_A_LOOK = ("DELETE FROM read_log", "UPDATE read_log SET who = 'x'")


class Audit(RuleBasedStateMachine):
    """What there is, counted beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.keys = KeyRing(Path(self.folder.name) / "audit.key")
        self.engine = make_engine(f"sqlite:///{self.folder.name}/a.db")
        event.listen(self.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        use_keys(self.engine, self.keys)
        names = ("audit_entry", "audit_anchor", "read_log")
        Base.metadata.create_all(self.engine, tables=[Base.metadata.tables[name] for name in names])
        self.anchors: list[Anchor] = []
        self.entries = self.reads = self.hashed = 0

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    @rule(actor=TEXT, action=TEXT, patient=st.one_of(st.none(), TEXT), details=DETAILS)
    def act(self, actor: str, action: str, patient: str | None, details: dict[str, object]) -> None:
        with writing(self.engine) as session:
            note(session, actor=actor, action=action, now=NOW, patient=patient, **details)
        self.entries += 1

    @rule(actor=TEXT)
    def act_that_is_rolled_back(self, actor: str) -> None:
        with writing(self.engine) as session:
            note(session, actor=actor, action="x", now=NOW)
            session.rollback()

    @rule(patients=st.lists(TEXT, max_size=3, unique=True))
    def look(self, patients: list[str]) -> None:
        note_reads(self.engine, who="cl", patients=patients, kind="k", route="r", now=NOW)
        self.reads += len(patients)

    @rule()
    def hash(self) -> None:
        assert hash_reads(self.engine, NOW) == self.reads - self.hashed
        self.entries += self.reads > self.hashed
        self.hashed = self.reads

    @rule()
    def renew_the_key(self) -> None:
        self.keys.add()

    @rule()
    def restart(self) -> None:
        self.keys = KeyRing(Path(self.folder.name) / "audit.key")
        use_keys(self.engine, self.keys)

    @rule()
    def publish_an_anchor(self) -> None:
        with writing(self.engine) as session:
            anchor = anchor_of(session, SIGNER, NOW)
        assert (anchor is None) == (self.entries == 0)
        self.anchors += [anchor] if anchor else []

    @invariant()
    def nobody_touched_it_and_it_is_whole(self) -> None:
        with reading(self.engine) as session:
            report = self.report(session)
        assert (report.entries, report.reads, report.unhashed) == (self.entries, self.hashed, self.reads - self.hashed)
        assert report.faults == []

    @precondition(lambda self: self.entries > 0)
    @rule(
        place=st.integers(min_value=0),
        column=st.sampled_from(["at", "actor", "action", "patient", "details", "previous_hash", "hash", "key_id"]),
    )
    def somebody_changes_an_entry(self, place: int, column: str) -> None:
        number = place % self.entries + 1
        self.finds(number, f"UPDATE audit_entry SET {column} = {self.other(column)} WHERE id = {number}")

    @precondition(lambda self: self.entries > 1)
    @rule(place=st.integers(min_value=0))
    def somebody_takes_an_entry_out(self, place: int) -> None:
        number = place % (self.entries - 1) + 1
        is_anchored = any(anchor.entry == number for anchor in self.anchors)
        self.finds(number if is_anchored else number + 1, f"DELETE FROM audit_entry WHERE id = {number}")

    @precondition(lambda self: self.anchors and self.anchors[-1].entry == self.entries)
    @rule(cut=st.integers(min_value=0))
    def somebody_cuts_off_an_anchored_end(self, cut: int) -> None:
        number = cut % self.entries + 1
        self.finds(number, f"DELETE FROM audit_entry WHERE id >= {number}")

    @precondition(lambda self: self.hashed > 0)
    @rule(
        place=st.integers(min_value=0), how=st.sampled_from(["DELETE FROM read_log", "UPDATE read_log SET who = 'x'"])
    )
    def somebody_changes_a_look(self, place: int, how: str) -> None:
        number = place % self.hashed + 1
        self.finds(None, f"{how} WHERE id = {number}")

    def other(self, column: str) -> str:
        """Never what is there."""
        return "at + 1" if column == "at" else f"COALESCE({column}, '') || 'x'"

    def finds(self, entry: int | None, statement: str) -> None:
        """What is done is found at that entry (None: at some), and undone again."""
        with self.engine.connect() as connection:
            connection.execute(text(statement))
            first = self.report(Session(connection)).first
            connection.rollback()
        assert first is not None
        assert entry in (None, first.entry)

    def report(self, session: Session) -> Report:
        return check(session, [("elsewhere", anchor) for anchor in self.anchors], {public_key_of(SIGNER)})


TestAudit = Audit.TestCase
TestAudit.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
