"""Connections to nodes that are lost, slow or wrong; clients that leave while their work is on its way."""
import threading

import pytest

from harness.load import Load
from harness.resp import Err
from harness.scripted import OK, bulk
from harness.slots import key_in, spread_keys
from harness.wait import until

LOW, HIGH = key_in(100), key_in(16000)


def echo_key(_, argv):
    return bulk(argv[1])


def test_a_write_on_a_lost_link_has_an_unknown_outcome_and_is_not_repeated(scripted, slotway):
    fake = scripted(2)
    fake.nodes[0].on("INCR", lambda session, _: session.hang_up())
    proxy = slotway(fake.seeds)
    assert proxy.call("INCR", LOW) == "ERR upstream connection lost, the command may have run"
    assert fake.nodes[0].count("INCR") == 1


def test_a_read_on_a_lost_link_is_sent_again(scripted, slotway):
    fake = scripted(2)
    losses = iter([True, True])
    fake.nodes[0].on("GET", lambda session, argv: session.hang_up() if next(losses, False) else bulk(argv[1]))
    proxy = slotway(fake.seeds)
    assert proxy.call("GET", LOW) == LOW.encode()
    assert fake.nodes[0].count("GET") == 3


@pytest.mark.parametrize("half", [b"$10\r\nhal", b"$", b"*2\r\n$1\r\na\r\n", b"-ERR ha", b":12"], ids=repr)
def test_half_a_reply_then_a_close(scripted, slotway, half):
    fake = scripted(2)

    def answer(session, _):
        session.send(half)
        session.hang_up()

    fake.nodes[0].on("GETSET", answer)
    fake.nodes[1].on("GET", echo_key)
    proxy = slotway(fake.seeds)
    with proxy.connect() as client:
        replies = client.pipeline([("GETSET", LOW, 1), ("GET", HIGH)])
        assert isinstance(replies[0], Err) and "may have run" in replies[0] and replies[1] == HIGH.encode()


def test_nonsense_from_a_node_is_not_passed_on(scripted, slotway):
    fake = scripted(2)
    fake.nodes[0].on("GETSET", lambda *_: b"HTTP/1.1 200 OK\r\n\r\n")
    fake.nodes[1].on("GET", echo_key)
    proxy = slotway(fake.seeds)
    with proxy.connect() as client:
        replies = client.pipeline([("GETSET", LOW, 1), ("GET", HIGH)])
        assert isinstance(replies[0], Err) and "may have run" in replies[0] and replies[1] == HIGH.encode()


def test_replies_in_single_bytes(scripted, slotway):
    fake = scripted(2)

    def drip(session, argv):
        for byte in b"*3\r\n" + bulk(argv[1]) + b":-1\r\n*1\r\n$-1\r\n":
            session.send(bytes([byte]))

    fake.nodes[0].on("LRANGE", drip)
    assert slotway(fake.seeds).call("LRANGE", LOW, 0, -1) == [LOW.encode(), -1, [None]]


def test_a_slow_node_holds_up_nobody_else(scripted, slotway):
    fake = scripted(2)
    release = threading.Event()

    def late(_, argv):
        release.wait(60)
        return bulk(argv[1])

    fake.nodes[0].on("GET", late)
    fake.nodes[1].on("GET", echo_key)
    proxy = slotway(fake.seeds, args=["--workers", "1"])
    with proxy.connect() as stuck, proxy.connect() as free:
        stuck.send("GET", LOW)
        until(lambda: fake.nodes[0].count("GET") == 1, "the slow node to be asked")
        for _ in range(100):
            assert free.call("GET", HIGH) == HIGH.encode()
        assert free.call("PING") == b"PONG"
        release.set()
        assert stuck.read() == LOW.encode()


def test_deadline_answers_and_the_late_reply_is_consumed(scripted, slotway):
    fake = scripted(2)
    parked = []

    def park_first(session, argv):
        if argv[1] == LOW.encode():
            parked.append(session)
            return None
        return bulk(argv[1])

    fake.nodes[0].on("GETSET", park_first)
    proxy = slotway(fake.seeds, config="timeouts: {connect: 200ms, request_deadline: 300ms}\n")
    others = [key_in(100, f"other{number}") for number in range(50)]
    with proxy.connect() as client, proxy.connect() as second:
        client.send("GETSET", LOW, 1)
        until(lambda: parked, "the request to arrive")
        reply = client.read()
        assert isinstance(reply, Err) and "deadline" in reply and "may have run" in reply, reply
        parked[0].send(b"$4\r\nlate\r\n")
        for connection in (client, second):
            got = connection.pipeline([("GETSET", key, 1) for key in others])
            assert got == [key.encode() for key in others], "a late reply was given to somebody else"


def test_clients_that_leave_with_work_on_its_way(scripted, slotway):
    fake = scripted(2)
    gate = threading.Event()

    def gated(_, argv):
        gate.wait(60)
        return bulk(argv[1])

    for node in fake.nodes:
        node.on("GETSET", gated)
    proxy = slotway(fake.seeds)
    for number in range(20):
        leaver = proxy.connect()
        for slot in (100, 16000):
            leaver.send("GETSET", key_in(slot, f"leaver{number}"), 1)
        leaver.close()
    until(lambda: proxy.metric("slotway_clients_accepted_total") == 20, "the leavers to be taken in")
    with proxy.connect() as stays:
        stays.send("GETSET", LOW, 1)
        stays.send("GETSET", HIGH, 1)
        gate.set()
        assert [stays.read(), stays.read()] == [LOW.encode(), HIGH.encode()]
        assert stays.pipeline([("GETSET", key_in(100, n), 1) for n in range(100)]) == [
            key_in(100, n).encode() for n in range(100)]


def test_clients_that_break_off_in_the_middle_of_a_request(proxy):
    for cut in range(1, 30, 3):
        connection = proxy.connect()
        connection.send_raw(b"*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$5\r\nvalue\r\n"[:cut])
        connection.close()
    assert proxy.call("GET", "half") is None
    assert proxy.running()


def test_one_link_per_node_and_worker(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, args=["--workers", "2"])
    keys = spread_keys(30, "link")
    clients = [proxy.connect() for _ in range(20)]
    for client in clients:
        assert client.pipeline([("SET", key, 1) for key in keys]) == [b"OK"] * 30
    assert proxy.metric("slotway_links") <= 2 * 3
    for client in clients:
        client.close()


def test_password_for_the_nodes(fresh_cluster, slotway, tmp_path):
    cluster = fresh_cluster(2)
    for node in cluster.nodes:
        node.call("CONFIG", "SET", "requirepass", "inner")
    secret = tmp_path / "node-password"
    secret.write_text("inner\n")
    proxy = slotway(config=f"upstreams: {{main: {{seeds: [{cluster.seeds[0]}], password_file: {secret}}}}}\n")
    assert [proxy.call("SET", key, 1) for key in (LOW, HIGH)] == [b"OK"] * 2
    assert "inner" not in proxy.log()


def test_wrong_password_for_the_nodes_says_so(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    for node in cluster.nodes:
        node.call("CONFIG", "SET", "requirepass", "inner")
    proxy = slotway(cluster.seeds, config="timeouts: {connect: 200ms, request_deadline: 1s}\n",
                    env={"SLOTWAY_UPSTREAM_PASSWORD": "zebra"}, ready=False)
    assert isinstance(proxy.call("GET", LOW), Err)
    until(lambda: "WRONGPASS" in proxy.log() or "credentials" in proxy.log(), "the log to tell the reason")
    assert "zebra" not in proxy.log()


def test_a_killed_replica_changes_nothing_for_clients(fresh_cluster, slotway):
    cluster = fresh_cluster(2, 1)
    proxy = slotway(cluster.seeds)
    with Load(proxy, spread_keys(20, "calm"), threads=2) as load:
        until(lambda: load.rounds > 4, "the load to run")
        cluster.replicas()[0].kill()
        rounds = load.rounds
        until(lambda: load.rounds > rounds + 20, "the load to run on")


def test_ok_is_not_taken_for_a_reply_of_the_greeting(scripted, slotway):
    """The answers to the greeting of a link are counted too: nothing shifts, however often links are made anew."""
    fake = scripted(2)
    calls = iter(range(1000))
    fake.nodes[0].on("SET", lambda *_: OK).on(
        "GET", lambda session, argv: session.hang_up() if next(calls) % 3 == 2 else bulk(argv[1]))
    proxy = slotway(fake.seeds)
    keys = [key_in(100, n) for n in range(30)]
    with proxy.connect() as client:
        assert [client.call("GET", key) for key in keys] == [key.encode() for key in keys]
