"""What the process holds: never much more than limits.memory, whatever its clients do, and nothing once they have gone."""
import signal
import socket

import pytest

from harness.resp import OK, encode
from harness.wait import until

MB = 1 << 20

LIMIT = 64 * MB


def small(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {memory: 64mb}\n", args=["--workers", "2"])
    return proxy, proxy.memory_bytes("VmHWM")


def closed_for_memory(proxy):
    return proxy.metric("slotway_failures_total", **{"class": "memory_limit"})


@pytest.mark.release_only
def test_answers_that_nobody_reads_do_not_outgrow_the_process(cluster, slotway):
    proxy, before = small(cluster, slotway)
    with proxy.connect() as good:
        good.call("SET", "fat", b"x" * MB)
        slow = [proxy.connect(receive_buffer=4096) for _ in range(60)]
        for client in slow:
            client.send_raw(encode("GET", "fat") * 30)
        until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
        for _ in range(50):
            assert good.call("GET", "fat") == b"x" * MB
        until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
        assert proxy.memory_bytes("VmHWM") - before < LIMIT
        for client in slow:
            client.close()
        until(lambda: proxy.metric("slotway_buffered_bytes") < MB, "all to be given back")
        assert "client_closed_for_memory" in proxy.log()


@pytest.mark.release_only
def test_requests_that_never_end_do_not_outgrow_the_process(cluster, slotway):
    proxy, before = small(cluster, slotway)
    with proxy.connect() as good:
        good.call("SET", "k", "v")
        halves = [proxy.connect() for _ in range(160)]
        for number, client in enumerate(halves):
            try:
                client.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8000000\r\n" + b"x" * (MB if number < 140 else 4 * MB))
            except (ConnectionError, TimeoutError):
                pass  # it held more than others
        until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
        assert good.call("GET", "k") == b"v"
        until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
        assert proxy.memory_bytes("VmHWM") - before < LIMIT
        assert proxy.metric("slotway_clients") > 10, "no more are closed than has to be"
        for client in halves:
            client.close()


@pytest.mark.release_only
def test_requests_that_grow_side_by_side_leave_no_holes(cluster, slotway):
    """Each outgrows its place again and again, and the places lie between each other's."""
    proxy, before = small(cluster, slotway)
    with proxy.connect() as good:
        good.call("SET", "k", "v")
        halves = [proxy.connect() for _ in range(60)]
        for client in halves:
            client.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8000000\r\n")
        while closed_for_memory(proxy) < 40:
            for client in halves:
                try:
                    client.send_raw(b"x" * 16 * 1024)
                except (ConnectionError, TimeoutError):
                    pass  # it held more than others
        assert good.call("GET", "k") == b"v"
        assert proxy.memory_bytes("VmHWM") - before < LIMIT * 3 / 4
        for client in halves:
            client.close()


def half_open(proxy, text, count):
    """Connections that have sent `text` and are not looked after any further."""
    clients = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(count)]
    for client in clients:
        client.setblocking(False)
        client.send(text)
    return clients


@pytest.mark.release_only
def test_what_all_send_in_one_moment_does_not_outgrow_the_process(cluster, slotway):
    """The proxy is stopped meanwhile, so that it finds all of it in one look."""
    proxy, before = small(cluster, slotway)
    request = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8000000\r\n" + b"x" * 120_000
    proxy.send_signal(signal.SIGSTOP)
    clients = half_open(proxy, request, 2000)
    proxy.send_signal(signal.SIGCONT)
    until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
    until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
    assert proxy.memory_bytes("VmHWM") - before < LIMIT
    with proxy.connect() as good:
        assert good.call("SET", "k", "v") == OK
    for client in clients:
        client.close()


@pytest.mark.release_only
def test_names_to_remember_do_not_outgrow_the_process(cluster, slotway):
    """Of channels, which are confirmed and read, so that nothing but the names stays."""
    proxy, before = small(cluster, slotway)
    clients = [proxy.connect() for _ in range(10)]
    try:
        for number in range(100_000):
            name = f"{number:0>1000}"
            assert clients[number % 10].call("SUBSCRIBE", name)[1] == name.encode()
    except (ConnectionError, EOFError):
        pass
    until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
    until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
    assert proxy.memory_bytes("VmHWM") - before < LIMIT
    for client in clients:
        client.close()
    until(lambda: proxy.metric("slotway_buffered_bytes") < MB, "all to be given back")


@pytest.mark.release_only
def test_prefixes_to_watch_do_not_outgrow_the_process(cluster, slotway):
    proxy, before = small(cluster, slotway)
    clients = [proxy.connect() for _ in range(100)]
    for client in clients:
        client.call("HELLO", 3)
    try:
        for number, client in enumerate(clients):
            prefixes = [word for place in range(200) for word in ("PREFIX", f"{number:0>4}{place:0>996}")]
            assert client.call("CLIENT", "TRACKING", "ON", "BCAST", *prefixes) == OK
    except (ConnectionError, EOFError):
        pass
    until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
    until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
    assert proxy.memory_bytes("VmHWM") - before < LIMIT
    for client in clients:
        client.close()
    until(lambda: proxy.metric("slotway_buffered_bytes") < MB, "all to be given back")


@pytest.mark.release_only
def test_small_requests_to_a_node_that_hangs_do_not_outgrow_the_process(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy, before = small(cluster, slotway)
    hung, key = cluster.masters()[0], "k"
    number = 0
    while cluster.owner(key) != hung:
        number += 1
        key = f"k{number}"
    while cluster.owner(other := f"o{number}") == hung:
        number += 1
    with proxy.connect() as good:
        assert good.call("SET", other, "v") == OK
        hung.pause()
        clients = half_open(proxy, encode("GET", key) * 250, 2000)
        until(lambda: closed_for_memory(proxy) > 0, "memory to run out")
        assert good.call("GET", other) == b"v", "who has nothing at that node goes on"
        until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
        assert proxy.memory_bytes("VmHWM") - before < LIMIT
        assert proxy.metric("slotway_clients") > 100, "no more are closed than has to be"
        hung.resume()
        until(lambda: good.call("GET", key) is None, "the node to be back")
        for client in clients:
            client.close()


@pytest.mark.release_only
def test_one_message_to_many_does_not_outgrow_the_process(cluster, slotway):
    proxy, before = small(cluster, slotway)
    deaf = [proxy.connect(receive_buffer=4096) for _ in range(200)]
    for client in deaf:
        client.call("SUBSCRIBE", "news")
    node = cluster.masters()[0]

    def run_out():
        node.call("PUBLISH", "news", b"x" * MB)
        return closed_for_memory(proxy) > 0

    until(run_out, "memory to run out")
    until(lambda: proxy.metric("slotway_buffered_bytes") <= LIMIT * 5 / 8, "enough to be given back")
    with proxy.connect() as hears:
        hears.call("SUBSCRIBE", "weather")
        for _ in range(100):
            node.call("PUBLISH", "weather", b"x" * 10_000)
            assert hears.read() == [b"message", b"weather", b"x" * 10_000]
        assert proxy.memory_bytes("VmHWM") - before < LIMIT
    for client in deaf:
        client.close()


def read_away(client, count):
    """Reads `count` bytes as fast as it can, and forgets them."""
    room = bytearray(MB)
    while count > 0:
        read = client.socket.recv_into(room, min(count, len(room)))
        assert read, f"cut off with {count} bytes left"
        count -= read


def read_value_away(client, key, size):
    client.send("GET", key)
    read_away(client, len(b"$%d\r\n" % size) + size + 2)


@pytest.mark.slow
@pytest.mark.release_only
def test_half_a_gigabyte_passes_through_little_memory(fresh_cluster, slotway):
    """It comes in once, since a request may have to go again; it goes out as it comes."""
    proxy = slotway(fresh_cluster(1).seeds)
    size = 512 * MB
    before = proxy.memory_bytes("RssAnon")
    with proxy.connect() as client:
        assert client.call("SET", "huge", b"z" * size) == OK
    assert proxy.memory_bytes("VmHWM") - before < size + 32 * MB
    until(lambda: proxy.memory_bytes("RssAnon") < before + 16 * MB, "the request's memory to be given back")
    proxy.forget_peak()
    before = proxy.memory_bytes("VmHWM")
    with proxy.connect() as client:
        read_value_away(client, "huge", size)
        assert client.call("PING") == b"PONG"
    assert proxy.memory_bytes("VmHWM") - before < 32 * MB


@pytest.mark.slow
@pytest.mark.release_only
def test_what_a_burst_took_is_given_back(fresh_cluster, slotway):
    proxy = slotway(fresh_cluster(1).seeds, args=["--workers", "1"])
    before = proxy.memory_bytes("RssAnon")
    size = 16 * MB
    clients = [proxy.connect() for _ in range(50)]
    request = encode("SET", "large", b"z" * size)
    half = len(request) // 2
    for client in clients:
        client.send_raw(request[:half])
    for client in clients:
        client.send_raw(request[half:])
        assert client.read() == OK
        read_value_away(client, "large", size)
    for client in clients:
        client.send_raw(b"".join(encode("SET", f"k{n}", b"v" * 1000) + encode("GET", f"k{n}") for n in range(500)))
    for client in clients:
        assert [client.read() for _ in range(1000)] == [OK, b"v" * 1000] * 500
    assert proxy.memory_bytes("VmHWM") - before > 256 * MB, "no burst at all"
    until(lambda: proxy.memory_bytes("RssAnon") < before + 16 * MB, "memory to be given back, the clients being idle")
    for client in clients:
        client.close()
