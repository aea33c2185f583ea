"""Inline commands and broken frames: whatever a client writes, the bytes that come back are those of one Redis."""
import random

import pytest

from differential.keyspace import setup
from differential.values import EDGES
from differential.wire import Peer, encode, words

END = b"the-end-of-it"
PIECES = [
    b"ECHO", b"PING", b"SET", b"GET", b"{d}text", b"{d}inline", b" ", b"  ", b"\t", b'"', b"'", b'"two words"',
    b"'single'", b'\\x41', b'"\\x41\\n\\t\\r\\a\\b\\\\"', b"'it\\'s'", b'"\\xzz"', b'"a"b', b"'a'b", b'""', b"''",
    b"\xff", b"$5", b"*", b":1", b"-1", b"\r", b'"\\"', b"nosuch", b"\\", b"x" * 200,
]
STARTS = [b"ECHO ", b"SET {d}inline ", b""]
BEFORE = [
    encode(words("GET", "{d}number")), encode(words("INCR", "{d}number")), encode(words("NOSUCH", "a")), b"*0\r\n",
    b"*-1\r\n", b"*-5\r\n", b"\r\n", b"\n", b"\r\n\r\n", b"PING\n", b"PING\r\n",
]
BROKEN = [
    b"*x\r\n", b"*2147483648\r\n", b"*1\r\n:5\r\n", b"*1\r\n+OK\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$-2\r\n",
    b"*1\r\n$x\r\n", b"*1\r\n$\r\n", b"*1\r\n$536870913\r\n", b"*1\r\n$99999999999999999999\r\n",
    b"*2\r\n$4\r\nECHO\r\n*1\r\n", b"*99999999999999999999\r\n", b"*1 \r\n", b"*1\r\n$4 \r\n", b"*1\r\n\r\n",
    b"*+1x\r\n", b"ECHO \"open\r\n", b"ECHO 'open\r\n", b"ECHO \"a\"b\r\n", b"*2\r\n$3\r\nGET\r\nkey\r\n",
]


def everything(port, chunks):
    """All bytes that come back: up to the close, or to the reply to the last request."""
    with Peer(port) as peer:
        for chunk in chunks:
            try:
                peer.socket.sendall(chunk)
            except OSError:
                break  # closed already
        return peer.through(b"$%d\r\n%s\r\n" % (len(END), END))


def cut(data, dice):
    """In one piece, or in several."""
    places = sorted(dice.randrange(len(data)) for _ in range(dice.choice((0, 0, 1, 3))))
    return [data[first:last] for first, last in zip([0, *places], [*places, len(data)])]


def compare(plain_server, proxy, data, dice):
    chunks = cut(data + encode(words("ECHO", END)), dice)
    assert everything(proxy.port, chunks) == everything(plain_server.port, chunks), chunks


@pytest.fixture
def filled(judge):
    judge().run([setup()])


def test_inline_commands(filled, plain_server, proxy, seed, rounds):
    dice = random.Random(f"{seed} inline")
    for _ in range(300 * rounds):
        line = b"".join(dice.choice(choices) for _ in range(3) for choices in (STARTS, PIECES, (b" ", b"")))
        compare(plain_server, proxy, line.replace(b"\n", b"") + dice.choice((b"\r\n", b"\n")), dice)


def test_broken_frames(filled, plain_server, proxy, seed, rounds):
    dice = random.Random(f"{seed} broken")
    for _ in range(200 * rounds):
        before = dice.choices(BEFORE, k=dice.randrange(5))
        compare(plain_server, proxy, b"".join([*before, dice.choice(BROKEN)]), dice)


def test_command_names_of_any_bytes(filled, plain_server, proxy, seed, rounds):
    dice = random.Random(f"{seed} names")
    for _ in range(200 * rounds):
        name = dice.choice(EDGES + [b"GET", b"config", b"CLIENT", b"config|get", b"OBJECT"])
        request = [name, *dice.choices(EDGES, k=dice.randrange(8))]
        compare(plain_server, proxy, encode(request), dice)
