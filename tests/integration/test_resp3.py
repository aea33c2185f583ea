"""RESP3: who says HELLO 3 gets the very bytes that a single server gives in RESP3; others are served as before."""
from harness.resp import Err, Map, Verbatim, encode
from harness.wait import until

HELLOS = [
    ("HELLO", 4), ("HELLO", 1), ("HELLO", "x"), ("HELLO", 3, "AUTH", "a"), ("HELLO", 3, "AUTH", "a", "b"),
    ("HELLO", 3, "SETNAME"), ("HELLO", 3, "SETNAME", "a b"), ("HELLO", 3, "FOO"), ("HELLO", 9, "FOO"),
    ("HELLO", 3, "SETNAME", "a", "SETNAME", "b", "foo"), ("HELLO", "AUTH", "a", "b"), ("HELLO", "3.0"), ("HELLO", " 3"),
    ("HELLO", 2), ("HELLO", 3), ("HELLO",), ("HELLO", 3, "AUTH", "default", "any", "SETNAME", "named"), ("HELLO", 3),
    ("CLIENT", "GETNAME"), ("RESET",), ("CLIENT", "GETNAME"),
]


def told(connection, command):
    """The reply and its bytes, without what differs by nature: the connection's number."""
    reply = connection.call(*command)
    raw = connection.last_raw
    if isinstance(reply, list):
        pairs = list(reply) if isinstance(reply, Map) else list(zip(reply[::2], reply[1::2]))
        raw = raw.replace(b":%d\r\n" % dict(pairs)[b"id"], b":id\r\n")
    return raw


def test_hello_option_by_option(raw, plain):
    for command in HELLOS:
        assert told(raw, command) == told(plain, command), command


# Split, merged, fanned out and answered by the proxy: replies that are made rather than passed on.
MADE = """
    SET a 1 | SET b 2 | RPUSH list x | MGET a none b list a | MGET none | DEL a none | EXISTS b b none | TOUCH b
    UNLINK none | MSET a 1 b 2 c 3 | DBSIZE | KEYS a | KEYS nothing* | SCRIPT EXISTS abc def | SCRIPT LOAD return
    SCRIPT EXISTS 63143b6f8007b98c53ca2149822777b3566f9241 no | PING | PING x | ECHO x | CLIENT GETNAME
    CLIENT SETNAME me | CLIENT GETNAME | SELECT 0 | SELECT x | COMMAND COUNT | COMMAND INFO get nosuch | COMMAND DOCS get
    COMMAND GETKEYS get a | COMMAND GETKEYSANDFLAGS mset a b c d | COMMAND HELP | COMMAND LIST FILTERBY PATTERN nosuch
    CONFIG GET maxmemory | CONFIG SET maxmemory-policy noeviction | CONFIG GET nothing-at-all | GET list | NOSUCH x | GET
    FLUSHALL | GET a | HGETALL a | SMEMBERS a | ZSCORE a b | LPOP a 3 | OBJECT ENCODING a | LOLWUT VERSION 9
    MEMORY USAGE none | XINFO STREAM none | CLIENT KILL 1.2.3.4:5 | CLIENT NO-EVICT ON | RANDOMKEY | SLOWLOG RESET
    SLOWLOG LEN | QUIT
"""


def commands(text):
    return [command.split() for line in text.splitlines() for command in line.split("|") if command.split()]


def test_what_is_made_here_has_the_servers_shapes(raw, plain):
    for each in (raw, plain):
        each.call("HELLO", 3)
    for command in commands(MADE):
        ours, theirs = raw.raw(*command), plain.raw(*command)
        if ours.startswith(b"-ERR") and b"not supported" in ours:
            continue
        assert ours == theirs, command


def test_texts_to_be_read_are_verbatim(raw):
    raw.call("HELLO", 3)
    for command in (("CLIENT", "INFO"), ("CLIENT", "LIST")):
        reply = raw.call(*command)
        assert isinstance(reply, Verbatim) and reply.format == b"txt"
        assert b" resp=3 " in reply
    raw.call("HELLO", 2)
    reply = raw.call("CLIENT", "LIST")
    assert not isinstance(reply, Verbatim) and b" resp=2 " in reply


def test_old_and_modern_clients_side_by_side(proxy):
    with proxy.connect() as old, proxy.connect() as modern:
        modern.call("HELLO", 3)
        for _ in range(50):
            assert old.raw("HGETALL", "none") == b"*0\r\n"
            assert modern.raw("HGETALL", "none") == b"%0\r\n"
            assert old.raw("GET", "none") == b"$-1\r\n"
            assert modern.raw("GET", "none") == b"_\r\n"


def test_the_version_changes_in_the_middle_of_a_pipeline(raw, plain):
    batch = []
    for number in range(30):
        batch += [("HSET", f"h:{number}", "f", number), ("HGETALL", f"h:{number}"), ("GET", "none"), ("PING",)]
        batch += [("HELLO", 3 - number % 2)] if number % 3 else [("RESET",)]
    data = b"".join(encode(*command) for command in batch)
    answers = []
    for each in (raw, plain):
        each.send_raw(data)
        answers.append([])
        for command in batch:
            reply = each.read()
            answers[-1].append(len(reply) if command[0] == "HELLO" else each.last_raw)
    assert answers[0] == answers[1]


def test_large_values_pass(raw):
    raw.call("HELLO", 3)
    value = b"0123456789abcdef" * (1 << 16)
    raw.call("HSET", "large", "a", value)
    assert raw.call("HGETALL", "large") == [(b"a", value)]
    assert raw.pipeline([("HGETALL", "large"), ("GET", "none")] * 20) == [[(b"a", value)], None] * 20


def test_nodes_credentials_go_with_hello(fresh_cluster, slotway, tmp_path):
    cluster = fresh_cluster(masters=2)
    secret = tmp_path / "upstream-password"
    secret.write_text("upstream-secret\n")
    for node in cluster.nodes:
        node.call("ACL", "SETUSER", "proxy", "on", ">upstream-secret", "~*", "&*", "+@all")
        node.call("ACL", "SETUSER", "default", "off")
    proxy = slotway(config=f"upstreams: {{main: {{seeds: [{cluster.seeds[0]}], username: proxy, password_file: {secret}}}}}\n")
    with proxy.connect() as client:
        client.call("HELLO", 3)
        assert client.call("MSET", "a", 1, "b", 2, "c", 3) == b"OK"
        assert client.call("MGET", "a", "b", "c", "none") == [b"1", b"2", b"3", None]


def test_a_modern_client_survives_a_moved_slot_and_a_lost_link(fresh_cluster, slotway):
    cluster = fresh_cluster(masters=2)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        client.call("HELLO", 3)
        assert client.call("HSET", "k", "f", "v") == 1
        for node in cluster.nodes:
            node.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        until(lambda: client.call("HGETALL", "k") == [(b"f", b"v")], "the link to be back")


def test_unknown_and_refused_commands_are_errors_of_one_line(raw):
    raw.call("HELLO", 3)
    for command in (("NOSUCH",), ("GET",), ("SHUTDOWN",), ("MSETNX", "a", 1, "b", 2)):
        assert isinstance(raw.call(*command), Err), command
