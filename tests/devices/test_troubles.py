"""One sentence for the person at the device, whatever went wrong."""

import pytest

from companion.devices.radio.troubles import Anomaly, Trouble, sentence


def anomalies(*troubles: Trouble) -> list[Anomaly]:
    return [Anomaly(trouble, "in detail") for trouble in troubles]


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("complete", [True, False])
def test_every_trouble_has_one_short_sentence_in_plain_words(trouble: Trouble, complete: bool) -> None:
    told = sentence(anomalies(trouble), complete=complete)

    assert told.endswith(".")
    assert told.count(".") == 1
    assert len(told) < 110
    assert "in detail" not in told


def test_when_all_is_well_nothing_is_said() -> None:
    assert sentence([], complete=True) == ""


def test_of_several_troubles_the_gravest_is_told() -> None:
    told = sentence(anomalies(Trouble.REPEATED, Trouble.LINK_LOST, Trouble.MISSING), complete=False)

    assert "more records than it sent" in told


def test_what_was_overcome_is_told_as_overcome() -> None:
    told = sentence(anomalies(Trouble.SILENT, Trouble.LINK_LOST), complete=True)

    assert told == "All was read, although the connection had some trouble; there is nothing to do."
