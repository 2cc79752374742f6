"""What every readings store must do while several write, and when one of them is killed."""

import signal
from concurrent.futures import ThreadPoolExecutor

from companion.readings.opening import open_store
from companion.readings.reading import Metric, Reading
from companion.readings.store import Appended, ReadingStore
from tests.forking import PROCESSES, forked_knowing
from tests.readings.backends import influx_token
from tests.readings.store_builders import everything, glucose
from tests.readings.writers import append_all, die_before_the_commit

knowing = forked_knowing("companion.readings.opening")


def batches(patient: str, first: int = 0) -> list[list[Reading]]:
    """Ten batches of ten, each with half of the one before."""
    return [[glucose(n, n, patient=patient) for n in range(start, start + 10)] for start in range(first, first + 50, 5)]


def expected(patient: str, first: int = 0) -> list[Reading]:
    return [glucose(n, n, patient=patient) for n in range(first, first + 55)]


def told_truly(store: ReadingStore, new: int, really: int) -> bool:
    """Whether that many may be told as new while others write: exactly, or on some engines at the most."""
    return new == really or (new > really and not store.capabilities().counts_exactly)


def test_threads_beside_each_other_lose_nothing(store: ReadingStore) -> None:
    def write(patient: str) -> int:
        return sum(store.append(batch).new for batch in batches(patient))

    with ThreadPoolExecutor(4) as threads:
        new = list(threads.map(write, ["pa_0", "pa_1", "pa_2", "pa_3"]))

    assert all(told_truly(store, each, 55) for each in new)
    assert [everything(store, f"pa_{n}") for n in range(4)] == [expected(f"pa_{n}") for n in range(4)]


def test_threads_that_bring_the_same_double_nothing(store: ReadingStore) -> None:
    def write(_writer: int) -> int:
        return sum(store.append(batch).new for batch in batches("pa_wang"))

    with ThreadPoolExecutor(4) as threads:
        new = sum(threads.map(write, range(4)))

    assert told_truly(store, new, 55)
    assert everything(store) == expected("pa_wang")


def test_processes_beside_each_other_lose_and_double_nothing(store: ReadingStore, readings_url: str) -> None:
    patients = ["pa_wang", "pa_wang", "pa_li"]
    ends = [PROCESSES.Pipe(duplex=False) for _ in patients]
    processes = [
        PROCESSES.Process(target=append_all, args=(readings_url, batches(patient), told))
        for patient, (_, told) in zip(patients, ends, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert everything(store, "pa_wang") == expected("pa_wang")
    assert everything(store, "pa_li") == expected("pa_li")
    assert store.append(expected("pa_wang")) == Appended(0, 55)


def test_a_process_killed_before_the_commit_leaves_a_batch_that_can_be_sent_again(
    store: ReadingStore, readings_url: str
) -> None:
    store.append([glucose()])
    process = PROCESSES.Process(target=die_before_the_commit, args=(readings_url, [glucose(), glucose(1, 2)]))
    process.start()
    process.join(60)

    again = store.append([glucose(), glucose(1, 2)])

    assert process.exitcode == -signal.SIGKILL
    assert again == Appended(1, 1)
    assert everything(store) == [glucose(), glucose(1, 2)]


def test_what_was_acknowledged_before_a_kill_is_there(store: ReadingStore, readings_url: str) -> None:
    heard, told = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=append_all, args=(readings_url, batches("pa_wang") * 200, told))
    process.start()

    new = sum(heard.recv() for _ in range(5))
    process.kill()
    process.join(60)

    assert process.exitcode == -signal.SIGKILL
    assert told_truly(store, new, 30)
    anew = open_store(readings_url, token=influx_token(), must_erase=False)
    assert everything(anew)[:30] == expected("pa_wang")[:30]


def test_an_erasure_beside_writers_leaves_nothing_hidden(store: ReadingStore) -> None:
    def write(_writer: int) -> None:
        for batch in batches("pa_wang"):
            store.append(batch)

    store.append([glucose(patient="pa_li")])

    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, writer) for writer in range(3)]
        erasing = [threads.submit(store.erase_patient, "pa_wang") for _ in range(6)]
        for each in [*writing, *erasing]:
            each.result()
    seen = len(everything(store))
    erased = store.erase_patient("pa_wang")

    assert sum(erased.readings.values()) == seen
    assert everything(store) == []
    assert store.append(expected("pa_wang")) == Appended(55, 0)
    assert everything(store, "pa_li") == [glucose(patient="pa_li")]
    assert store.latest("pa_wang", Metric.GLUCOSE) == expected("pa_wang")[-1:]
