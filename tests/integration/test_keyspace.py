"""The keyspace as a whole: SCAN that loses nothing, KEYS, RANDOMKEY, and a single server's own words for what is wrong."""
import collections
import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from harness.resp import Err
from harness.slot_move import SlotMove
from harness.slots import key_in, slot_of, spread_keys
from harness.wait import until


def scan(connection, *options, between=lambda: None):
    """All keys of a whole scan, with those that came twice."""
    cursor, keys = b"0", []
    for calls in itertools.count(1):
        reply = connection.call("SCAN", cursor, *options)
        assert not isinstance(reply, Err), reply
        cursor, more = reply
        assert str(int(cursor)).encode() == cursor and int(cursor) < 2**63
        keys += more
        if cursor == b"0":
            return keys
        assert calls < 100000
        between()


def write(connection, keys, value="v"):
    connection.pipeline([("SET", key, value) for key in keys])
    return {key.encode() for key in keys}


@pytest.mark.parametrize("count", [0, 1, 50, 4000, 20000])
def test_a_scan_finds_every_key_once(raw, count):
    keys = write(raw, [f"key:{number}" for number in range(count)])
    found = scan(raw, "COUNT", 500)
    assert len(found) == count and set(found) == keys
    if count <= 50:
        assert sorted(scan(raw)) == sorted(keys)


def test_match_and_type(raw, plain):
    for connection in (raw, plain):
        write(connection, [f"{name}:{number}" for name in ("user", "User", "us*r", "order") for number in range(60)])
        for number in range(40):
            connection.call("RPUSH", f"list:{number}", 1)
            connection.call("HSET", f"hash:{number}", "f", 1)
    for options in (("MATCH", "user:*"), ("MATCH", "[uU]ser:?"), ("MATCH", "us\\*r:*"), ("MATCH", ""), ("MATCH", "*"),
                    ("MATCH", "[^u]*:1[0-3]"), ("MATCH", "nothing"), ("MATCH", "us[\\a-z*]r:1"), ("MATCH", "list:[9-1]"),
                    ("TYPE", "list"), ("TYPE", "HASH"), ("TYPE", "nosuch"), ("TYPE", ""), ("TYPE", "zset"),
                    ("TYPE", "string", "MATCH", "*:7"), ("COUNT", 7, "MATCH", "*:2*", "TYPE", "hash")):
        assert sorted(scan(raw, *options)) == sorted(set(scan(plain, *options))), options


def test_match_is_the_servers_when_slots_are_listed(raw, plain):
    """With many keys the proxy compares the names itself."""
    dice = random.Random(7)
    names = {"".join(dice.choices("abcXYZ[]^-\\*?:", k=dice.randint(1, 6))) for _ in range(6000)}
    for connection in (raw, plain):
        write(connection, sorted(names) + [f"filler:{number}" for number in range(7000)])
    patterns = ["".join(dice.choices("abcXYZ[]^-\\*?:", k=dice.randint(1, 8))) for _ in range(25)]
    for pattern in [*patterns, "a*", "[a-c]?*", "[^a-c]*", "\\**", "*\\", "[", "[]", "[^]", "[a-", "[\\]]*", "*[*]*"]:
        assert set(scan(raw, "COUNT", 5000, "MATCH", pattern)) == set(scan(plain, "COUNT", 5000, "MATCH", pattern)), pattern


def test_expired_keys_are_not_found(raw, cluster):
    write(raw, [f"key:{number}" for number in range(6000)])
    for node in cluster.masters():
        node.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    try:
        raw.pipeline([("PEXPIRE", f"key:{number}", 1) for number in range(0, 6000, 2)])
        until(lambda: raw.call("EXISTS", *[f"key:{number}" for number in range(0, 6000, 2)]) == 0, "the keys to expire")
        raw.pipeline([("SET", f"brief:{number}", 1, "PX", 1) for number in range(3000)])
        until(lambda: raw.call("PTTL", "brief:2999") == -2, "the last to expire")
        assert sorted(scan(raw, "COUNT", 1000)) == sorted(b"key:%d" % number for number in range(1, 6000, 2))
    finally:
        for node in cluster.masters():
            node.call("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_what_is_wrong_is_said_as_one_server_says_it(raw, plain):
    for words in ("SCAN", "SCAN x", "SCAN 1.5", "SCAN 18446744073709551616", "SCAN 0 COUNT 0", "SCAN 0 COUNT -1", "SCAN 0 COUNT x",
                  "SCAN 0 COUNT", "SCAN 0 NOSUCH", "SCAN 0 NOSUCH 1", "SCAN 0 COUNT 1 MATCH", "SCAN x COUNT 0", "SCAN -1", "SCAN 5",
                  "SCAN 0 COUNT 99999999999999999999", "SCAN 0 TYPE nosuch", "SCAN 0", "RANDOMKEY", "RANDOMKEY x", "KEYS", "KEYS a b",
                  "DBSIZE x", "DBSIZE", "FLUSHALL x", "FLUSHALL ASYNC SYNC", "FLUSHDB ASYNC x", "FLUSHALL async", "FLUSHDB Sync",
                  "OBJECT", "OBJECT NOSUCH k", "OBJECT ENCODING", "OBJECT ENCODING k", "OBJECT FREQ k", "MEMORY USAGE",
                  "MEMORY USAGE k SAMPLES", "MEMORY USAGE k SAMPLES x", "XINFO STREAM k", "XINFO GROUPS k", "XINFO NOSUCH k",
                  "XGROUP CREATE k g", "XGROUP CREATE k g 0", "XGROUP DESTROY k g", "DUMP k", "RESTORE k 0 x", "RESTORE k -1 x",
                  "SORT k", "SORT k LIMIT 1", "SORT_RO k STORE d", "SORT k ALPHA NOSUCH", "MOVE k"):
        assert raw.raw(*words.split(" ")) == plain.raw(*words.split(" ")), words


def test_subcommands_find_their_key(raw):
    for slot in (1, 6000, 16000):
        key = key_in(slot, "sub")
        raw.call("SET", key, "12345")
        assert raw.call("OBJECT", "ENCODING", key) == b"int"
        assert raw.call("OBJECT", "REFCOUNT", key) >= 1
        assert raw.call("OBJECT", "IDLETIME", key) >= 0
        assert raw.call("MEMORY", "USAGE", key, "SAMPLES", 5) > 0
        dumped = raw.call("DUMP", key)
        assert raw.call("RESTORE", key, 0, dumped) == "BUSYKEY Target key name already exists."
        assert raw.call("RESTORE", key, 0, dumped, "REPLACE") == b"OK"
        stream = key_in(slot, "stream")
        assert raw.call("XGROUP", "CREATE", stream, "g", "$", "MKSTREAM") == b"OK"
        assert raw.call("XGROUP", "CREATECONSUMER", stream, "g", "c") == 1
        assert raw.call("XINFO", "GROUPS", stream)[0][1] == b"g"
        assert raw.call("XINFO", "STREAM", stream, "FULL")[1] == 0
        assert raw.call("XGROUP", "DESTROY", stream, "g") == 1
        numbers = key_in(slot, "numbers")
        raw.call("RPUSH", numbers, 3, 1, 2)
        assert raw.call("SORT", numbers) == [b"1", b"2", b"3"]
        assert raw.call("SORT_RO", numbers, "DESC", "LIMIT", 0, 1) == [b"3"]
        assert raw.call("SORT", numbers, "STORE", key_in(slot, "sorted")) == 3


def test_migrate_is_refused(raw):
    assert "MIGRATE is not supported" in raw.call("MIGRATE", "127.0.0.1", 1, "k", 0, 1)


def test_random_key_knows_all_nodes_by_their_size(raw, cluster):
    assert raw.call("RANDOMKEY") is None
    small, large = key_in(1, "few"), [key_in(slot, "many") for slot in range(12000, 12030)]
    write(raw, [small])
    assert {raw.call("RANDOMKEY") for _ in range(20)} == {small.encode()}
    write(raw, large)
    drawn = collections.Counter(raw.pipeline([("RANDOMKEY",)] * 600))
    assert set(drawn) <= {small.encode(), *(key.encode() for key in large)}
    # Of 31 keys one is at the small node: half of all draws, if nodes were drawn alike.
    assert drawn[small.encode()] < 100 and len(drawn) > 15


def test_a_pipeline_of_scans_and_writes_is_answered_in_order(raw):
    batch = [command for number in range(30) for command in (("SET", f"key:{number}", 1), ("SCAN", 0, "COUNT", 100000), ("DEL", "x"))]
    replies = raw.pipeline(batch)
    assert [len(reply[1]) for reply in replies[1::3]] == list(range(1, 31))


def test_a_very_big_slot(raw):
    keys = write(raw, [f"{{tag}}{number}" for number in range(25000)] + spread_keys(5000, "other"))
    found = scan(raw, "COUNT", 1000)
    assert set(found) == keys
    assert len(found) < len(keys) + 500
    assert set(scan(raw, "COUNT", 5000, "MATCH", "{tag}*5")) == {key for key in keys if key.startswith(b"{tag}") and key.endswith(b"5")}


def test_redis_py(proxy, raw):
    keys = write(raw, [f"key:{number}" for number in range(3000)])
    with redis.Redis(port=proxy.port) as client:
        assert sorted(client.scan_iter(count=100)) == sorted(keys)
        assert set(client.scan_iter(match="key:12*")) == {key for key in keys if key.startswith(b"key:12")}
        assert list(client.scan_iter(_type="hash")) == []
        assert client.randomkey() in keys
        assert sorted(client.keys("key:29?")) == sorted(key for key in keys if key.startswith(b"key:29") and len(key) == 7)
        client.sadd("set", *range(2000))
        assert len(set(client.sscan_iter("set"))) == 2000


def test_in_resp3_too(raw):
    raw.call("HELLO", 3)
    assert raw.call("RANDOMKEY") is None
    keys = write(raw, spread_keys(3000, "three") + [f"{{tag}}{number}" for number in range(11000)])
    assert set(scan(raw, "COUNT", 2000)) == keys
    assert raw.call("RANDOMKEY") in keys


def test_keys_that_would_fill_the_memory_is_an_error(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="limits: {client_output_bytes: 1mb}\n")
    with proxy.connect() as connection:
        write(connection, [f"{number:06}:" + "x" * 100 for number in range(20000)])
        assert len(connection.call("KEYS", "00[0-3]???:*")) == 4000
        reply = connection.call("KEYS", "*")
        assert isinstance(reply, Err) and "limits.client_output_bytes" in reply and "SCAN" in reply
        # Each node's part comes whole, at once; together they are too much.
        assert isinstance(connection.call("KEYS", "01[0-2]???:*"), list)
        assert isinstance(connection.call("KEYS", "00*"), Err)
        assert len(scan(connection, "COUNT", 1000)) == 20000
        assert connection.call("DBSIZE") == 20000


def reshard(cluster, slots, source, target):
    """As tools do it: one slot after the other, all to one node. Moves back and forth would overtake their own gossip."""
    for slot in slots:
        moved = SlotMove(cluster, slot, target)
        assert moved.source is source
        moved.open()
        while left := source.call("CLUSTER", "GETKEYSINSLOT", slot, 100):
            reply = source.call("MIGRATE", "127.0.0.1", target.port, "", 0, 10000, "KEYS", *left)
            assert reply in (b"OK", b"NOKEY"), reply
        moved.close()


@pytest.mark.parametrize("spread,tagged,count", [(600, 300, 20), (9000, 3000, 400), (2000, 15000, 2000)],
                         ids=["few keys", "many keys", "a very big slot"])
def test_no_key_is_lost_while_slots_move(fresh_cluster, slotway, spread, tagged, count):
    cluster = fresh_cluster(masters=3)
    proxy = slotway(cluster.seeds[:1])
    source = cluster.owner("{tag}")
    target = cluster.other_master(slot_of("tag"))
    with proxy.connect() as connection:
        keys = write(connection, spread_keys(spread, "lasting") + [f"{{tag}}{number}" for number in range(tagged)])
        mine = sorted({slot_of(key.decode()) for key in keys} & {slot for row in cluster.view(source) if "myself" in row["flags"]
                                                                for first, last in row["ranges"] for slot in range(first, last + 1)})
        slots = mine[::max(1, len(mine) // 150)] + [slot_of("tag")]
        with ThreadPoolExecutor() as pool:
            moving = pool.submit(reshard, cluster, dict.fromkeys(slots), source, target)
            scans = 0
            while not moving.done() or scans == 0:
                found = set(scan(connection, "COUNT", count))
                assert keys - found == set()
                assert found - keys == set()
                scans += 1
            moving.result()
        assert sum(node.call("DBSIZE") for node in cluster.masters()) == len(keys)
        assert proxy.metric("slotway_redirects_total", kind="moved") > 0


def test_no_key_is_lost_across_a_failover(fresh_cluster, slotway):
    cluster = fresh_cluster(masters=3, replicas=1)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as connection:
        keys = write(connection, spread_keys(6000, "lasting") + [f"{{tag}}{number}" for number in range(15000)])
        until(lambda: all(int(node.info("replication")["master_repl_offset"]) ==
                          int(cluster.replicas(node)[0].info("replication")["slave_repl_offset"])
                          for node in cluster.masters()), "the replicas to have it all")
        victim = cluster.owner("{tag}")
        calls = itertools.count(1)

        def between():
            if next(calls) == 8:
                victim.kill()

        found = set(scan(connection, "COUNT", 500, between=between))
        assert keys - found == set()
        assert next(calls) > 8 and not victim.running()
        assert set(scan(connection, "COUNT", 5000)) == keys
