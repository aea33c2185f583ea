"""Scripts and functions: nodes that lack them, that forget them, that are busy with them."""
import hashlib

import pytest
import redis

from harness.resp import Err
from harness.slot_move import SlotMove
from harness.slots import key_in
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
QUICK = {"busy-reply-threshold": "100", "cluster-node-timeout": "60000"}
LOOP = "while true do end"
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
        node.kill()
        node.start()
        node.wait_started()
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


def libraries(node):
    return node.call("FUNCTION", "LIST")


def test_a_master_that_joins_is_brought_the_functions(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config="timeouts: {topology_refresh: 200ms}\n")
    with proxy.connect() as client:
        assert client.call("FUNCTION", "LOAD", LIBRARY) == b"lib"
        assert client.call("SCRIPT", "LOAD", SCRIPT) == SHA.encode()
        joined = cluster.join()
        until(lambda: libraries(joined), "the functions to be brought")
        SlotMove(cluster, 1, joined).run()
        assert client.call("FCALL", "bump", 1, key_in(1), 2) == 2
        assert client.call("EVALSHA", SHA, 1, key_in(1), 1) == 3
        assert client.call("SCRIPT", "EXISTS", SHA) == [1]


def test_a_master_that_comes_back_is_brought_the_functions(fresh_cluster, slotway):
    """Before anybody calls one: a transaction that does cannot be helped any more."""
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        assert client.call("FUNCTION", "LOAD", LIBRARY) == b"lib"
        master = cluster.owner_of(1)
        assert client.call("SET", key_in(1), 1) == b"OK"
        master.kill()
        master.start()
        master.wait_started()
        until(lambda: libraries(master), "the functions to be brought")
        replies = client.pipeline([("MULTI",), ("SET", key_in(1), 5), ("FCALL", "bump", 1, key_in(1), 2), ("EXEC",)])
        assert replies[-1] == [b"OK", 7]


def test_a_function_that_one_master_lacks(proxy, raw, cluster):
    try:
        assert raw.call("FUNCTION", "LOAD", "REPLACE", LIBRARY) == b"lib"
        lacking = cluster.owner_of(1)
        lacking.call("FUNCTION", "FLUSH")
        assert raw.pipeline([("FCALL", "BUMP", 1, key_in(1), 1)] * 5) == [1, 2, 3, 4, 5]
        assert libraries(lacking)
        assert raw.call("FCALL", "nosuch", 1, key_in(1)) == Err("ERR Function not found")
        assert raw.call("FCALL_RO", "nosuch", 0) == Err("ERR Function not found")
    finally:
        assert raw.call("FUNCTION", "FLUSH") == b"OK"
    assert raw.call("FCALL", "bump", 1, key_in(1), 1) == Err("ERR Function not found")


def test_a_deleted_function_does_not_come_back(two, cluster):
    caller, changer = two
    for _ in range(20):
        assert changer.call("FUNCTION", "LOAD", LIBRARY) == b"lib"
        cluster.owner_of(1).call("FUNCTION", "FLUSH")
        for slot in SLOTS * 5:
            caller.send("FCALL", "bump", 1, key_in(slot), 1)
        assert changer.call("FUNCTION", "DELETE", "lib") in (b"OK", Err(
            "ERR FUNCTION DELETE: 1 of 3 parts failed, 2 succeeded: ERR Library not found"))
        for _ in SLOTS * 5:
            caller.read()
        assert [libraries(node) for node in cluster.masters()] == [[]] * 3


@pytest.fixture
def busy(fresh_cluster, slotway):
    """(cluster, a factory of connections): nodes say BUSY after 100 ms, and the proxy asks after 200."""
    cluster = fresh_cluster(2, options=QUICK)
    proxy = slotway(cluster.seeds, config="workers: 1\ntimeouts: {busy_after: 200ms}\n")
    yield cluster, proxy
    for node in cluster.masters():
        node.call("SCRIPT", "KILL")
        node.call("FUNCTION", "KILL")


def test_nothing_to_kill(busy):
    _, proxy = busy
    with proxy.connect() as client:
        assert client.call("SCRIPT", "KILL") == NOTBUSY
        assert client.call("FUNCTION", "KILL") == NOTBUSY
        assert client.call("FUNCTION", "STATS")[:2] == [b"running_script", None]


@pytest.mark.parametrize("kind, error", [("SCRIPT", BUSY_SCRIPT), ("FUNCTION", BUSY_FUNCTION)])
def test_an_endless_loop(busy, kind, error):
    cluster, proxy = busy
    with proxy.connect() as runner, proxy.connect() as before, proxy.connect() as later:
        later.call("FUNCTION", "LOAD", LIBRARY)
        if kind == "SCRIPT":
            runner.send("EVAL", LOOP, 1, key_in(1))
        else:
            runner.send("FCALL", "loop", 1, key_in(1))
        # Sent before anybody can know that it takes long.
        before.send("GET", key_in(1))
        assert before.read() == error
        assert later.call("SET", key_in(1), "v") == error, "as one Redis answers"
        assert later.call("SET", key_in(16000), "v") == b"OK", "other nodes are as always"
        other = "FUNCTION" if kind == "SCRIPT" else "SCRIPT"
        assert later.call(other, "KILL") == error
        if kind == "FUNCTION":
            running = later.call("FUNCTION", "STATS")
            assert running[0] == b"running_script" and b"loop" in running[1]
        assert later.call(kind, "KILL") == b"OK"
        assert runner.read().startswith("ERR Script killed by user with SCRIPT KILL")
        assert later.call("SET", key_in(1), "w") == b"OK"
        assert runner.call("GET", key_in(1)) == b"w"
        assert before.call("GET", key_in(1)) == b"w"
        assert later.call(kind, "KILL") == NOTBUSY


def test_a_write_behind_the_loop_has_its_outcome(busy):
    _, proxy = busy
    with proxy.connect() as runner, proxy.connect() as writer, proxy.connect() as killer:
        runner.send("EVAL", LOOP, 1, key_in(1))
        writer.send("INCR", key_in(1))
        until(lambda: killer.call("GET", key_in(1)) == BUSY_SCRIPT, "the node to be busy")
        assert killer.call("SCRIPT", "KILL") == b"OK"
        assert writer.read() == 1
        assert killer.call("GET", key_in(1)) == b"1"


def test_who_is_replaced_over_its_script_is_killed_too(fresh_cluster, slotway):
    cluster = fresh_cluster(2, replicas=1, options=QUICK)
    proxy = slotway(cluster.seeds, config="workers: 1\ntimeouts: {busy_after: 200ms}\n")
    with proxy.connect() as runner, proxy.connect() as killer:
        busy = cluster.owner_of(1)
        [heir] = cluster.replicas(busy)
        runner.send("EVAL", LOOP, 1, key_in(1))
        until(lambda: killer.call("GET", key_in(1)) == BUSY_SCRIPT, "the node to be busy")
        assert heir.call("CLUSTER", "FAILOVER", "TAKEOVER") == b"OK"
        until(lambda: killer.call("SET", key_in(1), "v") == b"OK", "the heir to serve")
        assert killer.call("SCRIPT", "KILL") == b"OK"
        assert runner.read().startswith("ERR Script killed by user with SCRIPT KILL")
        assert killer.call("SCRIPT", "KILL") == NOTBUSY


def test_a_script_that_has_written_cannot_be_killed(fresh_cluster, slotway):
    cluster = fresh_cluster(2, options=QUICK)
    proxy = slotway(cluster.seeds, config="timeouts: {busy_after: 200ms, request_deadline: 2s}\n")
    with proxy.connect() as runner, proxy.connect() as killer:
        owner = cluster.owner_of(1)
        runner.send("EVAL", "redis.call('SET', KEYS[1], 1) " + LOOP, 1, key_in(1))
        until(lambda: killer.call("GET", key_in(1)) == BUSY_SCRIPT, "the node to be busy")
        assert killer.call("SCRIPT", "KILL").startswith("UNKILLABLE Sorry the script already executed write commands")
        assert "may have run" in runner.read()
        owner.kill()


def test_register_script(proxy, cluster):
    with redis.Redis(port=proxy.port, decode_responses=True) as client:
        script = client.register_script(SCRIPT)
        assert script(keys=[key_in(1)], args=[2]) == 2
        forget_everywhere(cluster)
        assert script(keys=[key_in(16000)], args=[3]) == 3
        forget_everywhere(cluster)
        with client.pipeline(transaction=False) as pipe:
            for slot in SLOTS:
                script(keys=[key_in(slot, "piped")], args=[slot], client=pipe)
            assert pipe.execute() == list(SLOTS)
        assert client.script_exists(script.sha) == [True]
        assert client.script_flush() is True
        assert client.script_exists(script.sha) == [False]
        with pytest.raises(redis.exceptions.NoScriptError):
            client.evalsha(script.sha, 1, key_in(1), 1)
        assert script(keys=[key_in(1)], args=[2]) == 4


def test_a_known_script_inside_a_transaction(two, cluster):
    client, other = two
    assert other.call("SCRIPT", "LOAD", SCRIPT) == SHA.encode()
    assert client.call("SCRIPT", "EXISTS", SHA) == [1], "its worker has heard of it"
    forget_everywhere(cluster)
    key = key_in(1)
    batch = [("MULTI",), ("SET", key, 5), ("EVALSHA", SHA, 1, key, 2), ("EVALSHA", SHA, 1, key, 3), ("EXEC",)]
    assert client.pipeline(batch)[-1] == [b"OK", 7, 10]
    assert other.call("SCRIPT", "FLUSH") == b"OK"
    assert client.pipeline(batch)[-1] == [b"OK", NOSCRIPT, NOSCRIPT]
