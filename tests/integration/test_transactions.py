"""MULTI, EXEC and WATCH before real clusters: atomic, in order, and through moves of their slot."""
import threading

import pytest

from harness.resp import Err
from harness.scripted import OK
from harness.slot_move import SlotMove
from harness.slots import key_in
from harness.wait import until

SLOT = 4244
SPLIT = "listeners: [{bind: '127.0.0.1:PORT', transactions: {cross_slot: split}}]\n"


def test_a_transaction_in_one_pipeline(proxy, cluster):
    with proxy.connect() as client:
        replies = client.pipeline([("SET", "{t}a", 1), ("MULTI",), ("INCR", "{t}a"), ("LPUSH", "{t}l", "x"), ("PING",),
                                   ("GET", "{t}a"), ("LPUSH", "{t}a", "y"), ("EXEC",), ("GET", "{t}a")])
    assert replies[:7] == [b"OK", b"OK"] + [b"QUEUED"] * 5
    result = replies[7]
    assert result[:4] == [2, 1, b"PONG", b"2"] and result[4].code == "WRONGTYPE"
    assert replies[8] == b"2"


def test_errors_of_the_queue_are_those_of_one_redis(proxy, plain):
    scripts = [
        [("MULTI",), ("SET", "a"), ("SET", "a", 1), ("EXEC",)], [("MULTI",), ("NOSUCH", "x"), ("EXEC",)],
        [("EXEC",)], [("DISCARD",)], [("MULTI",), ("MULTI",), ("SET", "a", 1), ("EXEC",)], [("MULTI",), ("WATCH", "a"), ("EXEC",)],
        [("MULTI",), ("EXEC",)], [("MULTI",), ("SET", "a", 1), ("DISCARD",), ("GET", "a")], [("MULTI",), ("EXEC", "x"), ("EXEC",)],
        [("WATCH", "a"), ("MULTI",), ("SET", "a", 2), ("EXEC",)], [("WATCH",)], [("UNWATCH",)], [("MULTI",), ("UNWATCH",), ("EXEC",)],
        [("MULTI",), ("BLPOP", "none", 0), ("EXEC",)], [("MULTI",), ("SHUTDOWN",), ("EXEC",)],
        [("WATCH", "a"), ("SET", "a", 3), ("MULTI",), ("GET", "a"), ("EXEC",)], [("MULTI",), ("SELECT", 0), ("ECHO", "e"), ("EXEC",)],
    ]
    with proxy.connect() as client:
        for script in scripts:
            assert [client.raw(*command) for command in script] == [plain.raw(*command) for command in script], script


def test_watch_sees_others_and_its_own_client(proxy, cluster):
    with proxy.connect() as client, proxy.connect() as other:
        client.call("SET", "w", 1)
        for writer in (client, other):
            assert client.call("WATCH", "w") == b"OK"
            writer.call("SET", "w", 2)
            assert [client.call("MULTI"), client.call("SET", "w", 9), client.call("EXEC")] == [b"OK", b"QUEUED", None]
        assert client.call("WATCH", "w", "{w}none") == b"OK"
        assert client.call("GET", "w") == b"2"
        assert client.pipeline([("MULTI",), ("INCR", "w"), ("EXEC",)])[-1] == [3]
        assert client.call("WATCH", "w") == b"OK"
        other.call("SET", "w", 7)
        assert client.call("UNWATCH") == b"OK"
        assert client.pipeline([("MULTI",), ("INCR", "w"), ("EXEC",)])[-1] == [8]


def test_counters_by_optimistic_locking(proxy, cluster):
    workers, rounds = 6, 25

    def count():
        with proxy.connect() as client:
            done = 0
            while done < rounds:
                client.call("WATCH", "counter")
                value = int(client.call("GET", "counter") or 0)
                done += client.pipeline([("MULTI",), ("SET", "counter", value + 1), ("EXEC",)])[-1] is not None

    threads = [threading.Thread(target=count) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with proxy.connect() as client:
        assert client.call("GET", "counter") == str(workers * rounds).encode()


def test_cross_slot_is_refused_while_it_is_queued(proxy, cluster):
    with proxy.connect() as client:
        client.call("MULTI")
        assert client.call("SET", "a", 1) == b"QUEUED"
        error = client.call("SET", "b", 1)
        assert error.code == "CROSSSLOT" and "'b'" in error and "{user1}" in error and "transactions.cross_slot" in error
        assert client.call("EXEC").code == "EXECABORT"
        assert client.call("EXISTS", "a", "b") == 0


def test_cross_slot_split(cluster, slotway):
    proxy = slotway(cluster.seeds, config=SPLIT, listen=())
    with proxy.connect() as client:
        assert client.pipeline([("MULTI",), ("SET", "a", 1), ("INCR", "b"), ("INCR", "a"), ("PING",), ("EXEC",)])[-1] == [
            b"OK", 1, 2, b"PONG"]


def test_split_says_how_far_it_came(scripted, slotway):
    """The second part's node takes the transaction and hangs up: nobody can know whether that part has run."""
    cluster = scripted(3)
    ran = [key_in(slot, "k") for slot in (0, 6000, 12000)]
    for node in cluster.nodes:
        node.on("MULTI", lambda *_: OK).on("SET", lambda *_: b"+QUEUED\r\n").on("EXEC", lambda *_: b"*1\r\n+OK\r\n")
    cluster.nodes[1].on("EXEC", lambda session, _: session.hang_up())
    proxy = slotway(cluster.seeds, config=SPLIT, listen=())
    with proxy.connect() as client:
        error = client.pipeline([("MULTI",), *[("SET", key, 1) for key in ran], ("EXEC",)])[-1]
        assert error.code == "EXECABORT" and "part 2 of 3" in error and "may have run" in error, error
        assert [node.count("EXEC") for node in cluster.nodes] == [1, 1, 0]
        assert client.call("PING") == b"PONG"


def test_watch_is_asked_for_again_when_its_connection_ends(scripted, slotway):
    """It changes nothing but its connection, so that its outcome is never in doubt."""
    cluster = scripted(1)
    node = cluster.nodes[0]
    node.on("WATCH", lambda session, _: session.hang_up() if node.count("WATCH") == 1 else OK)
    node.on("MULTI", lambda *_: OK).on("SET", lambda *_: b"+QUEUED\r\n").on("EXEC", lambda *_: b"*1\r\n+OK\r\n")
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        assert client.call("WATCH", "k") == b"OK"
        assert node.count("WATCH") == 2
        assert client.pipeline([("MULTI",), ("SET", "k", 1), ("EXEC",)])[-1] == [b"OK"]


def test_what_is_watched_on_a_connection_that_has_ended_has_changed(scripted, slotway):
    cluster = scripted(1)
    node = cluster.nodes[0].on("MULTI", lambda *_: OK).on("SET", lambda *_: b"+QUEUED\r\n")
    watching = []
    node.on("WATCH", lambda session, _: watching.append(session) or OK)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        assert client.call("WATCH", "k") == b"OK"
        watching[0].hang_up()
        assert client.call("WATCH", "k2{k}") == b"OK", "EXEC is to say it"
        assert client.pipeline([("MULTI",), ("SET", "k", 1), ("EXEC",)])[-1] is None
        assert node.count("EXEC") == 0


@pytest.mark.parametrize("watched", [False, True], ids=["plain", "watched"])
def test_transactions_while_their_slot_moves(fresh_cluster, slotway, watched):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    first, second, log = (key_in(SLOT, name) for name in ("first", "second", "log"))
    stop = threading.Event()
    problems, done = [], []

    def work():
        with proxy.connect() as client:
            while not stop.is_set():
                if watched and client.call("WATCH", first) != b"OK":
                    problems.append("WATCH")
                result = client.pipeline([("MULTI",), ("INCR", first), ("INCR", second), ("RPUSH", log, "x"), ("EXEC",)])[-1]
                if isinstance(result, Err):
                    problems.append(result)
                elif result is not None:
                    done.append(result)
                elif not watched:
                    problems.append("nil without WATCH")

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: len(done) > 10, "transactions to run")
    for _ in range(3):
        SlotMove(cluster, SLOT).run()
        before = len(done)
        until(lambda: len(done) > before + 10, "transactions to run on")
    stop.set()
    thread.join()
    assert not problems, problems[:5]
    assert done == [[number, number, number] for number in range(1, len(done) + 1)], "each ran once, whole, in order"
