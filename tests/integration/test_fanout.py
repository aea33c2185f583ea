"""Commands without a slot: sent to all masters or all nodes, one reply; scripts and functions."""
import pytest

from harness.resp import Err
from harness.slots import key_in, spread_keys
from harness.wait import until

SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
LIBRARY = """#!lua name=counters
redis.register_function('bump', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function{function_name='answer', callback=function() return 42 end, flags={'no-writes'}}
"""


@pytest.fixture
def filled(raw):
    for key in spread_keys(90, "fan"):
        raw.call("SET", key, 1)
    return raw


def test_dbsize_is_the_sum(filled):
    assert filled.call("DBSIZE") == 90


def test_keys_come_from_all_masters(filled):
    keys = spread_keys(90, "fan")
    assert sorted(filled.call("KEYS", "*")) == sorted(key.encode() for key in keys)
    assert filled.call("KEYS", "*:fan17") == [keys[17].encode()]
    assert filled.call("KEYS", "nothing*") == []


@pytest.mark.parametrize("command", [("FLUSHALL",), ("FLUSHDB",), ("FLUSHALL", "ASYNC"), ("FLUSHDB", "SYNC")], ids=" ".join)
def test_flush_empties_all(filled, cluster, command):
    assert filled.call(*command) == b"OK"
    assert [node.call("DBSIZE") for node in cluster.masters()] == [0, 0, 0]


def test_flush_with_wrong_words_is_the_servers_error(filled, plain):
    assert filled.raw("FLUSHALL", "NONSENSE") == plain.raw("FLUSHALL", "NONSENSE")
    assert filled.call("DBSIZE") == 90


def test_in_a_pipeline_with_keys_around_it(filled):
    batch = [("SET", "before", 1), ("DBSIZE",), ("FLUSHALL",), ("SET", "after", 1), ("DBSIZE",)]
    # Order is promised per key; within the pipeline DBSIZE may overtake what went to another node.
    replies = filled.pipeline(batch)
    assert replies[0] == b"OK" and replies[2:4] == [b"OK", b"OK"] and isinstance(replies[4], int)


def test_scripts_live_on_all_masters(raw, cluster):
    digest = raw.call("SCRIPT", "LOAD", SCRIPT)
    assert len(digest) == 40
    assert all(node.call("SCRIPT", "EXISTS", digest) == [1] for node in cluster.masters())
    for slot in (1, 6000, 16000):
        assert raw.call("EVALSHA", digest, 1, key_in(slot), 5) == 5
    assert raw.call("SCRIPT", "EXISTS", digest, "0" * 40) == [1, 0]
    cluster.masters()[0].call("SCRIPT", "FLUSH")
    assert raw.call("SCRIPT", "EXISTS", digest) == [1], "the master that lacks it will be given it"
    assert raw.call("SCRIPT", "FLUSH") == b"OK"
    assert all(node.call("SCRIPT", "EXISTS", digest) == [0] for node in cluster.masters())


def test_evalsha_of_an_unknown_script(raw, plain):
    assert raw.raw("EVALSHA", "f" * 40, 1, "key") == plain.raw("EVALSHA", "f" * 40, 1, "key")


def test_eval_goes_where_its_keys_are(raw):
    for slot in (1, 6000, 16000):
        assert raw.call("EVAL", SCRIPT, 1, key_in(slot, "eval"), 7) == 7
        assert raw.call("GET", key_in(slot, "eval")) == b"7"
        assert raw.call("EVAL_RO", "return redis.call('GET', KEYS[1])", 1, key_in(slot, "eval")) == b"7"


def test_eval_without_keys(raw, plain):
    for command in (("EVAL", "return 1+1", 0), ("EVAL", "return {1,2,{'a'}}", 0), ("EVAL", "return nosuch()", 1, "k"),
                    ("EVAL", "return redis.error_reply('MINE text')", 0), ("EVAL", "return 1", "x"), ("EVAL", "return 1", -1)):
        mine, theirs = raw.call(*command), plain.call(*command)
        # The text of a Lua error names the script by its hash; it is the same script on both.
        assert mine == theirs, command


def test_functions_live_on_all_masters(raw, cluster):
    try:
        assert raw.call("FUNCTION", "LOAD", LIBRARY) == b"counters"
        assert raw.call("FUNCTION", "LOAD", LIBRARY) == "ERR Library 'counters' already exists"
        for slot in (1, 6000, 16000):
            assert raw.call("FCALL", "bump", 1, key_in(slot, "fn"), 3) == 3
            assert raw.call("FCALL_RO", "answer", 1, key_in(slot, "fn")) == 42
        assert raw.call("FCALL", "answer", 0) == 42
        assert raw.call("FUNCTION", "DELETE", "counters") == b"OK"
        assert all(node.call("FUNCTION", "LIST") == [] for node in cluster.masters())
        assert isinstance(raw.call("FUNCTION", "DELETE", "counters"), Err)
    finally:
        assert raw.call("FUNCTION", "FLUSH") == b"OK"


def test_config_set_reaches_all_nodes(raw, cluster):
    assert raw.call("CONFIG", "SET", "slowlog-max-len", 77) == b"OK"
    # Masters must have it when the reply is there; replicas are best effort.
    assert all(node.call("CONFIG", "GET", "slowlog-max-len")[1] == b"77" for node in cluster.masters())
    until(lambda: all(node.call("CONFIG", "GET", "slowlog-max-len")[1] == b"77" for node in cluster.replicas()),
          "the replicas to have the setting")
    assert isinstance(raw.call("CONFIG", "SET", "nosuch", 1), Err)
    raw.call("CONFIG", "SET", "slowlog-max-len", 128)


def test_width_is_measured(proxy, raw):
    before = proxy.metric("slotway_fan_out_width_count")
    raw.call("DBSIZE")
    assert proxy.metric("slotway_fan_out_width_count") > before


def test_one_failing_master_fails_the_whole(scripted, slotway):
    fake = scripted(2)
    fake.nodes[0].on("DBSIZE", lambda *_: b":5\r\n").on("FLUSHALL", lambda *_: b"+OK\r\n")
    fake.nodes[1].on("DBSIZE", lambda *_: b"-NOPERM no\r\n").on("FLUSHALL", lambda *_: b"-NOPERM no\r\n")
    proxy = slotway(fake.seeds)
    for command in ("DBSIZE", "FLUSHALL"):
        reply = proxy.call(command)
        assert isinstance(reply, Err) and "NOPERM" in reply, reply
