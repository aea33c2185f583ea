"""Both sides: one plain redis-server, and Slotway before a cluster of three masters and three replicas, by a listener as it
is and by one with a keyspace of its own."""
import os

import pytest

from differential.catalogue import read_catalogue
from differential.judge import Judge
from differential.known import Known
from differential.wire import Error, Peer
from harness.proxy import Slotway

# To replay a run: its seed is in the last lines of the output. More rounds, more requests for each command.
SEED = os.environ.get("SLOTWAY_DIFFERENTIAL_SEED", "7")
ROUNDS = int(os.environ.get("SLOTWAY_DIFFERENTIAL_ROUNDS", "1"))
TAG = "app1"
TAGGED = f"listeners: [{{bind: '127.0.0.1:PORT', keyspace: {{hash_tag: {TAG}}}}}]\n"
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


@pytest.fixture(params=["plain", "hash tag"])
def tagged(request):
    return request.param == "hash tag"


@pytest.fixture
def known(tagged):
    return Known(tagged)


@pytest.fixture(scope="session")
def tagged_proxy(session_cluster, tmp_path_factory):
    started = Slotway(tmp_path_factory.mktemp("tagged"), session_cluster.seeds[:2], listen=(), config=TAGGED)
    yield started
    started.stop()


@pytest.fixture
def proxy(tagged, tagged_proxy, module_proxies, cluster):
    yield tagged_proxy if tagged else module_proxies()
    if tagged:
        keys = [key for node in cluster.masters() for key in node.call("KEYS", "*")]
        strangers = [key for key in keys if not key.startswith(b"{%s}:" % TAG.encode())]
        assert not strangers, f"written without the tag: {strangers[:10]}"


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
