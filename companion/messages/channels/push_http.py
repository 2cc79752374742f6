"""HTTP to addresses that browsers gave us: never to a machine of this house or its neighbourhood, whatever a name
leads to. What is connected to is looked at, not what a name server said a moment ago; nothing was sent by then."""

import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

from companion.messages.public_numbers import is_public


class NotPublicError(NewConnectionError):
    """The name led to a machine that is not on the public internet."""


class _PublicConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if not is_public(connected.getpeername()[0]):
            connected.close()
            raise NotPublicError(self, "not on the public internet")
        return connected


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


def push_session(at_once: int, *, may_be_private: bool) -> Session:
    """Kept connections for so many threads. It follows no redirect: a push service that moves gives another address."""
    session = Session()
    session.trust_env = False  # no proxy, and no password of ours from a netrc file
    session.max_redirects = 0
    adapter = HTTPAdapter if may_be_private else _PublicAdapter
    session.mount("https://", adapter(pool_maxsize=at_once))
    if may_be_private:
        session.mount("http://", HTTPAdapter(pool_maxsize=at_once))
    else:
        del session.adapters["http://"]
    return session
