"""What a client may not do: be too many, ask too much, read too slowly."""
import resource
import socket
import time

import pytest

from harness.resp import OK, Closed, encode
from harness.slots import SLOTS, key_in
from harness.wait import until

MB = 1 << 20


def failures(proxy, kind):
    return proxy.metric("slotway_failures_total", **{"class": kind})


def test_number_of_clients(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {clients: 5}\n", args=["--workers", "2"])
    inside = [proxy.connect() for _ in range(5)]
    for client in inside:
        assert client.call("PING") == b"PONG"
    with proxy.connect() as sixth:
        assert sixth.read_until_closed() == b"-ERR max number of clients reached\r\n"
    assert proxy.metric("slotway_clients_rejected_total") == 1
    inside.pop().close()

    def let_in():
        with proxy.connect() as again:
            return again.call("PING") == b"PONG"

    until(let_in, "the place to be free again")
    for client in inside:
        client.close()


def test_clients_leave_descriptors_to_the_links(cluster, slotway):
    """80 are to be had: the clients get 60 of them, and who is one is served."""
    proxy = slotway(cluster.seeds[:1], args=["--workers", "1"], descriptors=80)
    assert "few_descriptors limit=80" in proxy.log()
    clients = [proxy.connect() for _ in range(60)]
    for client in clients:
        assert client.call("PING") == b"PONG"
    for _ in range(40):
        with proxy.connect() as late:
            assert late.read_until_closed() == b"-ERR max number of clients reached\r\n"
    assert clients[0].call("CONFIG", "GET", "maxclients") == [b"maxclients", b"60"]
    assert clients[-1].call("MSET", *[word for n in range(50) for word in (f"k{n}", "v")]) == OK
    for client in clients:
        client.close()


def test_who_cannot_be_accepted_waits_and_nothing_turns_in_circles(cluster, slotway):
    proxy = slotway(cluster.seeds, config="workers: 1\n")
    with proxy.connect() as client:
        assert client.call("SET", "k", "v") == OK
        was = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (0, was[1]))
        late = [proxy.connect() for _ in range(20)]
        begun = time.monotonic()
        for one in late:
            one.send("GET", "k")
        until(lambda: "accept_failed" in proxy.log(), "it to run out of files")
        for _ in range(1000):
            assert client.call("GET", "k") == b"v", "who is there is served"
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, was)
        assert [one.read() for one in late] == [b"v"] * len(late)
        failures = proxy.metric("slotway_accept_failures_total")
        assert 1 <= failures <= 3 + 20 * (time.monotonic() - begun), "ten a second"
        for one in late:
            one.close()


def ask_without_reading(client, key, times):
    """Sends until the proxy no longer reads; tells how many requests went out whole."""
    request = b"*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % (len(key), key.encode())
    client.socket.settimeout(2)
    sent = 0
    try:
        for sent in range(times):
            client.send_raw(request)
    except (TimeoutError, ConnectionError):
        pass
    return sent


@pytest.mark.release_only
def test_a_slow_reader_is_paused_and_memory_stays_bounded(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {client_output_bytes: 8mb}\n", args=["--workers", "1"])
    with proxy.connect() as good:
        good.call("SET", "fat", b"x" * MB)
        before = proxy.rss_bytes()
        slow = proxy.connect(receive_buffer=4096)
        ask_without_reading(slow, "fat", 300)
        for number in range(200):
            assert good.call("ECHO", number) == b"%d" % number
        assert good.call("GET", "fat") == b"x" * MB, "the neighbour's replies come over the same link"
        assert proxy.rss_bytes() - before < 150 * MB
        slow.close()


def test_a_slow_reader_over_the_limit_is_closed(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {client_output_bytes: 1mb}\n")
    with proxy.connect() as good:
        good.call("SET", "fat", b"x" * MB)
        slow = proxy.connect(receive_buffer=4096)
        ask_without_reading(slow, "fat", 200)
        until(lambda: proxy.metric("slotway_clients") == 1, "the slow reader to be cut off")
        assert good.call("PING") == b"PONG"
        slow.close()


def test_a_request_in_single_bytes_holds_up_nobody(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], args=["--workers", "1"])
    with proxy.connect() as slow, proxy.connect() as quick:
        for byte in encode("SET", "k", "value"):
            slow.send_raw(bytes([byte]))
            assert [quick.call("PING"), quick.call("ECHO", "x")] == [b"PONG", b"x"]
        assert slow.read() == OK
        assert quick.call("GET", "k") == b"value"


def test_a_client_that_reads_late_gets_everything(proxy, raw):
    raw.call("SET", "medium", b"y" * 10000)
    with proxy.connect() as late:
        late.send_raw(b"*2\r\n$3\r\nGET\r\n$6\r\nmedium\r\n" * 2000)
        until(lambda: proxy.call("PING") == b"PONG", "others to be served")
        assert [late.read() for _ in range(2000)] == [b"y" * 10000] * 2000


def test_one_reply_larger_than_the_output_limit_reaches_a_reader(cluster, slotway):
    """The limit is on what waits, not on how large a reply may be."""
    proxy = slotway(cluster.seeds[:1], config="limits: {client_output_bytes: 1mb}\n")
    with proxy.connect() as client:
        client.call("SET", "large", b"z" * (8 * MB))
        assert client.call("GET", "large") == b"z" * (8 * MB)


@pytest.mark.release_only
def test_an_idle_connection_costs_next_to_nothing(cluster, slotway):
    connections = 4000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * connections:
        pytest.skip(f"{hard} open files are too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * connections), hard))
    proxy = slotway(cluster.seeds[:1], args=["--workers", "1"])

    def served():
        client = socket.create_connection(("127.0.0.1", proxy.port))
        for request, reply in (("PING",), b"+PONG\r\n"), (("GET", "nothing"), b"$-1\r\n"):
            client.sendall(encode(*request))
            assert client.recv(100) == reply
        return client

    for _ in range(500):
        served().close()
    before = proxy.memory_bytes("RssAnon")
    idle = [served() for _ in range(connections)]
    grown = proxy.memory_bytes("RssAnon") - before
    assert grown < 512 * len(idle), f"{grown / len(idle)} bytes for each"
    for client in idle:
        client.close()


def test_keys_of_one_split_command(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {fan_out_keys: 100}\n")
    with proxy.connect() as client:
        assert client.call("MGET", *[f"k{n}" for n in range(100)]) == [None] * 100
        assert "limits.fan_out_keys" in client.call("MGET", *[f"k{n}" for n in range(101)])
        assert client.call("PING") == b"PONG"
    assert failures(proxy, "fan_out_limit") == 1


def test_the_size_of_a_request(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {request_bytes: 1mb}\n")
    with proxy.connect() as client:
        assert client.call("SET", "k", "x" * 900_000) == OK
        assert "request too large" in client.call("DEL", *["x" * 100_000] * 20)
        assert client.read_until_closed() == b""
    assert failures(proxy, "request_limit") == 1


def test_commands_that_wait_for_a_lost_master(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config="workers: 1\nlimits: {held_requests: 4}\n")
    lost, there = key_in(1), key_in(SLOTS - 1)
    with proxy.connect() as client:
        assert client.pipeline([("SET", lost, "v"), ("SET", there, "v")]) == [OK, OK]
    node = cluster.owner_of(1)
    node.kill()
    until(lambda: proxy.metric("slotway_link_failures_total") > 0, "it to be missed")
    clients = [proxy.connect() for _ in range(6)]
    for number, client in enumerate(clients):
        client.send("GET", lost)
        until(lambda most=min(number + 1, 4): proxy.metric("slotway_held_requests") == most, "it to be held")
    assert proxy.metric("slotway_held_bytes") == 4 * len(encode("GET", lost))
    for client in clients[4:]:
        assert "limits.held_requests" in client.read()
    assert failures(proxy, "held_limit") == 2
    assert clients[5].call("GET", there) == b"v"
    node.start()
    assert [client.read() for client in clients[:4]] == [None] * 4, "it has lost its data, and nothing else"
    assert proxy.metric("slotway_held_requests") == proxy.metric("slotway_held_bytes") == 0
    for client in clients:
        client.close()


def test_connections_to_a_node(cluster, slotway):
    proxy = slotway(cluster.seeds, config="workers: 1\nlimits: {node_connections: 2}\n")
    queues = [key_in(1, f"queue{number}") for number in range(3)]
    clients = [proxy.connect() for _ in queues]
    blocked = cluster.owner_of(1)
    for number, (client, queue) in enumerate(zip(clients, queues)):
        client.send("BLPOP", queue, 0)
        if number < 2:
            until(lambda most=number + 1: int(blocked.info("clients")["blocked_clients"]) == most, "it to be blocked")
    assert "limits.node_connections" in clients[2].read()
    assert failures(proxy, "node_connections") == 1
    assert clients[2].call("RPUSH", queues[0], "v") == 1
    assert clients[0].read() == [queues[0].encode(), b"v"]
    clients[2].send("BLPOP", queues[2], 0)
    until(lambda: int(blocked.info("clients")["blocked_clients"]) == 2, "its place to be taken")
    for queue, client in zip(queues[1:], clients[1:]):
        assert clients[0].call("RPUSH", queue, "v") == 1
        assert client.read() == [queue.encode(), b"v"]
    for client in clients:
        client.close()


def test_idle_clients_are_closed_when_told_so(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="timeouts: {client_idle: 300ms}\n")
    with proxy.connect() as client:
        assert client.call("PING") == b"PONG"
        assert client.read_until_closed() == b""
        with pytest.raises((Closed, OSError)):
            client.call("PING")


def test_more_requests_in_flight_than_allowed_are_only_read_later(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {client_requests_in_flight: 10}\n")
    with proxy.connect() as client:
        assert client.pipeline([("INCR", "n")] * 5000) == list(range(1, 5001))
        assert proxy.metric("slotway_client_pauses_total", reason="requests") > 0
