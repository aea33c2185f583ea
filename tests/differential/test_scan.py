"""SCAN's cursors are each server's own: what a whole walk finds is compared."""
import random

import pytest

from differential.known import Known
from differential.streams import SPREAD
from differential.wire import Error, words

PATTERNS = [None, "*", "*spread1*", "{*}*", "nothing", "[a-z]*", "{}a", "*\\*"]


def walk(peer, options):
    """All keys that SCAN gives with these options, each once; an error instead where it gives one."""
    found, cursor = set(), b"0"
    while True:
        reply = peer.ask("SCAN", cursor, *options)
        if isinstance(reply, Error):
            return reply
        cursor, keys = reply
        found.update(keys)
        if cursor == b"0":
            return found


def options(dice):
    chosen = []
    if pattern := dice.choice(PATTERNS):
        chosen += ["MATCH", pattern]
    if dice.random() < 0.7:
        chosen += ["COUNT", dice.choice((1, 3, 10, 1000, 1_000_000))]
    if dice.random() < 0.5:
        chosen += ["TYPE", dice.choice(("string", "LIST", "hash", "zset", "nosuch"))]
    return chosen


@pytest.mark.skipif("scan" in Known().refused, reason="refused")
def test_walks_find_the_same_keys(judge, seed, rounds):
    dice = random.Random(f"{seed} scan")
    judged = judge()
    for _ in range(2 * rounds):
        fill = [words("FLUSHALL")] + [[dice.choice((b"APPEND", b"RPUSH")), each, b"x"] for each in SPREAD] + [
            words("HSET", f"hash:{number}", "f", "v") for number in range(dice.choice((0, 5, 500)))]
        judged.run([fill])
        for _ in range(15):
            chosen = options(dice)
            assert walk(judged.plain, chosen) == walk(judged.ours, chosen), chosen
