"""Master keys in AWS KMS: boto3, as it is, against moto's server on loopback."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from boto3 import client
from click.testing import CliRunner, Result
from moto.server import ThreadedMotoServer

from companion.cli import companion
from companion.errors import Unavailable
from companion.sealing import kms as kms_module
from companion.sealing import rotating
from companion.sealing.cipher import BrokenSealError
from companion.sealing.data_keys import DataKey
from companion.sealing.kms import KmsKey
from companion.services import build_services
from tests.sealing.kept import set_aside, texts
from tests.world import World

KEY, ABOUT = secrets.token_bytes(32), b"companion data key 00"
REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


class Service:
    """A key management service of this test's own."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._asked: Any = client("kms", region_name=REGION, endpoint_url=endpoint)

    def make(self) -> str:
        """A key's ARN."""
        return str(self._asked.create_key()["KeyMetadata"]["Arn"])

    def alias(self, arn: str) -> str:
        name = f"alias/companion-{secrets.token_hex(4)}"
        self._asked.create_alias(AliasName=name, TargetKeyId=arn)
        return name

    def disable(self, arn: str) -> None:
        self._asked.disable_key(KeyId=arn.rpartition("/")[2])

    def key(self, name: str) -> KmsKey:
        return KmsKey(name, self.endpoint)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def kms(server: str, monkeypatch: pytest.MonkeyPatch) -> Service:
    for name, value in (CREDENTIALS | {"AWS_DEFAULT_REGION": REGION}).items():
        monkeypatch.setenv(name, value)
    return Service(server)


class Terminal:
    """`companion keys` over a world whose master keys are where `moved` says."""

    def __init__(self, world: World, kms: Service) -> None:
        self.world, self.environment, self.endpoint = world, dict(world.environment), kms.endpoint
        self.environment["COMPANION_MASTER_KEY_KMS_ENDPOINT"] = kms.endpoint

    def moved(self, *, to: str = "", older: str = "") -> Result:
        """Everybody's key, after a restart with these settings."""
        self.environment["COMPANION_MASTER_KEY_KMS"], self.environment["COMPANION_MASTER_KEY_KMS_OLDER"] = to, older
        said = {"master_key_kms": to, "master_key_kms_older": older, "master_key_kms_endpoint": self.endpoint}
        self.world.settings = replace(self.world.settings, **said)
        self.world.services = build_services(self.world.settings, self.world.clock)
        self.world.engine = self.world.services.engine
        return CliRunner().invoke(companion, ["keys", "rotate"], env=self.environment, catch_exceptions=False)

    def wraps(self) -> set[str]:
        return {key.master for key in self.world.all(DataKey)}


@pytest.fixture
def terminal(world: World, kms: Service) -> Terminal:
    return Terminal(world, kms)


def test_a_key_is_unwrapped_by_the_service_that_wrapped_it(kms: Service) -> None:
    arn = kms.make()

    wrapped = kms.key(kms.alias(arn)).wrap(KEY, ABOUT)

    assert wrapped.master == arn
    assert KEY not in wrapped.key
    assert kms.key(arn).unwrap(wrapped, ABOUT) == KEY


def test_a_key_wrapped_for_one_does_not_stand_in_for_another(kms: Service) -> None:
    key = kms.key(kms.make())
    wrapped = key.wrap(KEY, ABOUT)

    with pytest.raises(BrokenSealError):
        key.unwrap(wrapped, b"companion data key 01")


def test_a_service_that_does_not_answer_is_told_with_what_to_do(kms: Service) -> None:
    nobody = KmsKey(kms.make(), "http://127.0.0.1:9")

    with pytest.raises(Unavailable, match=r"AWS KMS: does not answer: EndpointConnectionError \(check network"):
        nobody.ids()


@pytest.mark.parametrize("name", ["alias/nobodys", "arn:aws:kms:eu-central-1:123456789012:key/none"])
def test_a_key_that_is_not_there_is_told(kms: Service, name: str) -> None:
    with pytest.raises(Unavailable, match=r"AWS KMS: describe_key was refused: NotFoundException \(check the key"):
        kms.key(name).ids()


def test_everything_moves_from_the_file_into_the_service_and_on_to_another_key(
    terminal: Terminal, kms: Service
) -> None:
    set_aside(terminal.world, "0201")
    first, second = kms.make(), kms.make()

    moved = terminal.moved(to=first)
    in_first = terminal.wraps()
    terminal.world.folder.joinpath("master.key").unlink()
    terminal.moved(to=second, older=first)

    assert re.search(rf"master key {re.escape(first)} wraps \d+ keys anew; the service keeps it", moved.stdout)
    assert (in_first, terminal.wraps()) == ({first}, {second})
    assert texts(terminal.world) == ["0201"]


def test_and_back_into_a_file_of_its_own(terminal: Terminal, kms: Service) -> None:
    set_aside(terminal.world, "0201")
    arn = kms.make()
    terminal.moved(to=arn)
    terminal.world.folder.joinpath("master.key").unlink()

    terminal.moved(older=arn)
    terminal.moved()

    assert all(len(master) == 16 for master in terminal.wraps())
    assert texts(terminal.world) == ["0201"]


def test_a_start_without_its_key_is_refused(terminal: Terminal, kms: Service) -> None:
    set_aside(terminal.world, "0201")
    arn = kms.make()
    terminal.moved(to=arn)
    kms.disable(arn)

    with pytest.raises(Unavailable, match="AWS KMS: the key is Disabled"):
        rotating.check(build_services(terminal.world.settings).engine)


def test_its_client_is_loaded_by_who_asks_it_only() -> None:
    assert not {"boto3", "botocore"} & set(vars(kms_module))
