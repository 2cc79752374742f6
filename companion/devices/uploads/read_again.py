"""Rows that are read again each time somebody goes through them."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from companion.devices.uploads.report import UploadedReading


class ReadAgain(Sequence[UploadedReading]):
    """The readings of a file: how many there are is known, and they are gone through from the first on."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @abstractmethod
    def __iter__(self) -> Iterator[UploadedReading]: ...

    @overload
    def __getitem__(self, place: int) -> UploadedReading: ...
    @overload
    def __getitem__(self, place: slice) -> list[UploadedReading]: ...
    def __getitem__(self, place: int | slice) -> UploadedReading | list[UploadedReading]:
        """Goes through the readings up to that place."""
        if isinstance(place, slice):
            return list(islice(self, *place.indices(self._count)))
        return next(islice(self, range(self._count)[place], None))
