"""Commands that block, on real clusters: they wait at their node, alone, and nothing is popped for who has left."""
import signal
import threading
import time

import pytest

from harness.resp import Err, encode
from harness.slot_move import SlotMove
from harness.slots import key_in
from harness.wait import until

SLOT = 4243


def blocked_clients(cluster):
    total = 0
    for node in cluster.masters():
        for line in node.call("INFO", "clients").splitlines():
            if line.startswith(b"blocked_clients:"):
                total += int(line.split(b":")[1])
    return total


def send_all(client, *commands):
    client.send_raw(b"".join(encode(*command) for command in commands))


def in_background(client, *command):
    """The reply, when it has come."""
    replies = []
    thread = threading.Thread(target=lambda: replies.append(client.call(*command)))
    thread.start()

    def reply():
        thread.join(20)
        assert replies, f"no reply to {command}"
        return replies[0]

    return reply


CASES = [
    (("BLPOP", "{b}k", "{b}l", 0), ("RPUSH", "{b}l", "x"), [b"{b}l", b"x"]),
    (("BRPOP", "{b}k", 0), ("RPUSH", "{b}k", "x", "y"), [b"{b}k", b"y"]),
    (("BLMOVE", "{b}k", "{b}to", "LEFT", "RIGHT", 0), ("RPUSH", "{b}k", "x"), b"x"),
    (("BRPOPLPUSH", "{b}k", "{b}to", 0), ("RPUSH", "{b}k", "x"), b"x"),
    (("BLMPOP", 0, 2, "{b}k", "{b}l", "LEFT", "COUNT", 2), ("RPUSH", "{b}l", "x", "y"), [b"{b}l", [b"x", b"y"]]),
    (("BZPOPMIN", "{b}k", 0), ("ZADD", "{b}k", 1, "x", 2, "y"), [b"{b}k", b"x", b"1"]),
    (("BZPOPMAX", "{b}k", 0), ("ZADD", "{b}k", 1, "x", 2, "y"), [b"{b}k", b"y", b"2"]),
    (("BZMPOP", 0, 1, "{b}k", "MIN"), ("ZADD", "{b}k", 1, "x"), [b"{b}k", [[b"x", b"1"]]]),
    (("XREAD", "BLOCK", 0, "STREAMS", "{b}k", "$"), ("XADD", "{b}k", "1-1", "f", "v"),
     [[b"{b}k", [[b"1-1", [b"f", b"v"]]]]]),
]


@pytest.mark.parametrize("command, push, reply", CASES, ids=[case[0][0] for case in CASES])
def test_each_command_wakes_up(cluster, proxy, command, push, reply):
    with proxy.connect() as waiter, proxy.connect() as other:
        other.call("DEL", "{b}k", "{b}l", "{b}to")
        answer = in_background(waiter, *command)
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        other.call(*push)
        assert answer() == reply
        other.call("DEL", "{b}k", "{b}l", "{b}to")


def test_a_consumer_group_blocks(cluster, proxy):
    with proxy.connect() as waiter, proxy.connect() as other:
        other.call("DEL", "s")
        other.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
        answer = in_background(waiter, "XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        other.call("XADD", "s", "1-1", "f", "v")
        assert answer() == [[b"s", [[b"1-1", [b"f", b"v"]]]]]


@pytest.mark.parametrize("command, nothing", [
    (("BLPOP", "none", 0.05), None), (("BLMOVE", "{n}a", "{n}b", "LEFT", "LEFT", 0.05), None),
    (("XREAD", "BLOCK", 50, "STREAMS", "none", "$"), None), (("BLMPOP", 0.05, 1, "none", "LEFT"), None),
    (("BLPOP", "none", -1), Err("ERR timeout is negative")),
    (("BLPOP", "none", "x"), Err("ERR timeout is not a float or out of range")),
    (("BLMOVE", "a", "b", "LEFT", "LEFT", 0), "CROSSSLOT"),
])
def test_timeouts_and_what_is_wrong_with_them(proxy, plain, command, nothing):
    with proxy.connect() as client:
        reply = client.call(*command)
        if nothing == "CROSSSLOT":
            assert isinstance(reply, Err) and reply.code == "CROSSSLOT"
        else:
            assert reply == nothing
            assert client.last_raw == plain.raw(*command)


def test_a_pipeline_behind_a_blocking_command_waits_for_it(cluster, proxy):
    with proxy.connect() as waiter, proxy.connect() as other:
        other.call("DEL", "k", "n")
        send_all(waiter, ("SET", "n", 1), ("BLPOP", "k", 0), ("INCR", "n"), ("PING",))
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        assert other.call("GET", "n") == b"1"
        other.call("RPUSH", "k", "x")
        assert [waiter.read() for _ in range(4)] == [b"OK", [b"k", b"x"], 2, b"PONG"]


def test_nothing_is_popped_for_who_has_left(cluster, proxy):
    with proxy.connect() as other:
        other.call("DEL", "k")
        with proxy.connect() as waiter:
            send_all(waiter, ("BLPOP", "k", 0), ("GET", "k"))
            until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        until(lambda: blocked_clients(cluster) == 0, "the client to be gone")
        assert other.call("RPUSH", "k", "x") == 1
        assert other.call("LRANGE", "k", 0, -1) == [b"x"]
        other.call("DEL", "k")


def test_a_slot_that_moves_takes_those_who_wait_along(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    key = key_in(SLOT, "queue")
    with proxy.connect() as waiter, proxy.connect() as other:
        answer = in_background(waiter, "BLPOP", key, 0)
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        move = SlotMove(cluster, SLOT)
        move.run()
        until(lambda: move.source.call("INFO", "clients").count(b"blocked_clients:0"), "the source to let go")
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked at the target")
        assert other.call("RPUSH", key, "x") == 1
        assert answer() == [key.encode(), b"x"]


def test_a_reader_of_a_stream_that_moves_misses_nothing(fresh_cluster, slotway):
    """What is added after the slot has left, and before the proxy has heard of it."""
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    key = key_in(SLOT, "stream")
    with proxy.connect() as waiter, proxy.connect() as other:
        other.call("XADD", key, "1-1", "f", "old")
        answer = in_background(waiter, "XREAD", "BLOCK", 0, "STREAMS", key, "$")
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        move = SlotMove(cluster, SLOT)
        proxy.send_signal(signal.SIGSTOP)
        try:
            move.run()
            until(lambda: move.source.call("INFO", "clients").count(b"blocked_clients:0"), "the source to let go")
            move.target.call("XADD", key, "2-1", "f", "new")
        finally:
            proxy.send_signal(signal.SIGCONT)
        assert answer() == [[key.encode(), [[b"2-1", [b"f", b"new"]]]]]


def test_many_wait_on_one_queue_and_each_element_reaches_one(cluster, proxy):
    with proxy.connect() as other:
        other.call("DEL", "queue")
        waiters = [proxy.connect() for _ in range(40)]
        for waiter in waiters:
            send_all(waiter, ("BLPOP", "queue", 0))
        until(lambda: blocked_clients(cluster) == 40, "all to be blocked")
        other.pipeline([("RPUSH", "queue", number) for number in range(40)])
        got = sorted(int(waiter.read()[1]) for waiter in waiters)
        assert got == list(range(40))
        for waiter in waiters:
            waiter.close()


def test_a_stop_does_not_wait_for_who_is_blocked(cluster, slotway):
    proxy = slotway(cluster.seeds, config="timeouts: {drain: 20s}\n")
    with proxy.connect() as waiter:
        send_all(waiter, ("BLPOP", "stopped", 0))
        until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
        began = time.monotonic()
        proxy.stop()
        assert time.monotonic() - began < 15, "it waited until the drain's end"


@pytest.mark.parametrize("behind", [10, 10000], ids=["little", "much"])
def test_who_has_left_is_seen_behind_what_it_has_pipelined(raw, proxy, cluster, behind):
    """The end of its stream lies behind all of it."""
    for _ in range(5):
        client = proxy.connect()
        send_all(client, ("BLPOP", "q", 0), *[("SET", "after", 1)] * behind)
        until(lambda: blocked_clients(cluster) == 1, "it to block")
        client.close()
        until(lambda: blocked_clients(cluster) == 0, "the node to hear that it has left")
        assert raw.call("RPUSH", "q", "x") == 1, "popped for nobody"
        raw.call("DEL", "q")
    assert raw.call("EXISTS", "after") == 0


def test_what_is_pipelined_behind_a_block_runs_when_it_ends(raw, proxy, cluster):
    with proxy.connect() as client:
        send_all(client, ("BLPOP", "q", 0), *[("INCR", "after")] * 10000)
        until(lambda: blocked_clients(cluster) == 1, "it to block")
        send_all(client, *[("INCR", "after")] * 10000)
        raw.call("RPUSH", "q", "x")
        assert client.read() == [b"q", b"x"]
        assert [client.read() for _ in range(20000)] == list(range(1, 20001))
