"""A listener with a keyspace of its own: its clients see one Redis that is theirs alone, in a cluster that others use."""
import threading

import pytest

from harness.proxy import Slotway
from harness.resp import Connection, Err, encode
from harness.slot_move import SlotMove
from harness.slots import slot_of
from harness.wait import until

TAG = b"{app1}:"
SLOT = slot_of(TAG.decode())
CONFIG = """
workers: 2
listeners:
  - {bind: 'unix:SOCKET'}
  - {bind: '127.0.0.1:PORT', keyspace: {hash_tag: app1}}
"""


@pytest.fixture(scope="module")
def started(session_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tagged")
    proxy = Slotway(folder, session_cluster.seeds[:2], listen=(), config=CONFIG.replace("SOCKET", str(folder / "all")))
    proxy.unix = str(folder / "all")
    yield proxy
    proxy.stop()


@pytest.fixture
def proxy(started, cluster):
    return started


@pytest.fixture
def client(proxy):
    with proxy.connect() as connection:
        yield connection


@pytest.fixture
def everybody(proxy):
    """A client of the same proxy by a listener without a keyspace."""
    with Connection(path=proxy.unix) as connection:
        yield connection


def names(cluster):
    return sorted(key for node in cluster.masters() for key in node.call("KEYS", "*"))


def test_keys_have_the_tag_at_the_nodes_alone(client, cluster):
    assert client.call("MSET", "a", 1, "{b}c", 2, "", 3) == b"OK"
    assert names(cluster) == [TAG, TAG + b"a", TAG + b"{b}c"]
    assert client.call("MGET", "a", "{b}c", "", TAG + b"a") == [b"1", b"2", b"3", None]
    assert client.call("RENAME", "a", "somewhere else") == b"OK"
    assert client.call("SUNIONSTORE", "dest", "s1", "s2") == 0
    assert client.call("GEOADD", "places", 1, 1, "here") == 1
    assert client.call("GEORADIUS", "places", 1, 1, 10, "km", "STORE", "near") == 1
    assert client.call("RPUSH", "list", 2, 1) == 2
    assert client.call("SORT", "list", "STORE", "sorted") == 2
    assert sorted(client.call("KEYS", "*")) == sorted([b"", b"{b}c", b"somewhere else", b"places", b"near", b"list", b"sorted"])
    assert all(name.startswith(TAG) for name in names(cluster))


def test_neighbours_are_not_seen_and_not_deleted(client, everybody, cluster):
    theirs = {f"their{n}": str(n) for n in range(2000)}
    everybody.pipeline([("SET", *pair) for pair in theirs.items()])
    everybody.call("SET", "{app1}x", "in the same slot")
    everybody.call("SET", "{app1}", "too")
    client.pipeline([("SET", f"mine{n}", n) for n in range(2500)])
    assert client.call("DBSIZE") == 2500
    assert set(client.call("KEYS", "mine1*")) == {b"mine%d" % n for n in range(2500) if str(n).startswith("1")}
    assert client.call("KEYS", "their*") == []
    assert {client.call("RANDOMKEY") for _ in range(30)} <= {b"mine%d" % n for n in range(2500)}
    found, cursor = [], b"0"
    while True:
        cursor, keys = client.call("SCAN", cursor, "COUNT", 100)
        found += keys
        if cursor == b"0":
            break
    assert sorted(set(found)) == sorted(b"mine%d" % n for n in range(2500))
    assert client.call("FLUSHALL", "nonsense") == Err("ERR syntax error")
    assert client.call("FLUSHALL") == b"OK"
    assert client.call("DBSIZE") == 0 and client.call("RANDOMKEY") is None and client.call("KEYS", "*") == []
    assert len(names(cluster)) == 2002


def test_a_slot_with_very_many_keys(client, everybody):
    """More than a node is asked to list at once."""
    everybody.call("MSET", "{app1}x", 1, "other", 2)
    for part in range(25):
        client.pipeline([("SET", f"k{n}", "") for n in range(part * 1000, part * 1000 + 1000)])
    assert client.call("DBSIZE") == 25000
    assert sorted(client.call("KEYS", "k1234*")) == sorted([b"k1234"] + [b"k1234%d" % n for n in range(10)])
    assert client.call("RANDOMKEY").startswith(b"k")
    assert client.call("FLUSHDB", "ASYNC") == b"OK"
    assert client.call("DBSIZE") == 0 and everybody.call("EXISTS", "{app1}x", "other") == 2


def test_a_rare_key_is_drawn_among_many_others(client, everybody):
    everybody.pipeline([("SET", f"{{app1}}other{n}", "") for n in range(3000)])
    client.call("MSET", "one", 1, "two", 2)
    drawn = [client.call("RANDOMKEY") for _ in range(40)]
    assert set(drawn) == {b"one", b"two"}


REPLIES = [
    [("RPUSH", "q2", "x"), ("BLPOP", "q1", "q2", 0)],
    [("RPUSH", "q2", "x"), ("BRPOP", "q1", "q2", 0)],
    [("RPUSH", "q2", "x"), ("LMPOP", 2, "q1", "q2", "LEFT")],
    [("RPUSH", "q2", "x"), ("BLMPOP", 0, 2, "q1", "q2", "LEFT", "COUNT", 2)],
    [("ZADD", "z2", 1, "x"), ("BZPOPMIN", "z1", "z2", 0)],
    [("ZADD", "z2", 1, "x"), ("BZPOPMAX", "z1", "z2", 0)],
    [("ZADD", "z2", 1, "x"), ("ZMPOP", 2, "z1", "z2", "MIN")],
    [("ZADD", "z2", 1, "x"), ("BZMPOP", 0, 2, "z1", "z2", "MIN")],
    [("LMPOP", 2, "q1", "q2", "LEFT")],
    [("BLPOP", "q1", "q2", 0.01)],
    [("XADD", "s1", "1-1", "f", "v"), ("XADD", "s2", "2-1", "f", "v"), ("XREAD", "STREAMS", "s1", "s2", 0, 0)],
    [("XREAD", "STREAMS", "s1", "s2", 0, 0)],
    [("XADD", "s1", "1-1", "f", "v"), ("XGROUP", "CREATE", "s1", "g", 0),
     ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s1", ">")],
    [("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s1", ">")],
    [("XADD", "s1", "1-1", "f", "v"), ("XGROUP", "DESTROY", "s1", "g"), ("XGROUP", "CREATECONSUMER", "s1", "g", "c")],
    [("SET", "k", 1), ("RANDOMKEY",), ("KEYS", "*"), ("SCAN", 0), ("DBSIZE",)],
    [("OBJECT", "ENCODING", "k"), ("MEMORY", "USAGE", "k"), ("TYPE", "k"), ("TTL", "k")],
    [("MULTI",), ("RPUSH", "q", 1, 2), ("LMPOP", 2, "p", "q", "LEFT"), ("BLPOP", "q", 0),
     ("XREAD", "STREAMS", "s", 0), ("EXEC",)],
    [("MULTI",), ("XGROUP", "CREATE", "nosuch", "g", 0), ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "nosuch", ">"), ("EXEC",)],
    [("MULTI",), ("EVAL", "return redis.call('INCR', KEYS[1])", 1, "k"), ("SET", "k", "x"),
     ("EVAL", "return redis.call('INCR', KEYS[1])", 1, "k"), ("EXEC",)],
    [("WATCH", "a", "b"), ("MULTI",), ("SET", "a", 1), ("SET", "b", 2), ("EXEC",)],
    [("SINTERCARD", 2, "a", "b"), ("ZUNION", 2, "a", "b"), ("PFCOUNT", "a", "b"), ("LCS", "a", "b")],
    [("EVAL", "x", "many", "k"), ("EVAL", "return 1", 5, "k"), ("ZUNION", "x", "k"), ("LMPOP", 3, "k", "LEFT")],
    [("COMMAND", "GETKEYS", "MSET", "a", 1, "b", 2)],
]


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("calls", REPLIES, ids=lambda calls: " ".join(map(str, calls[-2 if calls[-1] == ("EXEC",) else -1])))
def test_replies_are_one_redis_s(calls, version, client, plain):
    for side in (client, plain):
        side.call("HELLO", version)
    assert client.pipeline(calls) == plain.pipeline(calls)


SCRIPTS = [
    ("return KEYS", 2, "a", "b"),
    ("return redis.call('SET', KEYS[1], ARGV[1])", 1, "a", "x"),
    ("redis.call('set', 'a', 1) redis.call('set', KEYS[1]..':more', 2) return redis.call('mget', 'a', KEYS[1]..':more')", 1, "b"),
    ("return redis.call('GET', ARGV[1])", 0, "a"),
    ("redis.call('rpush', 'l', 'x') return redis.call('lmpop', 2, 'k', 'l', 'left')", 0),
    ("redis.call('rpush', 'l', 'x') return redis.call('blpop', 'k', 'l', 0)", 0),
    ("redis.call('xadd', 's', '1-1', 'f', 'v') return redis.call('xread', 'streams', 'r', 's', 0, 0)", 0),
    ("redis.setresp(3) redis.call('xadd', 's', '1-1', 'f', 'v') return redis.call('xread', 'streams', 's', 0)['map']['s']", 0),
    ("redis.call('zadd', 'z', 1, 'x') return redis.call('zunionstore', 'd', 2, 'y', 'z', 'weights', 1, 2)", 0),
    ("redis.call('rpush', 'l', 2) redis.call('sort', 'l', 'limit', 0, 5, 'store', 'd') "
     "return redis.call('lrange', 'd', 0, -1)", 0),
    ("redis.call('geoadd', 'g', 1, 1, 'm') return redis.call('georadius', 'g', 1, 1, 9, 'km', 'storedist', 'near')", 0),
    ("redis.call('set', 1, 'x') return redis.call('get', '1')", 0),
    ("redis.call('set', 12345678901234, 'x') return redis.call('get', '12345678901234')", 0),
    ("redis.call('set', 'a', 1) return redis.call('keys', '*')", 0),
    ("redis.call('set', 'a', 1) return redis.call('scan', 0, 'count', 1000)[2]", 0),
    ("redis.call('set', 'a', 1) return redis.call('scan', 0, 'match', 'b*', 'count', 1000)[2]", 0),
    ("return redis.pcall('lpush', 'k')['err']", 0),
    ("return redis.pcall('nosuch', 'k')['err']", 0),
    ("return redis.call('nosuch', 'k')", 0),
    ("return redis.call()", 0),
    ("return redis.call({})", 0),
    ("return redis.call('get', nil)", 0),
    ("return redis.call('get', {})", 0),
    ("return redis.call('subscribe', 'k')", 0),
    ("return redis.call('object', 'encoding', 'nosuch')", 0),
    ("return redis.call('object')", 0),
    ("return {redis.sha1hex('x'), redis.LOG_DEBUG, type(redis.call), #KEYS}", 1, "a"),
    ("local redis = redis return redis.call('exists', 'x')", 0),
    ("local function f(...) return redis.call('del', ...) end return f('x', 'y')", 0),
    ("#!lua\nreturn redis.call('set', KEYS[1], 1)", 1, "a"),
    ("#!lua flags=no-writes\nreturn redis.call('set', KEYS[1], 1)", 1, "a"),
    ("#!lua", 0),
    ("\n\nreturn nosuch", 0),
    ("-0", 0),
    ("(1)", 0),
    ("", 0),
    ("-- nothing", 0),
    ("return cjson.encode(KEYS)", 2, "a", "b"),
    ("return redis.call('ping')", 0),
    ("_G.redis.call('set', 'k', 1) return _G['redis'].call('get', 'k')", 0),
    ("return loadstring('return redis.call(...)')('set', KEYS[1], ARGV[1])", 1, "a", "x"),
    ("local n = 0 return load(function() n = n + 1 return ({'return redis.call(', \"'set', 'k', 1)\"})[n] end)()", 0),
    ("return (select(2, loadstring('no lua'))) ~= nil", 0),
    ("return {type(_G.string), type(_G._G), _G.KEYS[1]}", 1, "a"),
    ("_G.x = 1", 0),
    ("x = 1", 0),
    ("return redis.call('publish', 'channel', 'x')", 0),
    ("return redis.status_reply(redis.call('set', 'k', 'v')['ok'])", 0),
    ("redis.call('xgroup', 'create', 's2', 'g', '$', 'mkstream') return redis.call('xinfo', 'groups', 's2')[1][2]", 0),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script[0])
def test_scripts_see_their_client_s_keys(script, client, plain, cluster):
    assert client.call("EVAL", *script) == plain.call("EVAL", *script)
    assert all(name.startswith(TAG) for name in names(cluster))
    sha = plain.call("SCRIPT", "LOAD", script[0])
    assert client.call("SCRIPT", "LOAD", script[0]) == sha
    if not isinstance(sha, Err):
        client.call("FLUSHALL"), plain.call("FLUSHALL")
        assert client.call("EVALSHA", sha, *script[1:]) == plain.call("EVALSHA", sha, *script[1:])
        assert client.call("SCRIPT", "EXISTS", sha.upper(), "0" * 40) == [1, 0]


@pytest.mark.parametrize("call", ["dbsize", "flushall", "flushdb", "randomkey"])
def test_scripts_do_not_reach_all_keys(call, client, everybody):
    everybody.call("SET", "theirs", 1)
    error = client.call("EVAL", f"return redis.call('{call}')", 0)
    assert isinstance(error, Err) and "not supported in scripts with keyspace.hash_tag" in error, error
    assert everybody.call("EXISTS", "theirs") == 1


def test_other_workers_and_lost_scripts(proxy, cluster):
    """Eight clients sit at two workers; nodes that lost the script are given it."""
    clients = [proxy.connect() for _ in range(8)]
    try:
        body = "return {KEYS[1], redis.call('incr', KEYS[1]..':count')}"
        sha = clients[0].call("SCRIPT", "LOAD", body)
        for at, each in enumerate(clients):
            assert each.call("EVALSHA", sha, 1, "k") == [b"k", at + 1]
            assert each.call("SCRIPT", "EXISTS", sha) == [1]
        for node in cluster.masters():
            node.call("SCRIPT", "FLUSH")
        for at, each in enumerate(clients):
            assert each.call("EVALSHA", sha, 1, "k") == [b"k", at + 9]
        assert clients[3].pipeline([("MULTI",), ("EVALSHA", sha, 1, "k"), ("EXEC",)])[-1] == [[b"k", 17]]
        clients[1].call("SCRIPT", "FLUSH")
        assert clients[2].call("EVALSHA", sha, 1, "k").code == "NOSCRIPT"
    finally:
        for each in clients:
            each.close()


def test_a_neighbour_s_script_is_another_one(client, everybody):
    """The same body, loaded beside the keyspace, would write without the tag."""
    body = "return redis.call('set', 'built', KEYS[1])"
    sha = everybody.call("SCRIPT", "LOAD", body)
    assert client.call("SCRIPT", "EXISTS", sha) == [0]
    assert client.call("EVALSHA", sha, 1, "k").code == "NOSCRIPT"
    assert client.call("EVAL", body, 1, "k") == b"OK"
    assert client.call("EVALSHA", sha, 1, "k") == b"OK"
    assert everybody.call("EXISTS", "built") == 0 and everybody.call("GET", "{app1}:built") == b"k"


@pytest.mark.parametrize("call", [("FCALL", "f", 1, "k"), ("FUNCTION", "FLUSH"), ("CLUSTER", "GETKEYSINSLOT", 1, 1)], ids=str)
def test_what_would_reach_others_is_refused(call, client):
    error = client.call(*call)
    assert "is not supported with keyspace.hash_tag: it would reach keys of others" in error
    assert client.call("MULTI") == b"OK" and isinstance(client.call(*call), Err) and client.call("EXEC").code == "EXECABORT"


@pytest.fixture
def events(cluster):
    for node in cluster.masters():
        node.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    yield
    for node in cluster.masters():
        node.call("CONFIG", "SET", "notify-keyspace-events", "")


@pytest.mark.parametrize("version", [2, 3])
def test_events_are_of_its_own_keys(version, proxy, client, everybody, events):
    with proxy.connect() as listener:
        listener.call("HELLO", version)
        read = listener.read if version == 2 else listener.read_push
        kind = b"pmessage"
        listener.send_raw(encode("SUBSCRIBE", "__keyspace@0__:k", "__keyevent@0__:set", "news"))
        listener.send_raw(encode("PSUBSCRIBE", "__keyspace@*__:user*", "__key*__:*"))
        confirmed = [read() for _ in range(5)]
        assert [each[1] for each in confirmed] == [b"__keyspace@0__:k", b"__keyevent@0__:set", b"news", b"__keyspace@*__:user*",
                                                    b"__key*__:*"]
        everybody.call("SET", "k", 1)
        everybody.call("SET", "{app1}", 1)
        everybody.call("SET", "{app1}:", 1)
        client.call("SET", "k", 1)
        client.call("DEL", "user1")
        client.call("SET", "user1", 1)
        everybody.call("PUBLISH", "news", "text")
        got = [read() for _ in range(12)]
        said = sorted(tuple(each) for each in got)
        assert said == sorted([
            (b"message", b"__keyevent@0__:set", b""),
            (kind, b"__key*__:*", b"__keyspace@0__:", b"set"), (kind, b"__key*__:*", b"__keyevent@0__:set", b""),
            (b"message", b"__keyspace@0__:k", b"set"), (b"message", b"__keyevent@0__:set", b"k"),
            (kind, b"__key*__:*", b"__keyspace@0__:k", b"set"), (kind, b"__key*__:*", b"__keyevent@0__:set", b"k"),
            (b"message", b"__keyevent@0__:set", b"user1"), (kind, b"__keyspace@*__:user*", b"__keyspace@0__:user1", b"set"),
            (kind, b"__key*__:*", b"__keyspace@0__:user1", b"set"), (kind, b"__key*__:*", b"__keyevent@0__:set", b"user1"),
            (b"message", b"news", b"text"),
        ])
        listener.send_raw(encode("PUNSUBSCRIBE"))
        left = [read() for _ in range(2)]
        assert sorted(each[1] for each in left) == [b"__key*__:*", b"__keyspace@*__:user*"]
        listener.send_raw(encode("UNSUBSCRIBE", "__keyspace@0__:k"))
        assert read()[1:] == [b"__keyspace@0__:k", 2]


def test_a_pattern_that_no_pattern_of_the_nodes_equals(client):
    assert "has to begin with __keyspace@" in client.call("PSUBSCRIBE", "__key*__:user1")
    assert client.call("PSUBSCRIBE", "__keyspace@0__:user1")[0] == b"psubscribe"


def test_tracking_tells_of_its_own_keys(proxy, client, everybody):
    with proxy.connect() as tracker:
        tracker.call("HELLO", 3)
        assert tracker.call("CLIENT", "TRACKING", "ON") == b"OK"
        assert tracker.call("GET", "k") is None
        client.call("SET", "k", 1)
        assert tracker.read_push() == [b"invalidate", [b"k"]]
        assert tracker.call("CLIENT", "TRACKING", "OFF") == b"OK"
        assert tracker.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user") == b"OK"
        everybody.call("SET", "user1", 1)
        client.call("SET", "k", 2)
        client.call("SET", "user2", 1)
        assert tracker.read_push() == [b"invalidate", [b"user2"]]
        assert tracker.call("CLIENT", "TRACKINGINFO")[-1] == (b"prefixes", [b"user"])


def test_a_large_value_passes(client):
    value = bytes(range(256)) * 40_000
    assert client.call("SET", "large", value) == b"OK"
    assert client.call("GET", "large") == value
    assert client.call("RPUSH", "q", value) == 1
    assert client.call("BLPOP", "p", "q", 0) == [b"q", value]
    assert client.call("XADD", "s", "1-1", "f", value) == b"1-1"
    assert client.call("XREAD", "STREAMS", "s", 0) == [[b"s", [[b"1-1", [b"f", value]]]]]


def test_while_the_slot_moves(proxy, client, cluster):
    """What a pipeline writes, reads, counts and deletes is the same before, amid and after it."""
    client.pipeline([("SET", f"k{n}", n) for n in range(300)])
    move = SlotMove(cluster, SLOT).open()
    for key in move.keys()[:200]:
        move.move(key)
    assert client.call("DBSIZE") == 300
    assert len(set(client.call("KEYS", "*"))) == 300
    assert client.call("RANDOMKEY").startswith(b"k")
    assert client.call("MGET", *[f"k{n}" for n in range(300)]) == [b"%d" % n for n in range(300)]
    assert client.call("EVAL", "return redis.call('get', KEYS[1])", 1, "k7") == b"7"
    assert client.call("FLUSHALL") == b"OK"
    assert client.call("DBSIZE") == 0
    client.pipeline([("SET", f"k{n}", n) for n in range(300)])
    move.finish()
    assert client.call("DBSIZE") == 300
    assert client.call("EVAL", "return redis.call('get', 'k7')", 0) == b"7"
    assert client.call("FLUSHALL") == b"OK"
    assert client.call("DBSIZE") == 0


def test_waiters_are_woken(proxy, client):
    results = []

    def wait():
        with proxy.connect() as waiter:
            results.append(waiter.call("BLPOP", "a", "b", "c", 0))

    threads = [threading.Thread(target=wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    until(lambda: client.call("CLIENT", "LIST").count(b" flags=b") == 20, "20 to be blocked")
    client.pipeline([("RPUSH", "abc"[n % 3], n) for n in range(20)])
    for thread in threads:
        thread.join()
    assert all(isinstance(each, list) for each in results), results
    assert sorted(int(each[1]) for each in results) == list(range(20))
    assert {each[0] for each in results} <= {b"a", b"b", b"c"}
