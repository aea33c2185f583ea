"""Fixtures of the black-box tests. What they hand out lives in harness/."""
import os

import pytest

from harness.cluster import Cluster
from harness.node import Node
from harness.proxy import BINARY, Slotway
from harness.resp import Connection
from harness.scripted import Decoy, ScriptedCluster
from harness.wait import SANITIZED


def pytest_collection_modifyitems(items):
    slow = pytest.mark.skip(reason="slow: set SLOTWAY_SLOW=1 to run it")
    release = pytest.mark.skip(reason="means nothing in a sanitizer build")
    for item in items:
        if "slow" in item.keywords and os.environ.get("SLOTWAY_SLOW") != "1":
            item.add_marker(slow)
        if "release_only" in item.keywords and SANITIZED:
            item.add_marker(release)


def pytest_sessionstart():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"no program at {BINARY}: build it, or name it in SLOTWAY_BIN", returncode=2)


@pytest.fixture(scope="session")
def session_cluster(tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.stop()


@pytest.fixture
def cluster(session_cluster):
    """Three masters and three replicas, empty. For tests that leave it whole; the others take fresh_cluster."""
    session_cluster.flush()
    return session_cluster


@pytest.fixture
def fresh_cluster(tmp_path):
    """A factory: fresh_cluster(masters=3, replicas=0, options=None) is a cluster of this test's own."""
    started = []

    def start(masters=3, replicas=0, options=None):
        started.append(Cluster(tmp_path / f"cluster{len(started)}", masters, replicas, options))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def slotway(tmp_path):
    """A factory of running proxies: slotway(seeds, config=..., args=...). Each must leave cleanly in the end."""
    started = []

    def start(seeds=(), **options):
        started.append(Slotway(tmp_path, seeds, **options))
        return started[-1]

    yield start
    try:
        for each in started:
            each.stop()
    finally:
        for each in started:
            if each.running():
                each.process.kill()


@pytest.fixture(scope="module")
def module_proxies(session_cluster, tmp_path_factory):
    """start() gives the proxy of this file, a new one when a test has brought it down."""
    started = []

    def start():
        if not started or not started[-1].running():
            started.append(Slotway(tmp_path_factory.mktemp("slotway"), session_cluster.seeds[:2]))
        return started[-1]

    yield start
    if started and started[-1].running():
        started[-1].stop()


@pytest.fixture
def proxy(module_proxies, cluster):
    """A proxy, shared by the tests of a file, before the empty `cluster`."""
    shared = module_proxies()
    yield shared
    if not shared.running():
        shared.check_left()
        raise AssertionError("the proxy left during this test")


@pytest.fixture
def raw(proxy):
    """One connection to `proxy`."""
    with proxy.connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory):
    started = Node(tmp_path_factory.mktemp("plain"), {}).wait_started()
    yield started
    started.stop()


@pytest.fixture
def plain(plain_server):
    """A connection to a single redis-server, empty: what the proxy must look like."""
    plain_server.call("FLUSHALL")
    with Connection(plain_server.port) as connection:
        yield connection


@pytest.fixture
def scripted():
    """A factory of scripted clusters: scripted(masters=2)."""
    started = []

    def start(masters=2):
        started.append(ScriptedCluster(masters))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def decoy():
    started = Decoy()
    yield started
    started.stop()
