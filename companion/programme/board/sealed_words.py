"""What posts say, sealed under their authors' keys."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from companion.programme.board.board_models import BoardPost
from companion.sealing.columns import SealedColumn, opened, sealer

POST = SealedColumn("board_post", "body", whose="author_id", row="public_id", left="")
"""There is no plain column: nothing was ever kept in the clear."""


def sealed(connection: Connection, author_id: int, public_id: str, words: str, now: datetime) -> bytes:
    """Raises as `KeyRing.to_seal` does."""
    return sealer(connection, POST, author_id, now)(public_id, words)


def words_of(connection: Connection, posts: Iterable[BoardPost]) -> dict[int, str]:
    """By id; "" for a post that was emptied. Raises BrokenSealError, and Unavailable without the master key."""
    posts = list(posts)
    kept = [post for post in posts if post.sealed is not None]
    words = (value.decode() for value in opened(connection, POST, kept))
    return dict.fromkeys((post.id for post in posts), "") | {
        post.id: text for post, text in zip(kept, words, strict=True)
    }
