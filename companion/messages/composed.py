"""What a message says, whatever its address: the words, and what richer channels show beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy.orm import Session

from companion.care.contact_models import Kind
from companion.messages.channel import Caps
from companion.messages.models import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """Words are wanted for this message, for a channel that can do this and reaches that kind of address."""

    message: Message
    caps: Caps
    kind: Kind


@dataclass(frozen=True, slots=True)
class Composed:
    """A message in its recipient's language. Fields as in `channel.Outgoing`, which is made of it and an address."""

    text: str
    language: str = "en"
    title: str = ""
    spoken: str = ""
    link: str = ""
    asks: bool = False
    topic: str = ""
    is_urgent: bool = False
    """About a critical medicine, a change of a dose, or a value: nothing of it can wait."""
    fields: Mapping[str, str] = field(default_factory=dict)


Compose: TypeAlias = Callable[[Session, Sequence[Asked]], list[Composed | None]]
"""Makes the words of a whole batch at the moment of handing over, in the order asked; None where there is nothing to
tell any more. May write (a one-tap link), so it is called inside a writing transaction."""
