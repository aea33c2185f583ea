"""Where requests and connections end: in the middle of a buffer, at a deadline, behind one another, at a half-close."""
import socket
import time

from harness.resp import OK, Err, encode
from harness.scripted import bulk
from harness.slots import key_in
from harness.wait import until

LOW = key_in(100, "ends")
HIGH = key_in(16000, "ends")
MB = 1024 * 1024


def send_in_two(client, proxy, data, cut):
    """Two reads for the proxy: the second part leaves once the first has been taken in."""
    before = proxy.metric("slotway_bytes_total", direction="client_in")
    client.send_raw(data[:cut])
    until(lambda: proxy.metric("slotway_bytes_total", direction="client_in") >= before + cut, "the first part to be read")
    client.send_raw(data[cut:])


def test_quit_in_two_parts(cluster, slotway):
    proxy = slotway(cluster.seeds[:1])
    client = proxy.connect()
    send_in_two(client, proxy, encode("QUIT"), 6)
    assert client.read_until_closed() == b"+OK\r\n"
    assert proxy.call("PING") == b"PONG"


def test_a_protocol_error_in_two_parts(cluster, slotway):
    proxy = slotway(cluster.seeds[:1])
    client = proxy.connect()
    send_in_two(client, proxy, b"*1\r\n$x\r\nPING\r\n", 3)
    assert client.read_until_closed().startswith(b"-ERR Protocol error")
    assert proxy.call("PING") == b"PONG"


def test_a_deadline_with_answered_requests_behind_it(scripted, slotway):
    fake = scripted(2)
    fake.nodes[0].on("GETSET", lambda session, argv: None)
    fake.nodes[1].on("GETSET", lambda session, argv: bulk(argv[1]))
    proxy = slotway(fake.seeds, config="timeouts: {connect: 200ms, request_deadline: 500ms}\n")
    with proxy.connect() as client:
        keys = [LOW, HIGH, LOW, HIGH, HIGH, LOW]
        for key in keys:
            client.send("GETSET", key, 1)
        for key in keys:
            reply = client.read()
            assert (isinstance(reply, Err) and "may have run" in reply) if key == LOW else reply == HIGH.encode(), reply
    assert proxy.running(), proxy.log()[-4000:]


def test_a_client_that_stops_sending_still_gets_a_large_reply(cluster, slotway):
    proxy = slotway(cluster.seeds[:1])
    with proxy.connect() as client:
        assert client.call("SET", "large", b"z" * (32 * MB)) == OK
    with proxy.connect(receive_buffer=65536) as client:
        client.send("GET", "large")
        until(lambda: proxy.metric("slotway_bytes_total", direction="client_out") > MB, "the reply to be on its way")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read() == b"z" * (32 * MB)


def test_a_reader_that_keeps_a_steady_pace_gets_all_of_a_large_reply(cluster, slotway):
    """Slower than the node sends, and with much more to read than may wait for it; but it does read."""
    proxy = slotway(cluster.seeds[:1], config="limits: {client_output_bytes: 32mb}\n")
    size = 96 * MB
    with proxy.connect() as client:
        assert client.call("SET", "large", b"z" * size) == OK
    with proxy.connect() as client:
        client.send("GET", "large")
        left = len(b"$%d\r\n" % size) + size + 2
        while left > 0:
            part = client.socket.recv(min(left, 256 * 1024))
            assert part, f"cut off with {left} bytes left"
            left -= len(part)
            time.sleep(0.005)  # the pace of this reader, not a wait


def test_answers_behind_a_slow_one_are_bounded(scripted, slotway):
    fake = scripted(2)
    fake.nodes[0].on("GETSET", lambda session, argv: None)
    fake.nodes[1].on("GETSET", lambda session, argv: bulk(b"y" * 100_000))
    proxy = slotway(fake.seeds, config="limits: {client_output_bytes: 4mb}\n", args=["--workers", "1"])
    with proxy.connect() as client:
        client.pipeline([("PING",)])
        data = encode("GETSET", LOW, 1) + encode("GETSET", HIGH, 1) * 200
        client.send_raw(data)
        assert client.read_until_closed() == b""
        assert fake.nodes[1].count("GETSET") <= 200
    assert proxy.metric("slotway_failures_total", **{"class": "output_limit"}) == 1


def test_a_request_that_the_node_refuses_before_it_has_all_of_it(fresh_cluster, slotway):
    """Redis answers an announced bulk above its limit at once and closes, while most of the request is still with us."""
    cluster = fresh_cluster(1, options={"proto-max-bulk-len": "1mb"})
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        for _ in range(5):
            assert isinstance(client.call("SET", "large", b"z" * (32 * MB)), Err)
            assert client.call("SET", "small", 1) == OK
            assert client.call("GET", "small") == b"1"
