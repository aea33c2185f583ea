"""Every data type through the proxy gives the very bytes that a single redis-server gives."""
import pytest

# Commands in the order sent. All keys of a group share a slot by their hash tag, so that a cluster can run them.
GROUPS = {
    "strings": """
        SET {s}a 1 | GET {s}a | GET {s}none | SET {s}a 2 NX | SET {s}a 3 XX GET | GETSET {s}a 4 | GETDEL {s}a
        APPEND {s}b abc | APPEND {s}b def | STRLEN {s}b | GETRANGE {s}b 1 3 | SETRANGE {s}b 2 XY | SUBSTR {s}b 0 1
        INCR {s}n | INCRBY {s}n 10 | DECR {s}n | DECRBY {s}n 3 | INCRBYFLOAT {s}n 0.5 | INCR {s}b
        SETEX {s}e 100 v | PSETEX {s}e 100000 v | GETEX {s}e PERSIST | TTL {s}e | SETNX {s}e w | LCS {s}b {s}e
        MSET {s}x 1 {s}y 2 | MGET {s}x {s}none {s}y | MSETNX {s}x 1 {s}z 2 | MSETNX {s}p 1 {s}q 2
        SETBIT {s}bits 7 1 | GETBIT {s}bits 7 | BITCOUNT {s}bits | BITPOS {s}bits 1 | BITFIELD {s}bits GET u8 0
        BITFIELD_RO {s}bits GET u4 0 | BITOP NOT {s}inv {s}bits | GET {s}inv""",
    "lists": """
        RPUSH {l}a 1 2 3 | LPUSH {l}a 0 | LRANGE {l}a 0 -1 | LLEN {l}a | LINDEX {l}a 1 | LSET {l}a 1 one | LSET {l}a 9 x
        LINSERT {l}a BEFORE 2 x | LREM {l}a 1 x | LPOS {l}a 3 | LPOP {l}a | RPOP {l}a | LPOP {l}a 5 | LPOP {l}a
        RPUSHX {l}none 1 | LPUSHX {l}none 1 | RPUSH {l}b 1 2 3 | RPOPLPUSH {l}b {l}c | LMOVE {l}b {l}c LEFT RIGHT
        LRANGE {l}c 0 -1 | LMPOP 2 {l}none {l}c LEFT COUNT 2 | LTRIM {l}b 0 0 | LRANGE {l}b 0 -1
        SORT {l}b | SORT_RO {l}b | RPUSH {l}d 3 1 2 | SORT {l}d DESC STORE {l}e | LRANGE {l}e 0 -1""",
    "hashes": """
        HSET {h}a f 1 g 2 | HGET {h}a f | HGET {h}a none | HMGET {h}a f none g | HMSET {h}a h 3 | HGETALL {h}a
        HKEYS {h}a | HVALS {h}a | HLEN {h}a | HEXISTS {h}a f | HSETNX {h}a f 9 | HINCRBY {h}a f 5 | HSTRLEN {h}a f
        HINCRBYFLOAT {h}a f 0.25 | HDEL {h}a f none | HSCAN {h}a 0 | HRANDFIELD {h}none | HGETALL {h}none""",
    "sets": """
        SADD {t}a 1 2 3 | SADD {t}a 3 4 | SCARD {t}a | SISMEMBER {t}a 2 | SMISMEMBER {t}a 1 9 | SMEMBERS {t}a
        SADD {t}b 3 4 5 | SINTER {t}a {t}b | SUNION {t}a {t}b | SDIFF {t}a {t}b | SINTERCARD 2 {t}a {t}b
        SINTERSTORE {t}c {t}a {t}b | SUNIONSTORE {t}d {t}a {t}b | SDIFFSTORE {t}e {t}a {t}b | SMOVE {t}a {t}b 1
        SREM {t}a 2 99 | SSCAN {t}e 0 | SPOP {t}none | SRANDMEMBER {t}none | SADD {t}one x | SPOP {t}one | SPOP {t}one""",
    "sorted sets": """
        ZADD {z}a 1 a 2 b 3 c | ZADD {z}a XX CH 5 a | ZADD {z}a INCR 1 b | ZSCORE {z}a a | ZMSCORE {z}a a none
        ZCARD {z}a | ZCOUNT {z}a 2 (5 | ZINCRBY {z}a 2 c | ZRANGE {z}a 0 -1 WITHSCORES | ZREVRANGE {z}a 0 0
        ZRANGEBYSCORE {z}a -inf +inf LIMIT 0 1 | ZRANK {z}a a | ZREVRANK {z}a none | ZADD {z}b 1 a 1 x | ZLEXCOUNT {z}b - +
        ZRANGEBYLEX {z}b [a (x | ZUNION 2 {z}a {z}b WITHSCORES | ZINTER 2 {z}a {z}b | ZDIFF 2 {z}b {z}a
        ZUNIONSTORE {z}c 2 {z}a {z}b WEIGHTS 1 2 | ZINTERSTORE {z}d 2 {z}a {z}b | ZDIFFSTORE {z}e 2 {z}b {z}a
        ZINTERCARD 2 {z}a {z}b | ZRANGESTORE {z}f {z}a 0 0 | ZPOPMIN {z}a | ZPOPMAX {z}a | ZMPOP 1 {z}b MIN
        ZREM {z}c a | ZREMRANGEBYRANK {z}c 0 0 | ZREMRANGEBYSCORE {z}c 0 99 | ZSCAN {z}f 0 | ZRANDMEMBER {z}none""",
    "streams": """
        XADD {x}s 1-1 f v | XADD {x}s 1-2 f w | XADD {x}s 1-2 f w | XLEN {x}s | XRANGE {x}s - + | XREVRANGE {x}s + - COUNT 1
        XREAD COUNT 1 STREAMS {x}s 0 | XREAD STREAMS {x}s 1-2 | XGROUP CREATE {x}s g 0 | XGROUP CREATE {x}s g 0
        XREADGROUP GROUP g c COUNT 1 STREAMS {x}s > | XPENDING {x}s g | XACK {x}s g 1-1 1-1 | XGROUP CREATECONSUMER {x}s g d
        XGROUP DELCONSUMER {x}s g d | XDEL {x}s 1-1 | XTRIM {x}s MAXLEN 0 | XSETID {x}s 5-0 | XGROUP DESTROY {x}s g
        XADD {x}s NOMKSTREAM 6-0 a b | XADD {x}none NOMKSTREAM 6-0 a b""",
    "geo and cardinality": """
        GEOADD {g}a 13.361389 38.115556 Palermo 15.087269 37.502669 Catania | GEODIST {g}a Palermo Catania km
        GEOHASH {g}a Palermo none | GEOPOS {g}a Palermo none
        GEOSEARCH {g}a FROMLONLAT 15 37 BYRADIUS 200 km ASC | GEORADIUS_RO {g}a 15 37 100 km
        GEORADIUSBYMEMBER_RO {g}a Palermo 200 km | GEOSEARCHSTORE {g}b {g}a FROMMEMBER Palermo BYBOX 400 400 km
        GEORADIUS {g}a 15 37 200 km STORE {g}c | ZCARD {g}c
        PFADD {g}h a b c | PFADD {g}h a | PFCOUNT {g}h | PFADD {g}i d | PFMERGE {g}j {g}h {g}i | PFCOUNT {g}j {g}h""",
    "keys": """
        SET {k}a 1 | EXISTS {k}a {k}a {k}none | TYPE {k}a | TYPE {k}none | EXPIRE {k}a 100 | TTL {k}a | PERSIST {k}a
        PEXPIRE {k}a 100000 GT | EXPIREAT {k}a 33177117420 | EXPIRETIME {k}a | PEXPIREAT {k}a 33177117420000
        PEXPIRETIME {k}a | RENAME {k}a {k}b | RENAME {k}a {k}b | RENAMENX {k}b {k}c | COPY {k}c {k}d
        COPY {k}c {k}d | TOUCH {k}c {k}none | OBJECT ENCODING {k}c | OBJECT REFCOUNT {k}none | DUMP {k}none
        DUMP {k}none2 | DEL {k}c {k}c | UNLINK {k}d {k}none | TTL {k}none | RANDOMLYUNKNOWN {k}a
        RPUSH {k}list a | GET {k}list | INCR {k}list | HGET {k}list f | SET {k}v x EX 0 | SET {k}v x WHAT""",
}


def commands(text):
    return [command.split() for line in text.splitlines() for command in line.split("|") if command.split()]


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def both(request, raw, plain):
    """Both speak the same RESP."""
    for each in (raw, plain):
        each.call("HELLO", request.param)
    return raw, plain


@pytest.mark.parametrize("group", GROUPS)
def test_replies_are_those_of_a_single_server(group, both):
    raw, plain = both
    for command in commands(GROUPS[group]):
        assert raw.raw(*command) == plain.raw(*command), command


@pytest.mark.parametrize("group", GROUPS)
def test_the_same_in_one_pipeline(group, both):
    raw, plain = both
    batch = commands(GROUPS[group])
    assert raw.pipeline(batch) == plain.pipeline(batch)


def test_dump_and_restore(raw):
    raw.call("RPUSH", "{d}list", "a", "b")
    assert raw.call("RESTORE", "{d}copy", 0, raw.call("DUMP", "{d}list")) == b"OK"
    assert raw.call("LRANGE", "{d}copy", 0, -1) == [b"a", b"b"]


@pytest.mark.parametrize("value", [b"", b"\r\n", b"$5\r\nhello\r\n", bytes(range(256)) * 5, b"\x00" * 70000])
def test_values_are_bytes(raw, value):
    assert raw.call("SET", "bytes", value) == b"OK"
    assert raw.call("GET", "bytes") == value
    assert raw.call("SET", value, "as a key") == b"OK"
    assert raw.call("GET", value) == b"as a key"


@pytest.mark.parametrize("size", [64 << 20, pytest.param(500 << 20, marks=pytest.mark.slow)], ids=["64MB", "500MB"])
def test_big_values(raw, size):
    value = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    raw.socket.settimeout(300)
    assert raw.call("SET", "big", value) == b"OK"
    assert raw.call("STRLEN", "big") == size
    assert raw.call("GET", "big") == value
    assert raw.call("DEL", "big") == 1


def test_deep_pipeline_keeps_order(raw):
    count = 10000
    assert raw.pipeline([("SET", f"deep:{n}", n) for n in range(count)]) == [b"OK"] * count
    assert raw.pipeline([("GET", f"deep:{n}") for n in range(count)]) == [b"%d" % n for n in range(count)]


def test_pipeline_mixes_local_routed_and_refused_in_order(raw):
    batch, expected = [], []
    for number in range(500):
        batch += [("ECHO", number), ("SET", f"mix:{number}", number), ("nosuch",), ("GET", f"mix:{number}"), ("GET",)]
        text = b"%d" % number
        expected += [text, b"OK", "ERR unknown command 'nosuch', with args beginning with: ", text,
                     "ERR wrong number of arguments for 'get' command"]
    assert raw.pipeline(batch) == expected
