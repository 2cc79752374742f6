"""Which channel carries what kind of address, on this installation."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from companion.care.contact_models import Kind
from companion.messages.channel import Channel, Choosy
from companion.messages.lanes import Lanes


@dataclass(frozen=True)
class WaysOut:
    """The channels that are set up, by the kind of address they reach."""

    by_kind: Mapping[Kind, Channel]
    lanes: Lanes = field(default_factory=Lanes, repr=False, compare=False)
    """The threads they send on."""

    @property
    def kinds(self) -> Set[str]:
        """The kinds of address that can be reached."""
        return self.by_kind.keys()

    def of(self, kind: Kind) -> Channel | None:
        """None where nobody set that channel up."""
        return self.by_kind.get(kind)

    def check(self, kind: Kind, address: str) -> None:
        """Raises BadInput for an address that its channel here would never send to. To be asked before it is kept."""
        channel: object = self.of(kind)
        if isinstance(channel, Choosy):
            channel.check(address)

    def named(self, name: str) -> Channel | None:
        """The channel of that name, as deliveries remember it."""
        return next((channel for channel in self if channel.name == name), None)

    def __iter__(self) -> Iterator[Channel]:
        """Each channel once."""
        return iter({channel.name: channel for channel in self.by_kind.values()}.values())
