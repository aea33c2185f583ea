"""Scripts and functions: nodes that lack them, that forget them, that are busy with them."""
import hashlib
import threading

import pytest
import redis

from harness.node import Node
from harness.resp import Err
from harness.slot_move import move_slot
from harness.slots import key_in, slot_of
from harness.wait import until

SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
SHA = hashlib.sha1(SCRIPT.encode()).hexdigest()
NOSCRIPT = Err("NOSCRIPT No matching script. Please use EVAL.")
NOTBUSY = Err("NOTBUSY No scripts in execution right now.")
BUSY_SCRIPT = Err("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
BUSY_FUNCTION = Err("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
LIBRARY = """#!lua name=lib
redis.register_function('bump', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function('loop', function() while true do end end)
"""
QUICK = {"busy-reply-threshold": 100, "cluster-node-timeout": 60000}
TWO_WORKERS = "workers: 2\ntimeouts: {busy_after: 200ms}\n"
SLOTS = (1, 6000, 16000)


@pytest.fixture
def two(slotway, cluster):
    """A proxy of two workers, and a connection to each of them."""
    proxy = slotway(cluster.seeds, config="workers: 2\n")
    first, second = proxy.connect(), proxy.connect()
    yield first, second
    first.close()
    second.close()


def forget_everywhere(cluster):
    for node in cluster.masters():
        node.call("SCRIPT", "FLUSH")


def test_a_body_that_one_worker_saw_serves_another(two, cluster):
    first, second = two
    assert first.call("EVAL", SCRIPT, 1, key_in(1), 1) == 1
    for client in two:
        for slot in SLOTS:
            forget_everywhere(cluster)
            assert client.call("EVALSHA", SHA, 1, key_in(slot), 1) > 0
            assert client.call("EVALSHA_RO", SHA, 1, key_in(slot), 1) == cluster.owner_of(slot).call(
                "EVALSHA_RO", SHA, 1, key_in(slot), 1)
        forget_everywhere(cluster)
        assert client.call("SCRIPT", "EXISTS", SHA, "0" * 40) == [1, 0]
        assert client.call("EVALSHA", SHA.upper(), 1, key_in(1), 1) > 0


def test_what_was_flushed_does_not_come_back(two, cluster):
    for loader, flusher in (two, two[::-1]):
        assert loader.call("SCRIPT", "LOAD", SCRIPT) == SHA.encode()
        assert flusher.call("SCRIPT", "FLUSH") == b"OK"
        for client in two:
            assert client.call("SCRIPT", "EXISTS", SHA) == [0]
            assert client.call("EVALSHA", SHA, 1, key_in(1), 1) == NOSCRIPT
    assert two[0].call("SCRIPT", "FLUSH", "NOW") == Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option")


def test_flushed_while_others_call(two, cluster):
    """Whatever was under way when a flush was answered, no node has the script afterwards."""
    caller, flusher = two
    for _ in range(30):
        caller.call("SCRIPT", "LOAD", SCRIPT)
        forget_everywhere(cluster)
        for slot in SLOTS * 3:
            caller.send("EVALSHA", SHA, 1, key_in(slot), 1)
        assert flusher.call("SCRIPT", "FLUSH") == b"OK"
        left = [node.call("SCRIPT", "EXISTS", SHA) for node in cluster.masters()]
        replies = [caller.read() for _ in SLOTS * 3]
        assert all(isinstance(reply, int) or reply == NOSCRIPT for reply in replies), replies
        assert left == [[0]] * 3
        assert caller.call("EVALSHA", SHA, 1, key_in(1), 1) == NOSCRIPT


def test_in_a_pipeline_the_order_of_a_key_holds(two, cluster):
    client = two[0]
    client.call("SCRIPT", "LOAD", SCRIPT)
    forget_everywhere(cluster)
    assert client.pipeline([("EVALSHA", SHA, 1, "counter", 1)] * 50) == list(range(1, 51))
    assert client.pipeline([("SCRIPT", "FLUSH"), ("EVALSHA", SHA, 1, "counter", 1), ("SCRIPT", "LOAD", SCRIPT),
                            ("EVALSHA", SHA, 1, "counter", 1)]) == [b"OK", NOSCRIPT, SHA.encode(), 51]


def test_a_body_that_does_not_compile_was_never_there(two):
    body = "this is not lua"
    error = two[0].call("EVAL", body, 1, "k")
    assert error.startswith("ERR Error compiling script")
    for client in two:
        assert client.call("EVALSHA", hashlib.sha1(body.encode()).hexdigest(), 1, "k") == NOSCRIPT
        assert client.call("SCRIPT", "EXISTS", hashlib.sha1(body.encode()).hexdigest()) == [0]


def test_a_master_restarted_without_its_scripts(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        assert client.call("SCRIPT", "LOAD", SCRIPT) == SHA.encode()
        node = cluster.owner_of(1)
        node.restart()
        assert node.call("SCRIPT", "EXISTS", SHA) == [0]
        cluster.wait_ok()
        assert client.call("EVALSHA", SHA, 1, key_in(1), 3) == 3
        assert client.call("SCRIPT", "EXISTS", SHA) == [1]


def test_a_replica_that_takes_over(fresh_cluster, slotway):
    cluster = fresh_cluster(3, replicas=1)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        key = key_in(1)
        assert client.call("FUNCTION", "LOAD", LIBRARY) == b"lib"
        assert client.call("EVAL", SCRIPT, 1, key, 1) == 1
        master = cluster.owner_of(1)
        replica = cluster.replicas(master)[0]
        until(lambda: replica.call("FUNCTION", "LIST"), "the library to reach the replica")
        replica.call("CLUSTER", "FAILOVER", "FORCE")
        until(lambda: cluster.owner_of(1) is replica, "the replica to take over")
        replica.call("SCRIPT", "FLUSH")
        assert client.call("EVALSHA", SHA, 1, key, 1) == 2
        assert client.call("FCALL", "bump", 1, key, 1) == 3


def join(cluster):
    node = Node(cluster.folder, {**cluster.options})
    cluster.nodes.append(node)
    node.wait_started()
    node.call("CLUSTER", "MEET", "127.0.0.1", cluster.nodes[0].port)
    until(lambda: all(each.cluster_info()["cluster_known_nodes"] == str(len(cluster.nodes)) for each in cluster.nodes),
          "all nodes to know each other")
    until(lambda: "handshake" not in node.call("CLUSTER", "NODES").decode(), "the handshakes to end")
    return node
