"""Commands that take from keys of several slots, and may wait until one has something: what one Redis would say, each element
once, in every state of the cluster."""
import itertools
import threading
import time

import pytest

from harness.resp import Connection, Err, encode
from harness.slot_move import SlotMove
from harness.slots import key_in
from harness.wait import until

A, B, C = (key_in(slot, "across") for slot in (1000, 8000, 15000))
SLOT = 4243
GROUP = ("XREADGROUP", "GROUP", "g", "c")


def waiting(client, clients=1):
    """So many clients of the proxy are blocked."""
    until(lambda: client.call("CLIENT", "LIST").count(b" flags=b") == clients, f"{clients} to be blocked")


def watched(proxy, keys):
    """So many keys are watched, so that those who block have looked at them all."""
    until(lambda: proxy.metric("slotway_watched_keys") == keys, f"{keys} keys to be watched")


def starts(client, *command):
    client.send_raw(encode(*command))


def calls(cluster, command):
    total = 0
    for node in cluster.masters():
        for line in node.call("INFO", "commandstats").splitlines():
            if line.startswith(f"cmdstat_{command}:calls=".encode()):
                total += int(line.split(b"=")[1].split(b",")[0])
    return total


@pytest.fixture
def other(proxy):
    with proxy.connect() as client:
        client.call("DEL", A, B, C)
        yield client


CASES = [
    (("BLPOP", A, B, C, 0), ("RPUSH", B, "x", "y")),
    (("BRPOP", A, B, C, 0), ("RPUSH", C, "x", "y")),
    (("BLMPOP", 0, 3, A, B, C, "LEFT"), ("RPUSH", A, "x", "y")),
    (("BLMPOP", 0, 3, A, B, C, "RIGHT", "COUNT", 10), ("RPUSH", C, "x", "y")),
    (("BZPOPMIN", A, B, C, 0), ("ZADD", B, 1.5, "x", 2, "y")),
    (("BZPOPMAX", A, B, C, 0), ("ZADD", C, 1.5, "x", 2, "y")),
    (("BZMPOP", 0, 3, A, B, C, "MIN", "COUNT", 2), ("ZADD", A, 1, "x", 2, "y", 3, "z")),
    (("XREAD", "BLOCK", 0, "STREAMS", A, B, C, "$", "0-5", "$"), ("XADD", B, "1-1", "f", "v")),
    (("XREAD", "COUNT", 1, "BLOCK", 0, "STREAMS", A, B, C, "$", "$", "$"), ("XADD", C, "1-1", "f", "v")),
]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("command, push", CASES, ids=[" ".join(map(str, case[0][:3])) for case in CASES])
def test_each_command_wakes_up(proxy, plain_server, other, command, push, protocol):
    replies = []
    for server in (proxy, plain_server):
        with Connection(server.port) as waiter, Connection(server.port) as pusher:
            waiter.call("HELLO", protocol)
            pusher.call("DEL", A), pusher.call("DEL", B), pusher.call("DEL", C)
            starts(waiter, *command)
            waiting(pusher)
            # It has asked where the streams end.
            time.sleep(0.1)
            pusher.call(*push)
            waiter.read_any()
            replies.append(waiter.last_raw)
            pusher.call("DEL", A), pusher.call("DEL", B), pusher.call("DEL", C)
    assert replies[0] == replies[1]


@pytest.mark.parametrize("command", [
    ("BLPOP", A, B, C, 0.05), ("BRPOP", A, B, "0.001"), ("BLMPOP", 0.05, 2, A, B, "LEFT"), ("BZPOPMIN", A, B, 0.05),
    ("BZMPOP", 0.05, 2, A, B, "MIN"), ("XREAD", "BLOCK", 50, "STREAMS", A, B, "$", 0),
    ("LMPOP", 2, A, B, "LEFT"), ("ZMPOP", 2, A, B, "MAX"),
    ("XREAD", "STREAMS", A, B, 0, "$"), ("XREAD", "STREAMS", A, B, "$", "$"),
    ("BLPOP", A, B, -1), ("BLPOP", A, B, "x"), ("BLPOP", A, B, "inf"), ("BLPOP", A, B, ""),
    ("BLMPOP", -1, 2, A, B, "LEFT"), ("BLMPOP", 0, 2, A, B, "MIDDLE"), ("BLMPOP", 0, 2, A, B, "LEFT", "COUNT", 0),
    ("BZMPOP", 0, 2, A, B, "MIN", "MAX"), ("LMPOP", 2, A, B, "LEFT", "COUNT", "x"), ("LMPOP", 2, A, B),
    ("XREAD", "BLOCK", "x", "STREAMS", A, B, 0, 0), ("XREAD", "BLOCK", -1, "STREAMS", A, B, 0, 0),
    ("XREAD", "BLOCK", "0.5", "STREAMS", A, B, 0, 0), ("XREAD", "COUNT", "x", "STREAMS", A, B, 0, 0),
    ("XREAD", "BLOCK", 0, "STREAMS", A, B, 0, ">"), ("XREAD", "BLOCK", 0, "STREAMS", A, B, 0, "x"),
    ("XREAD", "BLOCK", 0, "STREAMS", A, B, C, 0, 0),
    (*GROUP, "STREAMS", A, B, ">", ">"), (*GROUP, "BLOCK", 0, "STREAMS", A, B, 0, ">"),
    (*GROUP, "NOPE", "STREAMS", A, B, ">", ">"),
])
@pytest.mark.parametrize("protocol", [2, 3])
def test_nothing_there_and_what_is_wrong(proxy, plain_server, other, command, protocol):
    replies = []
    for server in (proxy, plain_server):
        with Connection(server.port) as client:
            client.call("HELLO", protocol)
            client.call(*command)
            replies.append(client.last_raw)
    assert replies[0] == replies[1]


def test_the_first_key_that_has_something(other):
    other.call("RPUSH", C, "c"), other.call("RPUSH", B, "b")
    assert other.call("BLPOP", A, B, C, 0) == [B.encode(), b"b"]
    assert other.call("BLPOP", A, B, C, 0) == [C.encode(), b"c"]
    other.call("SET", B, "text"), other.call("RPUSH", C, "c")
    assert other.call("BLPOP", A, B, C, 0).code == "WRONGTYPE"
    assert other.call("BLPOP", C, B, A, 0) == [C.encode(), b"c"]
    assert other.call("BLPOP", C, B, A, 0).code == "WRONGTYPE"
    other.call("DEL", B)
    other.call("ZADD", B, 1, "m"), other.call("ZADD", C, 1, "n")
    assert other.call("ZMPOP", 3, A, B, C, "MIN") == [B.encode(), [[b"m", b"1"]]]


def test_what_comes_as_another_type_wakes_nobody(proxy, other):
    watched(proxy, 0)
    with proxy.connect() as waiter:
        starts(waiter, "BLPOP", A, B, 0)
        watched(proxy, 2)
        other.call("SET", A, "text")
        other.call("XADD", B, "1-1", "f", "v")
        time.sleep(0.3)
        waiting(other)
        other.call("DEL", B)
        other.call("RPUSH", B, "x")
        assert waiter.read() == [B.encode(), b"x"]


def test_a_pipeline_waits_and_keeps_its_order(proxy, other):
    other.call("DEL", "n")
    with proxy.connect() as waiter:
        waiter.send_raw(b"".join(encode(*each) for each in
                                 [("SET", "n", 1), ("BLPOP", A, B, 0), ("INCR", "n"), ("BRPOP", B, C, 0.01), ("PING",)]))
        waiting(other)
        assert other.call("GET", "n") == b"1"
        other.call("RPUSH", A, "x")
        assert [waiter.read() for _ in range(5)] == [b"OK", [A.encode(), b"x"], 2, None, b"PONG"]


def test_nothing_is_popped_for_who_has_left(proxy, other):
    for _ in range(5):
        with proxy.connect() as waiter:
            starts(waiter, "BLPOP", A, B, 0)
            waiting(other)
        waiting(other, 0)
        assert other.call("RPUSH", B, "x") == 1
        assert other.call("LPOP", B) == b"x"


@pytest.mark.parametrize("command", [
    ("BLPOP", A, B, 0), ("BZMPOP", 0, 2, A, B, "MIN"), ("XREAD", "BLOCK", 0, "STREAMS", A, B, "$", "$"),
], ids=lambda command: command[0])
def test_client_unblock(proxy, other, command):
    with proxy.connect() as waiter:
        number = waiter.call("CLIENT", "ID")
        for how, reply in (((), None), (("TIMEOUT",), None), (("ERROR",), Err("UNBLOCKED client unblocked via CLIENT UNBLOCK"))):
            starts(waiter, *command)
            waiting(other)
            assert other.call("CLIENT", "UNBLOCK", number, *how) == 1
            assert waiter.read() == reply
            assert other.call("CLIENT", "UNBLOCK", number, *how) == 0
        assert waiter.call("PING") == b"PONG"


def test_many_wait_each_element_reaches_one_and_there_is_no_storm(cluster, slotway, other):
    """Who pushes is served by another worker than half of those who wait."""
    proxy = slotway(cluster.seeds, config="workers: 2\n")
    waiters = [proxy.connect() for _ in range(200)]
    for waiter in waiters:
        starts(waiter, "BLPOP", A, B, C, 0)
    with proxy.connect() as pusher:
        waiting(pusher, 200)
        time.sleep(0.3)
        before = calls(cluster, "lpop"), calls(cluster, "llen")
        pusher.pipeline([("RPUSH", key, number) for number, key in zip(range(100), itertools.cycle((A, B, C)))])
        waiting(pusher, 100)
        for number in range(100, 200):
            pusher.call("RPUSH", (A, B, C)[number % 3], number)
        got = sorted(int(waiter.read()[1]) for waiter in waiters)
        assert got == list(range(200))
        assert pusher.call("EXISTS", A, B, C) == 0
    # 200 were served; in a storm each push would have had all of them try.
    assert calls(cluster, "lpop") - before[0] < 1000
    assert calls(cluster, "llen") - before[1] < 2000
    for waiter in waiters:
        waiter.close()


def test_queues_between_many_hands_lose_and_double_nothing(cluster, slotway, other):
    proxy = slotway(cluster.seeds, config="workers: 2\n")
    taken, lock = [], threading.Lock()

    def take(keys):
        with proxy.connect() as client:
            while True:
                reply = client.call("BLPOP", *keys, 5)
                if reply is None or reply[1] == b"end":
                    return
                with lock:
                    taken.append(int(reply[1]))

    takers = [threading.Thread(target=take, args=(keys,)) for keys in [(A, B), (B, C), (C, A), (A,), (C, B, A)] * 4]
    for taker in takers:
        taker.start()
    with proxy.connect() as pusher:
        for number in range(3000):
            pusher.call("RPUSH", (A, B, C)[number % 3], number)
        until(lambda: len(taken) == 3000, "all to be taken")
        for number in range(200):
            pusher.call("RPUSH", (A, B, C)[number % 3], "end")
    for taker in takers:
        taker.join(30)
        assert not taker.is_alive()
    assert sorted(taken) == list(range(3000))


def test_a_consumer_group_over_streams(cluster, slotway, other):
    """Each entry reaches one of the consumers of each group, and none is read for the group when one stream is amiss."""
    proxy = slotway(cluster.seeds, config="workers: 2\n")
    for key in (A, B):
        for group in ("g", "h"):
            other.call("XGROUP", "CREATE", key, group, "$", "MKSTREAM")
    other.call("XADD", A, "1-1", "f", "v")
    reply = other.call(*GROUP, "STREAMS", A, B, C, ">", ">", ">")
    assert reply.code == "NOGROUP" and C in str(reply)
    assert other.call("XPENDING", A, "g")[0] == 0
    assert other.call(*GROUP, "STREAMS", A, B, ">", ">") == [[A.encode(), [[b"1-1", [b"f", b"v"]]]]]
    assert other.call(*GROUP, "STREAMS", A, B, "0", ">") == [[A.encode(), [[b"1-1", [b"f", b"v"]]]]]
    other.call("XREADGROUP", "GROUP", "h", "c", "STREAMS", A, ">")
    waiters = {group: [proxy.connect() for _ in range(30)] for group in ("g", "h")}
    for group, clients in waiters.items():
        for number, client in enumerate(clients):
            starts(client, "XREADGROUP", "GROUP", group, f"c{number}", "COUNT", 1, "BLOCK", 0, "STREAMS", B, A, ">", ">")
    waiting_client = proxy.connect()
    waiting(waiting_client, 60)
    before = calls(cluster, "xreadgroup")
    ids = {f"{number}-{number}".encode() for number in range(2, 32)}
    for number in range(2, 32):
        other.call("XADD", (A, B)[number % 2], f"{number}-{number}", "f", "v")
    for clients in waiters.values():
        got = [client.read() for client in clients]
        assert all(len(reply) == 1 and len(reply[0][1]) == 1 for reply in got)
        assert {reply[0][1][0][0] for reply in got} == ids
    assert calls(cluster, "xreadgroup") - before < 600
    for client in [waiting_client, *waiters["g"], *waiters["h"]]:
        client.close()


@pytest.mark.parametrize("end, line", [
    (("DEL", B), "UNBLOCKED the stream key no longer exists"),
    (("SET", B, "text"), "UNBLOCKED the stream key no longer exists"),
    (("XGROUP", "DESTROY", B, "g"), "NOGROUP the consumer group this client was blocked on no longer exists"),
])
def test_a_group_that_is_gone(proxy, other, end, line):
    for key in (A, B):
        other.call("XGROUP", "CREATE", key, "g", "$", "MKSTREAM")
    watched(proxy, 0)
    with proxy.connect() as waiter:
        starts(waiter, *GROUP, "BLOCK", 0, "STREAMS", A, B, ">", ">")
        watched(proxy, 2)
        other.call(*end)
        assert waiter.read() == Err(line)


def test_all_who_read_streams_are_told(proxy, other):
    readers = [proxy.connect() for _ in range(20)]
    for number, reader in enumerate(readers):
        starts(reader, "XREAD", "BLOCK", 0, "STREAMS", A, B, "$", "0")
    waiting(other, 20)
    # Nobody counts those who have asked where A ends: they do so within a round trip.
    time.sleep(0.5)
    other.call("XADD", A, "1-1", "f", "v")
    for reader in readers:
        assert reader.read() == [[A.encode(), [[b"1-1", [b"f", b"v"]]]]]
        reader.close()


@pytest.mark.parametrize("steps", ["before the keys", "half", "after"])
def test_a_slot_that_moves_takes_those_who_wait_along(fresh_cluster, slotway, steps):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    moving = key_in(SLOT, "queue")
    staying = key_in(SLOT + 1, "queue")
    with proxy.connect() as waiter, proxy.connect() as other, proxy.connect() as second:
        starts(waiter, "BLPOP", staying, moving, 0)
        starts(second, "XREAD", "BLOCK", 0, "STREAMS", staying + "s", moving + "s", "$", "$")
        watched(proxy, 4)
        move = SlotMove(cluster, SLOT).open()
        if steps == "after":
            move.finish()
            cluster.wait_view(SLOT, move.target)
        # What is not there is asked for at the target, so this lands there.
        assert other.call("RPUSH", moving, "x") == 1
        other.call("XADD", moving + "s", "1-1", "f", "v")
        if steps == "half":
            move.finish()
        assert waiter.read() == [moving.encode(), b"x"]
        assert second.read() == [[(moving + "s").encode(), [[b"1-1", [b"f", b"v"]]]]]


def test_who_waits_is_woken_by_the_master_that_takes_over(fresh_cluster, slotway):
    cluster = fresh_cluster(3, replicas=1)
    proxy = slotway(cluster.seeds)
    keys = [key_in(slot, "queue") for slot in (1000, 8000, 15000)]
    with proxy.connect() as waiter, proxy.connect() as other:
        starts(waiter, "BLPOP", *keys, 0)
        watched(proxy, 3)
        victim = cluster.owner(keys[1])
        victim.kill()
        assert other.call("RPUSH", keys[1], "x") == 1
        assert waiter.read() == [keys[1].encode(), b"x"]


def test_without_client_side_caching_it_takes_a_second(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    for node in cluster.masters():
        assert node.call("ACL", "SETUSER", "default", "-client|tracking") == b"OK"
    proxy = slotway(cluster.seeds)
    with proxy.connect() as waiter, proxy.connect() as other:
        starts(waiter, "BLPOP", A, C, 0)
        watched(proxy, 2)
        other.call("RPUSH", C, "x")
        assert waiter.read() == [C.encode(), b"x"]


def test_a_stop_does_not_wait_for_who_is_blocked(cluster, slotway):
    proxy = slotway(cluster.seeds, config="timeouts: {drain: 20s}\n")
    with proxy.connect() as waiter:
        starts(waiter, "BLPOP", A, B, 0)
        watched(proxy, 2)
        began = time.monotonic()
        proxy.stop()
        assert time.monotonic() - began < 15, "it waited until the drain's end"


def test_in_a_transaction_keys_share_a_slot(other):
    assert other.call("MULTI") == b"OK"
    assert other.call("BLPOP", A, B, 0).code == "CROSSSLOT"
    assert other.call("EXEC").code == "EXECABORT"


@pytest.mark.parametrize("command", [
    ("XREAD", "BLOCK", 5, "BLOCK", 0, "STREAMS", A, B, 0, 0), ("XREAD", b"BLOCK\0x", 0, "STREAMS", A, B, 0, 0),
    ("XREAD", b"BLOCK\0x", 0, "STREAMS", A, 0), ("XREAD", "BLOCK", 0, b"STREAMS\0x", A, 0),
    (*GROUP, "BLOCK", 1, "block", 0, "STREAMS", A, B, ">", ">"),
], ids=str)
def test_whoever_blocks_holds_nobody_up(cluster, slotway, other, command):
    """However the option is spelled. Who were behind it would have no answer before the test is out of patience."""
    proxy = slotway(cluster.seeds, config="workers: 1\ntimeouts: {busy_after: 60s, request_deadline: 60s}\n")
    for key in (A, B):
        other.call("XGROUP", "CREATE", key, "g", "$", "MKSTREAM")
    with proxy.connect() as waiter, proxy.connect() as third:
        starts(waiter, *command)
        time.sleep(0.2)
        assert [third.call("EXISTS", key) for key in (A, B, C)] == [1, 1, 0]


def test_what_was_read_for_a_group_counts_once(other):
    for key in (A, B):
        other.call("XGROUP", "CREATE", key, "g", "$", "MKSTREAM")
        other.call("XADD", key, "1-1", "f", "v")
    assert len(other.call(*GROUP, "STREAMS", A, B, ">", ">")) == 2
    assert len(other.call(*GROUP, "STREAMS", A, B, 0, 0)) == 2
    assert [row[3] for row in other.call("XPENDING", A, "g", "-", "+", 10)] == [2]
