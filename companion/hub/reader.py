"""Reading one device into the spool: every value on disk as it arrives, and the rest when it is over."""

from zoneinfo import ZoneInfo

from companion.devices.radio.fetch import PATIENCE, Patience, fetch
from companion.devices.radio.link import DeviceError, Found, Radio
from companion.devices.radio.session import CUFF_QUIET_S, Order, Session
from companion.hub import paired, sessions
from companion.hub.bodies import device_body
from companion.hub.clock_jumps import look_at_clock
from companion.hub.machine_clock import MachineClock
from companion.hub.moment import in_frame_of
from companion.hub.paired import PairedDevice
from companion.hub.spool import Spool


class Reader:
    """Reads devices over one radio into one spool."""

    def __init__(
        self,
        spool: Spool,
        radio: Radio,
        clock: MachineClock,
        patience: Patience = PATIENCE,
        quiet_s: float = CUFF_QUIET_S,
    ) -> None:
        """`quiet_s`: a cuff that has sent nothing for so long has sent everything."""
        self._spool = spool
        self._radio = radio
        self._clock = clock
        self._patience = patience
        self._quiet_s = quiet_s

    async def read(self, device: PairedDevice, found: Found, zone: ZoneInfo | None = None) -> Session | None:
        """What is new on the device; None when it could not be reached or did not pair.

        With a zone its clock may be set, where its model allows that: only for who knows what time it is.
        """
        start = self._clock()
        look_at_clock(self._spool, start)
        session_id = sessions.begin(self._spool, device.address, start)
        order = Order(
            # As if nobody set this machine's clock while it goes on.
            now=lambda: in_frame_of(start, self._clock().uptime),
            after=device.mark,
            wall=(lambda: self._clock().wall.astimezone(zone).replace(tzinfo=None)) if zone else None,
            may_empty=device.may_empty,
            keep=lambda payload: sessions.keep(self._spool, session_id, payload),
            quiet_s=self._quiet_s,
        )
        try:
            session = await fetch(self._radio, found, order, self._patience)
        except DeviceError as error:
            sessions.drop(self._spool, session_id)
            paired.note_said(self._spool, device.address, f"{error.what}: {error.advice}")
            return None
        self._end(session_id, device, session)
        return session

    def _end(self, session_id: int, device: PairedDevice, session: Session) -> None:
        if not session.complete and not session.payloads:
            sessions.drop(self._spool, session_id)
        else:
            body = device_body(device, session.identity, session.battery)
            ended = sessions.Ended(
                body, session.identity, session.clock, session.payloads, session.complete, session.mark
            )
            sessions.end(self._spool, session_id, ended)
        paired.note_said(self._spool, device.address, session.sentence)
