"""Random sessions: whatever several clients send, in whatever order and state, valid or not, each reads what it would of one
Redis."""
import random
import re
from collections import deque

import pytest

from differential.judge import spelled
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


def _line(ready, dice, seen):
    """One request: of a session, of any command, or of nothing sensible. What nobody sees the answer of is none of those that
    one of the sides refuses: then they would hold different things, and nobody knew."""
    kind = dice.random()
    if kind < 0.6 or not seen:
        return _session(dice)
    if kind < 0.63:
        return dice.choices(EDGES, k=dice.randrange(1, 5))
    request = dice.choice(requests(dice.choice(ready), dice, 1))
    return words("PING") if changes_at_random(request) else request


class _Inside:
    """Of one client: whether it has a transaction open, and subscribes; and what it has asked of late. One Redis sends each confirmation and message as a frame
    of its own, also between the elements of EXEC's array, which nobody can read then; the same if one of them is not sent."""

    def __init__(self):
        self._multi = self._subscribes = False
        self.asked = deque(maxlen=LINES)
        self.answered = True  # the last one: it does not wait, nor has it turned answers off

    def readable(self, request):
        name = request[0].upper()
        if name in (b"MULTI", b"EXEC", b"DISCARD", b"RESET"):
            self._multi = name == b"MULTI"
        self._subscribes = self._subscribes or name.endswith(b"SUBSCRIBE")
        if not self._multi:
            return True
        if name == b"HELLO":
            return len(request) == 1  # another version counts from EXEC on, as COMMANDS.md says
        if name in (b"PUBLISH", b"SPUBLISH"):
            return not self._subscribes
        return not (name.endswith(b"SUBSCRIBE") and len(request) != 2) and request[:2] != [b"CLIENT", b"REPLY"]


def _alike(frame):
    """Without the client's number in the answer to a HELLO that waited."""
    return re.sub(rb"(\$2\r\nid\r\n):\d+", rb"\1", frame)


def _in_order(requests, frames):
    """A client's own message comes before the answer to its PUBLISH or behind it; and who leaves all topics leaves them in any
    order."""
    names = {request[0].upper() for request in requests}
    if any(len(request) == 1 and request[0].upper() in LEAVING for request in requests):
        return sorted(re.sub(rb"(:\d+|_)\r\n\Z", b":0\r\n", frame) for frame in frames)
    return sorted(frames) if names & PUBLISHING else frames


def _play(judged, plain, ours, ready, dice):
    """Whether both sides have said all that they will."""
    inside = [_Inside() for _ in range(CLIENTS)]
    for _ in range(LINES):
        number = dice.randrange(CLIENTS)
        request = _line(ready, dice, inside[number].answered)
        if not inside[number].readable(request):
            continue
        plain.send(number, request)
        theirs = plain.read_all()
        ours.send(number, request)
        mine = ours.read([len(frames) for frames in theirs])
        print(f"{number}: {spelled(request)[:200]}\n   one Redis: {theirs}\n   Slotway:   {mine}")  # shown should it fail
        inside[number].asked.append(request)
        for who in sorted(range(CLIENTS), key=lambda who: who != number):  # what follows from an answer comes behind it
            at_once = who == number and inside[who].answered and request[0].upper() != b"EXEC"
            asked = [request] if at_once else inside[who].asked
            for one, other in zip(*(_in_order(asked, list(map(_alike, frames[who]))) for frames in (theirs, mine))):
                judged.compare(request, one, other, who) if at_once else judged.told(asked, one, other, who)
        if not request[0].upper().endswith(b"SUBSCRIBE"):  # confirmations are sent whether answers are or not
            inside[number].answered = bool(theirs[number])
        unseen = request[0].upper() == b"EXEC" and not theirs[number] and judged.spoiled(number)
        if judged.findings or judged.apart or unseen:
            return False
    return all(each.answered for each in inside)


@pytest.mark.parametrize("part", range(8))
def test_random_sessions(judge, commands, plain_server, proxy, seed, rounds, part):
    ready = [command for command in commands.values() if command.name not in APART]
    for number in range(2 * rounds):
        dice = random.Random(f"{seed} session {part} {number}")
        judged = judge()
        judged.run([[words("SCRIPT", "FLUSH"), *setup()]])
        plain, ours = PlainCrowd(plain_server.port, CLIENTS), Crowd(proxy.port, CLIENTS)
        try:
            over = _play(judged, plain, ours, ready, dice)
            judged.verdict()
            assert not over or ours.rest() == plain.rest(), "one was sent more than the other"
        finally:
            plain.close()
            ours.close()
