"""Commands whose keys span slots: split, sent, merged; nothing reordered, nothing hidden."""
import pytest

from harness.resp import Err
from harness.scripted import NIL, OK, array, error
from harness.slots import key_in, slot_of, spread_keys

KEYS = spread_keys(300, "multi")


@pytest.fixture
def filled(raw):
    pairs = [word for number, key in enumerate(KEYS) for word in (key, number)]
    assert raw.call("MSET", *pairs) == b"OK"
    return raw


def test_mset_reaches_every_master(filled, cluster):
    assert sum(node.call("DBSIZE") for node in cluster.masters()) == len(KEYS)
    assert all(node.call("DBSIZE") > 0 for node in cluster.masters())


def test_mget_keeps_order_duplicates_and_holes(filled):
    asked = [KEYS[7], "none", KEYS[250], KEYS[7], KEYS[0], "none", KEYS[299], KEYS[7]]
    assert filled.call("MGET", *asked) == [b"7", None, b"250", b"7", b"0", None, b"299", b"7"]
    assert filled.call("MGET", *reversed(KEYS)) == [b"%d" % number for number in reversed(range(300))]


def test_mget_of_another_type_is_nil(filled):
    filled.call("DEL", KEYS[1])
    filled.call("RPUSH", KEYS[1], "a")
    assert filled.call("MGET", KEYS[0], KEYS[1], KEYS[2]) == [b"0", None, b"2"]


def test_last_of_equal_keys_wins(raw):
    assert raw.call("MSET", "dup", 1, KEYS[3], "x", "dup", 2, KEYS[200], "y", "dup", 3) == b"OK"
    assert raw.call("MGET", "dup", KEYS[3], KEYS[200]) == [b"3", b"x", b"y"]


@pytest.mark.parametrize("command", ["DEL", "UNLINK", "EXISTS", "TOUCH"])
def test_counts_are_sums(filled, plain, command):
    asked = [KEYS[5], KEYS[5], "none", *KEYS[100:200], KEYS[150], KEYS[299]]
    plain.call("MSET", *[word for key in KEYS for word in (key, 1)])
    assert filled.call(command, *asked) == plain.call(command, *asked)
    assert filled.call("EXISTS", *KEYS) == plain.call("EXISTS", *KEYS)


def test_hash_tags(raw):
    assert raw.call("MSET", "{user}a", 1, "{user}b", 2, "{}a", 3, "x{}y", 4, "{{user}}", 5, "}{user}", 6) == b"OK"
    assert raw.call("MGET", "{user}a", "{user}b", "{}a", "x{}y", "{{user}}", "}{user}") == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_pipelined_splits_on_the_same_keys_keep_order(raw):
    batch, expected = [], []
    for number in range(200):
        batch += [("MSET", KEYS[0], number, KEYS[150], number), ("MGET", KEYS[150], KEYS[0])]
        expected += [b"OK", [b"%d" % number] * 2]
    assert raw.pipeline(batch) == expected


def test_thousands_of_keys(raw):
    keys = [f"many:{number}" for number in range(20000)]
    assert raw.call("MSET", *[word for key in keys for word in (key, key)]) == b"OK"
    assert raw.call("MGET", *keys) == [key.encode() for key in keys]
    assert raw.call("UNLINK", *keys) == len(keys)


def test_large_sets_of_many_slots(raw):
    keys = spread_keys(5, "large")
    for number, key in enumerate(keys):
        members = [f"member:{each}" for each in range(number * 5000, number * 5000 + 20000)]
        assert raw.call("SADD", key, *members) == 20000
        assert raw.call("ZADD", f"z:{key}", *[word for each in members for word in (number, each)]) == 20000
    assert {int(each[7:]) for each in raw.call("SUNION", *keys)} == set(range(40000))
    assert {int(each[7:]) for each in raw.call("SINTER", *keys[:4])} == set(range(15000, 20000))
    assert {int(each[7:]) for each in raw.call("SDIFF", *keys[:2])} == set(range(5000))
    assert raw.call("SINTERCARD", 4, *keys[:4]) == 5000
    sums = raw.call("ZUNION", 5, *[f"z:{key}" for key in keys], "WITHSCORES")
    assert dict(zip(sums[::2], sums[1::2]))[b"member:15000"] == b"6"
    assert len(raw.call("ZINTER", 4, *[f"z:{key}" for key in keys[:4]])) == 5000


def test_different_elements_of_many_slots_are_counted_as_one_redis_counts_them(raw, plain):
    keys = spread_keys(40, "count")
    for number, key in enumerate(keys):
        elements = [f"element:{each}" for each in range(number * number * 10)] or ["one"]
        for redis in (raw, plain):
            redis.call("PFADD", key, *elements)
    for several in (keys[:2], keys[:10], keys[30:], keys, [*keys[5:7], "missing"], ["missing", "none"]):
        assert raw.call("PFCOUNT", *several) == plain.call("PFCOUNT", *several)


def test_no_more_is_put_together_than_limits_cross_slot_bytes(cluster, slotway):
    proxy = slotway(cluster.seeds, config="limits: {cross_slot_bytes: 64kb}\n")
    one, other = spread_keys(2, "heavy")
    with proxy.connect() as client:
        for key in (one, other):
            assert client.call("SADD", key, *[f"{key}:{number}" for number in range(2000)]) == 2000
        before = proxy.metric("slotway_failures_total", **{"class": "cross_slot_limit"})
        assert "limits.cross_slot_bytes" in client.call("SUNION", one, other)
        assert proxy.metric("slotway_failures_total", **{"class": "cross_slot_limit"}) == before + 1
        assert len(client.call("SUNION", one)) == 2000
        assert client.call("SINTERCARD", 2, "none", "nothing") == 0


def test_what_is_read_across_slots_is_tracked(cluster, slotway):
    proxy = slotway(cluster.seeds)
    one, other = spread_keys(2, "told")
    with proxy.connect() as reader, proxy.connect() as writer:
        assert writer.pipeline([("SADD", one, 1), ("SADD", other, 2)]) == [1, 1]
        reader.call("HELLO", 3)
        assert reader.call("CLIENT", "TRACKING", "ON") == b"OK"
        assert sorted(reader.call("SUNION", one, other)) == [b"1", b"2"]
        assert writer.call("SADD", other, 3) == 1
        assert reader.read_push() == [b"invalidate", [other.encode()]]


CROSSING = [
    ("MSETNX", "a", 1, "b", 2), ("RENAME", "a", "b"), ("LCS", "a", "b"), ("SINTERSTORE", "{a}x", "a", "b"),
    ("ZUNIONSTORE", "d", 2, "a", "b"), ("BITOP", "AND", "d", "a", "b"), ("PFMERGE", "a", "b"), ("LMOVE", "a", "b", "LEFT", "LEFT"),
    ("EVAL", "return 1", 2, "a", "b"), ("COPY", "a", "b"), ("SORT", "a", "STORE", "b"),
]


@pytest.mark.parametrize("command", CROSSING, ids=lambda command: command[0])
def test_what_cannot_be_split_says_crossslot_and_hints_at_hash_tags(proxy, raw, command):
    before = proxy.metric("slotway_failures_total", code="C004")
    reply = raw.call(*command)
    assert isinstance(reply, Err) and reply.startswith("CROSSSLOT Keys in request don't hash to the same slot"), reply
    assert "{" in reply and "\n" not in reply
    assert proxy.metric("slotway_failures_total", code="C004") == before + 1


def test_msetnx_within_one_slot(raw):
    assert raw.call("MSETNX", "{t}a", 1, "{t}b", 2) == 1
    assert raw.call("MSETNX", "{t}b", 9, "{t}c", 9) == 0
    assert raw.call("MGET", "{t}a", "{t}b", "{t}c") == [b"1", b"2", None]


def test_arity_of_split_commands(raw, plain):
    for command in (("MGET",), ("MSET", "a"), ("MSET", "a", 1, "b"), ("DEL",), ("MSETNX", "{x}a", 1, "{x}b")):
        assert raw.raw(*command) == plain.raw(*command)


def test_one_piece_per_slot(scripted, slotway):
    fake = scripted(2)
    for node in fake.nodes:
        node.on("MGET", lambda _, argv: array(*argv[1:])).on("GET", lambda _, argv: array(argv[1])[4:])
    one, two, far = key_in(10, "a"), key_in(10, "b"), key_in(16000, "c")
    proxy = slotway(fake.seeds)
    assert proxy.call("MGET", one, far, two, one) == [key.encode() for key in (one, far, two, one)]
    for node in fake.nodes:
        for argv in node.seen:
            assert len({slot_of(key) for key in argv[1:]}) == 1 or argv[0].upper() not in (b"MGET", b"GET")
    pieces = [argv for argv in fake.nodes[0].seen if argv[0].upper() in (b"MGET", b"GET")]
    assert len(pieces) == 1 and set(pieces[0][1:]) == {one.encode(), two.encode()}


@pytest.mark.parametrize("command,good", [
    (("MSET", "{low}", 1, "{high}", 2), OK), (("DEL", "{low}", "{high}"), b":1\r\n"), (("EXISTS", "{low}", "{high}"), b":1\r\n"),
    (("MGET", "{low}", "{high}"), b"*1\r\n$1\r\n1\r\n"),
], ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_partial_failure_is_an_error_that_says_so(scripted, slotway, command, good):
    fake = scripted(2)
    names = (command[0], "SET", "GET")
    for name in names:
        fake.nodes[0].on(name, lambda _, argv: good if argv[0].upper() != b"GET" else b"$1\r\n1\r\n")
        fake.nodes[1].on(name, lambda *_: error("OOM command not allowed when used memory > 'maxmemory'."))
    placed = [str(word).replace("{low}", key_in(1)).replace("{high}", key_in(16000)) for word in command]
    reply = slotway(fake.seeds).call(*placed)
    assert isinstance(reply, Err), f"the failure of one half was hidden: {reply!r}"
    assert "OOM" in reply and "1" in reply, reply


def test_partial_failure_of_a_node_that_never_answers(scripted, slotway):
    fake = scripted(2)
    for name in ("DEL", "MGET", "GET"):
        fake.nodes[0].on(name, lambda _, argv: b":1\r\n" if argv[0] == b"DEL" else NIL)
        fake.nodes[1].on(name, lambda *_: None)
    proxy = slotway(fake.seeds, config="timeouts: {connect: 200ms, request_deadline: 1s}\n")
    reply = proxy.call("DEL", key_in(1), key_in(16000))
    assert isinstance(reply, Err), reply
