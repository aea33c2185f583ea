"""Random sessions: whatever several clients send, in whatever order and state, valid or not, each reads what it would of one
Redis."""
import random
import re

import pytest

from differential.keyspace import key, setup
from differential.sessions import Crowd, PlainCrowd
from differential.streams import APART, changes_at_random, requests
from differential.values import EDGES
from differential.wire import words

CLIENTS = 3
LINES = 120
CHANNELS = ("news", "{d}shard", "", "n?ws")
KEYS = [key(kind).decode() for kind in ("text", "number", "list", "missing", "dest")]
LEAVING = frozenset((b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE"))
PUBLISHING = frozenset((b"PUBLISH", b"SPUBLISH", b"EXEC"))


def _session(dice):
    """What changes what a connection is, or talks to others."""
    channel, one = dice.choice(CHANNELS), dice.choice(KEYS)
    return words(*dice.choice((
        ("MULTI",), ("MULTI",), ("EXEC",), ("EXEC",), ("DISCARD",), ("WATCH", one), ("WATCH", one, dice.choice(KEYS)), ("UNWATCH",),
        ("SUBSCRIBE", channel), ("SUBSCRIBE", channel, dice.choice(CHANNELS)), ("UNSUBSCRIBE",), ("UNSUBSCRIBE", channel),
        ("PSUBSCRIBE", "n*"), ("PUNSUBSCRIBE",), ("PUNSUBSCRIBE", "n*"), ("SSUBSCRIBE", "{d}shard"), ("SUNSUBSCRIBE",),
        ("PUBLISH", channel, "text"), ("PUBLISH", channel, "text"), ("SPUBLISH", "{d}shard", "text"),
        ("PUBSUB", "NUMSUB", channel), ("PUBSUB", "NUMPAT"), ("PUBSUB", "CHANNELS", "news"),
        ("HELLO", "2"), ("HELLO", "3"), ("HELLO", "4"), ("HELLO", "3", "SETNAME", "me"), ("RESET",), ("SELECT", "0"),
        ("SELECT", "x"), ("PING",), ("PING", "word"), ("ECHO", "word"), ("CLIENT", "SETNAME", "me"), ("CLIENT", "GETNAME"),
        ("CLIENT", "REPLY", "SKIP"), ("CLIENT", "REPLY", "ON"), ("CLIENT", "REPLY", "OFF"), ("AUTH", "x"), ("AUTH",),
        ("SET", one, "v"), ("INCR", one), ("GET", one), ("DEL", one), ("NOSUCH", "word"), ("GET",),
    )))


def _line(ready, dice):
    """One request: of a session, of any command, or of nothing sensible."""
    kind = dice.random()
    if kind < 0.6:
        return _session(dice)
    if kind < 0.63:
        return dice.choices(EDGES, k=dice.randrange(1, 5))
    request = dice.choice(requests(dice.choice(ready), dice, 1))
    return words("PING") if changes_at_random(request) else request


def _in_order(request, frames):
    """A client's own message comes before the answer to its PUBLISH or behind it; and who leaves all topics leaves them in any
    order."""
    name = request[0].upper()
    if name in LEAVING and len(request) == 1:
        return sorted(re.sub(rb"(:\d+|_)\r\n\Z", b"", frame) for frame in frames)
    return sorted(frames) if name in PUBLISHING else frames


def _play(judged, plain, ours, ready, dice):
    for _ in range(LINES):
        number, request = dice.randrange(CLIENTS), _line(ready, dice)
        plain.send(number, request)
        theirs = plain.read_all()
        ours.send(number, request)
        mine = ours.read([len(frames) for frames in theirs])
        for who in range(CLIENTS):
            for one, other in zip(*(_in_order(request, frames[who]) for frames in (theirs, mine))):
                judged.compare(request if who == number else [b"(told)"], one, other, who)
        if judged.findings or judged.apart:
            return


@pytest.mark.parametrize("part", range(8))
def test_random_sessions(judge, commands, plain_server, proxy, seed, rounds, part):
    ready = [command for command in commands.values() if command.name not in APART]
    for number in range(2 * rounds):
        dice = random.Random(f"{seed} session {part} {number}")
        judged = judge()
        judged.run([setup()])
        plain, ours = PlainCrowd(plain_server.port, CLIENTS), Crowd(proxy.port, CLIENTS)
        try:
            _play(judged, plain, ours, ready, dice)
            judged.verdict()
            assert judged.apart or ours.rest() == plain.rest(), "one was sent more than the other"
        finally:
            plain.close()
            ours.close()
