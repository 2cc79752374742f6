"""Points, coupons, and what a patient wrote on boards: tables of an export."""

from collections.abc import Iterator

from sqlalchemy import select

from companion.exporting.rows import Row, found, local, local_and_utc
from companion.exporting.subject import Subject
from companion.programme.board.board_models import BoardName, BoardPost
from companion.programme.board.sealed_words import words_of
from companion.programme.desk.desk_models import Conversation
from companion.programme.desk.lines import lines_of
from companion.programme.guides.models import Guide, GuideRead, GuideVersion
from companion.programme.points.points_models import Account, Coupon, PointTransfer


def points(subject: Subject) -> Iterator[Row]:
    """Every transfer, below zero what went from the patient."""
    query = select(PointTransfer).where(PointTransfer.patient_id == subject.patient.id).order_by(PointTransfer.id)
    for (row,) in found(subject, query):
        sign = 1 if row.to_account == Account.PATIENT else -1
        yield *local_and_utc(row.at, subject), sign * row.points, row.reason


def coupons(subject: Subject) -> Iterator[Row]:
    query = select(Coupon).where(Coupon.patient_id == subject.patient.id).order_by(Coupon.id)
    for (row,) in found(subject, query):
        instants = (local(at, subject) for at in (row.issued_at, row.expires_at, row.used_at))
        yield row.name_en, row.cost, row.code, *instants


def posts(subject: Subject) -> Iterator[Row]:
    """What the patient asked and answered, under which name, and what became of it."""
    own = BoardName.patient_id == BoardPost.author_id, BoardName.board == BoardPost.board
    query = select(BoardPost, BoardName.name).outerjoin(BoardName, own[0] & own[1])
    for row, name in found(subject, query.where(BoardPost.author_id == subject.patient.id).order_by(BoardPost.id)):
        words = words_of(subject.session.connection(), [row])[row.id]
        yield *local_and_utc(row.sent_at, subject), row.board, name, words, row.state, row.why


def guides_read(subject: Subject) -> Iterator[Row]:
    """Which versions of which guides the patient said they read."""
    query = select(GuideRead, Guide.key, GuideVersion.number).join(
        GuideVersion, GuideVersion.id == GuideRead.version_id
    )
    mine = query.join(Guide).where(GuideRead.patient_id == subject.patient.id).order_by(GuideRead.id)
    for row, key, number in found(subject, mine):
        yield *local_and_utc(row.read_at, subject), key, number


def questions(subject: Subject) -> Iterator[Row]:
    """What the patient asked the pharmacist, and what was answered, line by line; as long as it is kept."""
    query = select(Conversation).where(Conversation.patient_id == subject.patient.id).order_by(Conversation.id)
    for (asked,) in found(subject, query):
        about = asked.public_id, asked.subject, asked.channel, asked.state, asked.rating
        for said in lines_of(subject.session, asked):
            line = said.line
            yield *local_and_utc(line.at, subject), *about, line.said_by, said.name, said.words, line.source
