"""Both sides: one plain redis-server, and Slotway before a cluster of three masters and three replicas."""
import os

import pytest

from differential.catalogue import read_catalogue
from differential.judge import Judge
from differential.known import Known
from differential.wire import Error, Peer

# To replay a run: its seed is in the last lines of the output. More rounds, more requests for each command.
SEED = os.environ.get("SLOTWAY_DIFFERENTIAL_SEED", "7")
ROUNDS = int(os.environ.get("SLOTWAY_DIFFERENTIAL_ROUNDS", "1"))
_judges = []


def pytest_terminal_summary(terminalreporter):
    if _judges:
        compared, listed = sum(judge.compared for judge in _judges), sum(judge.listed for judge in _judges)
        terminalreporter.write_line(f"differential: {compared} replies compared, {listed} differed as COMMANDS.md lists; "
                                    f"SLOTWAY_DIFFERENTIAL_SEED={SEED} SLOTWAY_DIFFERENTIAL_ROUNDS={ROUNDS}")


@pytest.fixture
def seed():
    return SEED


@pytest.fixture
def rounds():
    return ROUNDS


@pytest.fixture(scope="session")
def catalogue(plain_server):
    with Peer(plain_server.port) as peer:
        return read_catalogue(peer)


@pytest.fixture(scope="session")
def commands(catalogue):
    """Name -> what the plain server says of the command."""
    return catalogue[0]


@pytest.fixture(scope="session")
def known():
    return Known()


@pytest.fixture
def judge(proxy, plain_server, catalogue, known):
    """judge(protocol=2) compares on two fresh connections."""
    peers = []

    def connect(protocol=2):
        pair = [Peer(plain_server.port), Peer(proxy.port)]
        peers.extend(pair)
        if protocol != 2:
            for peer in pair:
                if isinstance(peer.ask("HELLO", protocol), Error):
                    pytest.skip("HELLO 3 is refused")
        _judges.append(Judge(*pair, *catalogue, known))
        return _judges[-1]

    plain_server.call("FLUSHALL")
    yield connect
    for peer in peers:
        peer.close()
