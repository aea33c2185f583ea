"""The keys that streams work on: one of each type and encoding under one hash tag, made anew by a few requests."""
from differential.values import BINARY, LONG
from differential.wire import words

TAG = b"{d}"


def key(kind):
    return TAG + kind.encode()


# kind -> the requests that make it, without the key's name.
KINDS = {
    "text": [("SET", "@", "hello world")],
    "number": [("SET", "@", "41")],
    "blank": [("SET", "@", "")],
    "lived": [("SET", "@", "2.5", "EX", "100000")],
    "bytes": [("SET", "@", BINARY)],
    "list": [("RPUSH", "@", "a", "b", "c", "1", "b", BINARY)],
    "numbers": [("RPUSH", "@", "3", "1", "2", "10")],
    "hash": [("HSET", "@", "f", "1", "g", "two", "n", "41", "d", "1.5")],
    "bighash": [("HSET", "@", "f", LONG, "g", "2")],
    "set": [("SADD", "@", "a", "b", "c", "1")],
    "intset": [("SADD", "@", "1", "2", "3", "10")],
    "zset": [("ZADD", "@", "1", "a", "2", "b", "3", "c", "3", "d", "-inf", "nobody")],
    "bigzset": [("ZADD", "@", "0", "a", "0", "b", "0", "c", "0", LONG)],
    "geo": [("GEOADD", "@", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania")],
    "stream": [("XADD", "@", "1-1", "f", "v"), ("XADD", "@", "2-1", "g", "w", "h", ""), ("XADD", "@", "3-5", "f", BINARY),
               ("XGROUP", "CREATE", "@", "g", "0"), ("XGROUP", "CREATE", "@", "h", "2-1"),
               ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "2", "STREAMS", "@", ">")],
    "cardinality": [("PFADD", "@", "a", "b", "c")],
    "missing": [],
    "dest": [],
}

# What a command of a group is meant for.
FITTING = {
    "string": ["text", "number", "blank", "lived", "bytes"], "bitmap": ["text", "number", "bytes", "blank"],
    "list": ["list", "numbers"], "hash": ["hash", "bighash"], "set": ["set", "intset"],
    "sorted-set": ["zset", "bigzset", "geo"], "geo": ["geo"], "stream": ["stream"], "hyperloglog": ["cardinality"],
}
ALL_KINDS = list(KINDS)
# One key of each type for the test of wrong types.
TYPES = ["text", "number", "list", "hash", "set", "intset", "zset", "geo", "stream", "cardinality", "missing"]


def setup():
    """Requests that leave exactly these keys. Every reply is the same on both sides."""
    requests = [words("FLUSHALL")]
    for kind, makers in KINDS.items():
        requests += [[key(kind) if word == b"@" else word for word in words(*maker)] for maker in makers]
    return requests


def look():
    """Requests that show the state of every key."""
    readers = {"list": ("LRANGE", "0", "-1"), "hash": ("HGETALL",), "set": ("SMEMBERS",), 
               "zset": ("ZRANGE", "0", "-1", "WITHSCORES"), "stream": ("XRANGE", "-", "+")}
    requests = []
    for kind in KINDS:
        requests += [words("TYPE", key(kind)), words("EXISTS", key(kind)), words("GET", key(kind))]
        requests += [words(name, key(kind), *rest) for name, *rest in readers.values()]
        requests += [words("XINFO", "GROUPS", key(kind))] if kind in ("stream", "dest") else []
    return requests
