"""The words that requests are made of: what an argument of a name usually holds, and what hardly anybody sends."""

BINARY = b"\x00\r\n\xff$3\r\nabc\r\n"
LONG = b"x" * 300

# A word that fits nowhere, or only just. Left out on purpose: what would make a server fill its memory (offsets below
# 2^32 bits) or its reply (counts below -1000), small numbers where a time to live stands.
EDGES = [
    b"", b" ", b"0", b"-1", b"-0", b"+1", b"01", b" 1", b"1 ", b"1.5", b"-1.5", b"1e3", b"1e400", b"0x10", b"nan",
    b"inf", b"-inf", b"+inf", b"3.0000000000000000000000001", b"1.7976931348623157e308",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809",
    b"18446744073709551615", b"18446744073709551616", b"4294967296", b"99999999999999999999999999",
    b"abc", BINARY, LONG, b"(", b"[", b"(1", b"[a", b"-", b"+", b"$", b">", b"*", b"%s",
    b"\xc3\xa9", b"'\"",
]

MEMBERS = [b"a", b"b", b"c", b"d", b"1", b"2", b"10", b"Palermo", b"Catania", b"nobody", b"", BINARY]
FIELDS = [b"f", b"g", b"n", b"d", b"nothing", b"", BINARY]
SMALL = [b"0", b"1", b"2", b"3", b"5", b"-1", b"-2", b"-3", b"10", b"100"]
COUNTS = [b"0", b"1", b"2", b"3", b"10", b"-1", b"-2", b"-5", b"100"]
FLOATS = [b"0", b"1", b"-1", b"1.5", b"-2.25", b"3.0e2", b"inf", b"-inf", b"0.1", b"100"]
STREAM_IDS = [b"0", b"0-0", b"1-1", b"2-1", b"2", b"3-5", b"5-0", b"9-9", b"-", b"+", b"(1-1", b"99-*", b"1-1-1",
              b"abc"]
STREAM_NEW = [b"5-5", b"7", b"9-*", b"1-1", b"0-0", b"18446744073709551615-18446744073709551615", b"0-1"]
SCORES = [b"-inf", b"+inf", b"1", b"(1", b"2", b"(3", b"0", b"nan", b"abc"]
LEXICAL = [b"-", b"+", b"[a", b"(a", b"[c", b"(c", b"a", b"["]
LONG_LIVES_S = [b"100000", b"200000", b"0", b"-1", b"9223372036854775807", b"abc"]
TIMES = [b"33177117420", b"33177117420000", b"0", b"-1", b"9223372036854775807", b"abc"]
PATTERNS = [b"*", b"a*", b"?", b"[a-c]", b"[^a]", b"\\*", b"", b"f*", b"[", b"nothing*"]
SCRIPTS = [
    b"return 1", b"return KEYS", b"return ARGV", b"return {1,2,{3,'four',{ok='five'}},false,true,nil}",
    b"return 'text'",
    b"return redis.call('GET', KEYS[1])", b"return redis.pcall('INCR', KEYS[1])",
    b"return redis.call('SET', KEYS[1], ARGV[1])",
    b"return redis.error_reply('MY own error')", b"return redis.status_reply('FINE')", b"return {err='TABLE error'}",
    b"error('thrown')",
    b"return redis.call('NOSUCH', KEYS[1])", b"return syntax(", b"return 3.99", b"", b"return #KEYS + #ARGV",
    b"return nosuch",
    b"#!lua flags=no-writes\nreturn redis.call('SET', KEYS[1], 1)", b"#!lua\nreturn redis.call('TYPE', KEYS[1])",
    b"#!nosuch\nreturn 1",
    b"redis.setresp(3); return redis.call('HGETALL', KEYS[1])", b"return redis.sha1hex('')",
    b"return tostring(redis.call('PING').ok)",
]
SHA1 = [b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db", b"0" * 40, b"abc", b""]

# By the name that COMMAND DOCS gives the argument.
BY_NAME = {
    "member": MEMBERS, "member1": MEMBERS, "member2": MEMBERS, "element": MEMBERS, "pivot": MEMBERS, "field": FIELDS,
    "value": [b"v", b"10", b"-3", b"1.5", b"", BINARY, b"hello world"],
    "group": [b"g", b"h", b"nogroup"], "groupname": [b"g", b"h", b"nogroup"],
    "consumer": [b"alice", b"bob", b"nobody"], "consumername": [b"alice", b"bob", b"nobody"],
    "id": STREAM_IDS, "last-id": STREAM_IDS, "max_deleted_entry_id": STREAM_IDS,
    "threshold": [b"0", b"1", b"2", b"2-1", b"abc"],
    "start": SMALL, "stop": SMALL, "end": SMALL, "min": SCORES, "max": SCORES,
    "cursor": [b"0", b"0", b"0", b"1", b"abc", b"-1"],
    "count": COUNTS, "index": SMALL, "index1": [b"0"], "index2": [b"0"],
    "offset": [b"0", b"1", b"2", b"7", b"8", b"100", b"-1", b"#1"], "bit": [b"0", b"1", b"2", b"-1"],
    "encoding": [b"u8", b"i8", b"u4", b"i64", b"u64", b"i0", b"x"],
    "operation": [b"AND", b"OR", b"XOR", b"NOT", b"NOPE"],
    "seconds": LONG_LIVES_S, "milliseconds": LONG_LIVES_S, "ttl": LONG_LIVES_S,
    "longitude": [b"15", b"13.361389", b"-180", b"181", b"abc"],
    "latitude": [b"37", b"38.115556", b"-85", b"86", b"abc"],
    "radius": [b"200", b"0", b"-1", b"1e9", b"abc"], "width": [b"400", b"0", b"-1"], "height": [b"400", b"0", b"-1"],
    "timeout": [b"0.01", b"-1", b"abc", b"1e400", b"nan"], "script": SCRIPTS, "sha1": SHA1,
    "arg": [b"v", b"1", b"", BINARY],
    "min-idle-time": [b"0", b"100000000", b"-1", b"abc"], "ms": [b"0", b"1000"], "frequency": [b"1", b"255", b"256"],
    "serialized-value": [b"", b"garbage", BINARY], "destination-db": [b"0", b"0", b"1", b"-1", b"abc"],
    "function": [b"twice", b"nosuch"], "message": [b"hello", b"", BINARY], "username": [b"default", b"nobody"],
    "type": [b"string", b"LIST", b"nosuch"], "numkeys": [b"1", b"2"], "weight": FLOATS, "section": [b"server"],
    "increment": [b"1", b"-1", b"1.5", b"0", b"9223372036854775807", b"1e308"],
    "decrement": [b"1", b"-1", b"-9223372036854775808", b"x"],
    "entries_added": [b"0", b"10"], "entries_read": [b"0", b"2"],
    "rank": [b"1", b"2", b"-1", b"0", b"-9223372036854775808"],
    "len": [b"0", b"1", b"100"], "num-matches": [b"0", b"1", b"2", b"-1"], "limit": [b"0", b"1", b"10", b"-1"],
    "command-name": [b"get", b"config|get", b"nosuch", b"SET"], "command": [b"get", b"mset", b"nosuch"],
}
BY_KIND = {"integer": SMALL, "double": FLOATS, "pattern": PATTERNS, "unix-time": TIMES, "string": MEMBERS}

# Sorted-set ranges by name say what they compare by.
BY_COMMAND = {
    ("zrangebylex", "min"): LEXICAL, ("zrangebylex", "max"): LEXICAL, ("zrevrangebylex", "min"): LEXICAL,
    ("zrevrangebylex", "max"): LEXICAL, ("zlexcount", "min"): LEXICAL, ("zlexcount", "max"): LEXICAL,
    ("zremrangebylex", "min"): LEXICAL, ("zremrangebylex", "max"): LEXICAL,
    ("zrange", "start"): SMALL + SCORES + LEXICAL, ("zrange", "stop"): SMALL + SCORES + LEXICAL,
    ("zrangestore", "min"): SMALL + SCORES + LEXICAL, ("zrangestore", "max"): SMALL + SCORES + LEXICAL,
    ("xrange", "start"): STREAM_IDS, ("xrange", "end"): STREAM_IDS, ("xrevrange", "start"): STREAM_IDS,
    ("xrevrange", "end"): STREAM_IDS,
    ("xpending", "start"): STREAM_IDS, ("xpending", "end"): STREAM_IDS, ("xautoclaim", "start"): STREAM_IDS,
    ("xadd", "id"): STREAM_NEW, ("xread", "milliseconds"): [b"10"], ("xreadgroup", "milliseconds"): [b"10"],
    ("xreadgroup", "id"): [b">", b">", b"0", b"1-1", b"$", b"abc"], ("xread", "id"): [b"0", b"1-1", b"$", b"5", b"abc"],
    ("lpop", "count"): COUNTS, ("getbit", "offset"): [b"0", b"7", b"100", b"-1", b"4294967296"],
}


def pool(command, argument):
    found = BY_COMMAND.get((command.name, argument.name)) or BY_NAME.get(argument.name)
    return found or BY_KIND.get(argument.kind, MEMBERS)
