"""The load generator of the benchmark: it counts what is answered as it must be, and nothing else, before scripted nodes.

Runs slotway_load of SLOTWAY_BUILD_DIR (build/debug)."""
import json
import os
import subprocess

import pytest

from harness.proxy import ROOT
from harness.scripted import OK, error
from harness.wait import PATIENCE_S

LOAD = os.path.join(os.environ.get("SLOTWAY_BUILD_DIR", os.path.join(ROOT, "build/debug")), "slotway_load")
MAP = b"%1\r\n+proto\r\n:3\r\n"
QUEUED = b"+QUEUED\r\n"
FIVE = b"*5\r\n+OK\r\n$1\r\nv\r\n:1\r\n:1\r\n$1\r\nv\r\n"


def load(node, *options):
    return subprocess.run([LOAD, "--target", f"127.0.0.1:{node.port}", "--connections", "1", "--requests", "20", *options],
                          capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def transactions(node, queued=QUEUED, executed=FIVE):
    node.on("MULTI", lambda *_: OK).on("EXEC", lambda *_: executed)
    for name in ("SET", "GET", "INCR", "HSET", "HGET"):
        node.on(name, lambda *_: queued)
    return load(node, "--mix", "transaction=1")


@pytest.fixture
def node(scripted):
    return scripted().nodes[0]


def test_a_transaction_is_one_request_of_one_tag(node):
    done = transactions(node)
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    assert (counted["requests"], counted["errors"]) == (20, 0)
    first = node.seen[:7]
    assert [argv[0] for argv in first] == [b"MULTI", b"SET", b"GET", b"INCR", b"HSET", b"HGET", b"EXEC"]
    tags = {argv[1].split(b"}")[0] for argv in first[1:6]}
    assert len(tags) == 1 and tags.pop().startswith(b"{key:")


@pytest.mark.parametrize("wrong", [{"queued": OK}, {"executed": FIVE.replace(b"*5", b"*4").replace(b":1\r\n", b"", 1)},
                                   {"executed": error("EXECABORT")}, {"executed": b"*-1\r\n"}])
def test_a_wrong_reply_inside_is_one_error(node, wrong):
    done = transactions(node, **wrong)
    # In its first moment, before it measures, it gives up instead of counting.
    stopped = done.returncode == 1 and "a wrong reply before the measurement" in done.stderr
    assert stopped or json.loads(done.stdout)["errors"] == 20


def test_resp3_begins_with_hello(node):
    node.on("HELLO", lambda *_: MAP).on("GET", lambda *_: b"_\r\n")
    done = load(node, "--resp3", "--mix", "get=1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["errors"] == 0
    assert node.seen[0] == [b"HELLO", b"3"] and node.count("HELLO") == 1


def test_who_speaks_no_resp3_is_told_of(node):
    node.on("HELLO", lambda *_: error("ERR unknown command 'HELLO'"))
    done = load(node, "--resp3", "--mix", "get=1")
    assert done.returncode == 1 and "no RESP3: -ERR unknown command 'HELLO'" in done.stderr
