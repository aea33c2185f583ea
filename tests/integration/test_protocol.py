"""The wire as a client may abuse it: inline commands, frames in pieces, broken frames. The texts are Redis's own, so a
plain redis-server is asked for them."""
import pytest

from harness.resp import Connection, encode

BROKEN = [
    b"*abc\r\n",
    b"*2147483648\r\n",
    b"*1\r\n:5\r\n",
    b"*1\r\n$-1\r\n",
    b"*1\r\n$abc\r\n",
    b"*1\r\n$9223372036854775807\r\n",
    b"*2\r\n$3\r\nGET\r\nkey\r\n",
    b'SET k "unbalanced\r\n',
    b"SET k 'unbalanced\r\n",
    b"x" * 70000,
    b"*" + b"1" * 70000,
    b"*1\r\n$" + b"1" * 70000,
]


@pytest.mark.parametrize("data", BROKEN, ids=lambda data: repr(data[:24]))
def test_broken_frames_get_the_servers_text_and_a_close(proxy, plain_server, data):
    def answer(port):
        with Connection(port) as connection:
            connection.send_raw(encode("PING") + data)
            return connection.read_until_closed()

    wanted = answer(plain_server.port)
    assert wanted.startswith(b"+PONG\r\n-ERR Protocol error")
    assert answer(proxy.port) == wanted


def test_commands_before_a_broken_frame_are_answered_first(raw):
    raw.send_raw(encode("SET", "before", 1) + encode("GET", "before") + b"*1\r\n:\r\n" + encode("PING"))
    assert raw.read_until_closed() == b"+OK\r\n$1\r\n1\r\n-ERR Protocol error: expected '$', got ':'\r\n"


@pytest.mark.parametrize("line", [
    b"PING\r\n", b"PING\n", b"  ECHO   spaced  \r\n", b'ECHO "two words"\r\n', b'ECHO "\\x41\\n\\t\\\\"\r\n',
    b"ECHO 'single \\' quoted'\r\n", b"SET inline:key value\r\n", b"GET inline:none\r\n", b'ECHO ""\r\n',
], ids=repr)
def test_inline(raw, plain, line):
    for connection in (raw, plain):
        connection.send_raw(line)
        connection.read()
    assert raw.last_raw == plain.last_raw


def test_empty_lines_and_empty_arrays_have_no_reply(raw):
    raw.send_raw(b"\r\n\r\n*0\r\n*-1\r\n" + encode("ECHO", "next"))
    assert raw.read() == b"next"


def test_inline_and_frames_mixed_in_one_write(raw):
    raw.send_raw(b"SET mixed:a 1\r\n" + encode("GET", "mixed:a") + b"INCR mixed:a\r\nPING\r\n" + encode("GET", "mixed:a"))
    assert [raw.read() for _ in range(5)] == [b"OK", b"1", 2, b"PONG", b"2"]


def test_a_frame_split_at_every_byte(proxy):
    frame = encode("SET", "split:key", "v\r\n") + encode("GET", "split:key")
    for cut in range(1, len(frame)):
        with proxy.connect() as connection:
            connection.send_raw(frame[:cut])
            connection.send_raw(frame[cut:])
            assert [connection.read(), connection.read()] == [b"OK", b"v\r\n"], cut


UNKNOWN = [
    ("nosuch",), ("nosuch", "a", "b"), ("NoSuch", "x" * 200, "y"), ("n" * 200, "a"), ("nosuch", "with\r\nbreaks"),
    ("get",), ("get", "a", "b"), ("SET", "a"), ("mset", "a"), ("mset", "a", 1, "b"), ("del",), ("eval", "return 1"),
    ("config",), ("config", "nosuch"), ("object", "nosuch", "k"), ("object", "encoding"), ("xgroup", "create"),
    ("echo",), ("echo", "a", "b"), ("ping", "a", "b"), ("client", "nosuch"), ("client", "setname"), ("select",),
    ("script", "nosuch"), ("command", "nosuch"), ("auth",), ("time", "x"),
]


@pytest.mark.parametrize("command", UNKNOWN, ids=lambda command: " ".join(map(repr, command))[:30])
def test_unknown_commands_and_wrong_arity_read_as_from_redis(raw, plain, command):
    assert raw.raw(*command) == plain.raw(*command)
    assert raw.call("PING") == b"PONG"


def test_request_bytes(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {request_bytes: 1mb}\n")
    with proxy.connect() as connection:
        assert connection.call("SET", "fits", b"x" * (1 << 19)) == b"OK"
        connection.send_raw(b"*3\r\n$3\r\nSET\r\n$7\r\ntoo-big\r\n$2000000\r\n")
        assert b"Protocol error" in connection.read_until_closed()
    assert cluster.owner("too-big").call("EXISTS", "too-big") == 0
