"""How many replicas have a client's writes, on real clusters: never more than have them."""
import contextlib
import time

import pytest

from harness.resp import Err, encode
from harness.slots import slot_of
from harness.wait import until


@contextlib.contextmanager
def stopped(*nodes):
    for node in nodes:
        node.pause()
    try:
        yield
    finally:
        for node in nodes:
            node.resume()


def key_of(cluster, master):
    return next(f"key{number}" for number in range(100000) if cluster.owner_of(slot_of(f"key{number}")) is master)


@pytest.fixture
def patient_cluster(fresh_cluster):
    """A replica that stands still is not taken for failed while a test lasts."""
    return fresh_cluster(3, 1, {"cluster-node-timeout": "60000"})


def blocked(node):
    return int(node.info("clients")["blocked_clients"])


def test_a_stopped_replica_has_nothing(patient_cluster, slotway):
    cluster = patient_cluster
    proxy = slotway(cluster.seeds)
    master, second = cluster.masters()[:2]
    key, other = key_of(cluster, master), key_of(cluster, second)
    replica, = cluster.replicas(master)
    with proxy.connect() as client:
        assert client.call("SET", key, 1) == b"OK"
        assert client.call("WAIT", 1, 0) == 1
        with stopped(replica):
            # What one would get who asks the node without care: on another connection nothing waits to be replicated.
            client.call("SET", key, 2)
            assert master.call("WAIT", 1, 1) == 1
            began = time.monotonic()
            assert client.call("WAIT", 1, 300) == 0
            assert time.monotonic() - began >= 0.3
            assert client.call("WAIT", 0, 0) == 0
            # Another master's replica says nothing of it.
            client.call("SET", other, 1)
            assert client.call("WAIT", 1, 200) == 0
            with proxy.connect() as apart:
                apart.call("SET", other, 2)
                assert apart.call("WAIT", 1, 0) == 1
        assert client.call("WAIT", 1, 0) == 1


def test_a_pipeline_of_writes_is_covered(patient_cluster, slotway):
    cluster = patient_cluster
    proxy = slotway(cluster.seeds)
    masters = cluster.masters()
    keys = [key_of(cluster, master) for master in masters]
    replicas = [cluster.replicas(master)[0] for master in masters]
    for replica in replicas:
        replica.call("READONLY")
    with proxy.connect() as client:
        for round_ in range(50):
            requests = [("SET", key, round_) for key in keys] + [("WAIT", 1, 0), ("GET", keys[0])]
            client.send_raw(b"".join(encode(*request) for request in requests))
            assert [client.read() for _ in requests] == [b"OK"] * 3 + [1, str(round_).encode()]
            for key, replica in zip(keys, replicas):
                assert replica.call("GET", key) == str(round_).encode()


def test_a_client_that_leaves_waits_no_longer(patient_cluster, slotway):
    cluster = patient_cluster
    proxy = slotway(cluster.seeds)
    masters = cluster.masters()
    keys = [key_of(cluster, master) for master in masters[:2]]
    with stopped(*cluster.replicas()):
        with proxy.connect() as client:
            for key in keys:
                client.call("SET", key, 1)
            client.send_raw(encode("WAIT", 1, 0))
            until(lambda: [blocked(master) for master in masters] == [1, 1, 0], "the two masters to be asked")
        until(lambda: not any(blocked(master) for master in masters), "them to be asked no more")


def test_after_a_failover_nobody_knows(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds)
    master = cluster.masters()[0]
    key = key_of(cluster, master)
    replica, = cluster.replicas(master)
    with proxy.connect() as client:
        client.call("SET", key, 1)
        master.kill()
        until(lambda: client.call("SET", key_of(cluster, cluster.masters()[0]), 1) == b"OK", "a write elsewhere")
        cluster.wait_view(slot_of(key), replica)
        assert client.call("WAIT", 0, 100) == 0
        assert client.call("SET", key, 2) == b"OK"
        assert client.call("WAIT", 0, 100) == 0  # the new one has no replica
        master.start()
        master.wait_started()
        assert client.call("WAIT", 1, 20000) == 1


@pytest.mark.parametrize("command", [
    ("WAIT", "a", 0), ("WAIT", 0, "b"), ("WAIT", "a", "b"), ("WAIT", 0, -1), ("WAIT", 0, 1.5), ("WAIT", 0, "0x1"),
    ("WAIT", "", 0), ("WAIT", 0, 99999999999999999999), ("WAIT",), ("WAIT", 1), ("WAIT", 1, 2, 3), ("WAITAOF", 0, 0, 0),
])
def test_what_is_wrong_with_it(proxy, plain, command):
    with proxy.connect() as client:
        for write in (False, True):
            if write:
                client.call("SET", "k", "v")
            assert isinstance(client.call(*command), Err)
            assert client.last_raw == plain.raw(*command)


def test_inside_a_transaction(proxy):
    with proxy.connect() as client:
        assert client.call("MULTI") == b"OK"
        assert client.call("SET", "k", "v") == b"QUEUED"
        assert client.call("WAIT", 5, 0) == b"QUEUED"
        reply = client.call("EXEC")
        assert reply[0] == b"OK" and reply[1] in (0, 1)


def test_a_master_that_hangs_does_not_keep_it_until_the_deadline(patient_cluster, slotway):
    cluster = patient_cluster
    proxy = slotway(cluster.seeds, config="timeouts: {request_deadline: 10m}\n")
    master = cluster.masters()[0]
    with proxy.connect() as client, proxy.connect() as other:
        assert client.call("SET", key_of(cluster, master), 1) == b"OK"
        assert client.call("WAIT", 1, 0) == 1
        with stopped(master):
            assert [client.call("WAIT", 1, 100), other.call("WAIT", 1, 100)] == [0, 0]
