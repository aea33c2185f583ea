"""What the proxy answers itself, per client."""
import pytest

from harness.resp import Err
from harness.wait import until


def fields(line):
    return dict(word.split("=", 1) for word in line.decode().split())


def test_ping_echo_time(raw):
    assert raw.call("PING") == b"PONG"
    assert raw.call("PING", "text") == b"text"
    assert raw.call("ECHO", "text") == b"text"
    seconds, micros = raw.call("TIME")
    assert int(seconds) > 1_600_000_000 and 0 <= int(micros) < 1_000_000


def test_select(raw):
    assert raw.call("SELECT", 0) == b"OK"
    assert isinstance(raw.call("SELECT", 1), Err)
    assert isinstance(raw.call("SELECT", "x"), Err)


def test_hello(raw):
    reply = raw.call("HELLO", 2)
    said = dict(zip(reply[::2], reply[1::2]))
    assert said[b"server"] == b"redis" and said[b"proto"] == 2 and isinstance(said[b"id"], int)
    assert raw.call("HELLO", 2, "SETNAME", "by-hello")[0] == b"server"
    assert raw.call("CLIENT", "GETNAME") == b"by-hello"
    assert raw.call("HELLO", 4).startswith("NOPROTO")


def test_quit(raw):
    raw.send("QUIT")
    raw.send("SET", "after:quit", 1)
    assert raw.read() == b"OK"
    assert raw.read_until_closed() == b""


def test_reset(raw):
    raw.call("CLIENT", "SETNAME", "named")
    assert raw.call("RESET") == b"RESET"
    assert raw.call("CLIENT", "GETNAME") in (None, b"")


def test_client_names_and_ids(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        assert one.call("CLIENT", "ID") != two.call("CLIENT", "ID")
        assert one.call("CLIENT", "GETNAME") in (None, b"")
        assert one.call("CLIENT", "SETNAME", "first") == b"OK"
        assert one.call("CLIENT", "GETNAME") == b"first"
        assert isinstance(one.call("CLIENT", "SETNAME", "with space"), Err)
        assert one.call("CLIENT", "SETINFO", "LIB-NAME", "test") == b"OK"
        assert one.call("CLIENT", "NO-TOUCH", "ON") == b"OK"
        assert one.call("CLIENT", "NO-EVICT", "ON") == b"OK"


def test_client_info_and_list(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        one.call("CLIENT", "SETNAME", "alpha")
        two.call("CLIENT", "SETNAME", "beta")
        me = fields(one.call("CLIENT", "INFO"))
        assert me["name"] == "alpha" and int(me["id"]) == one.call("CLIENT", "ID")
        rows = [fields(line) for line in one.call("CLIENT", "LIST").splitlines()]
        assert {"alpha", "beta"} <= {row["name"] for row in rows}, "the clients of all workers are listed"
        only = one.call("CLIENT", "LIST", "ID", two.call("CLIENT", "ID")).splitlines()
        assert [fields(line)["name"] for line in only] == ["beta"]


def test_client_kill(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        assert one.call("CLIENT", "KILL", "ID", two.call("CLIENT", "ID")) == 1
        assert two.read_until_closed() == b""
        assert one.call("CLIENT", "KILL", "ID", 999999999) == 0
        assert one.call("PING") == b"PONG"


def test_client_kill_by_address(proxy):
    with proxy.connect() as one, proxy.connect() as two:
        address = fields(two.call("CLIENT", "INFO"))["addr"]
        assert one.call("CLIENT", "KILL", address) == b"OK"
        assert two.read_until_closed() == b""
        assert one.call("CLIENT", "KILL", address) == "ERR No such client"


def test_client_reply(raw):
    for command in (("CLIENT", "REPLY", "OFF"), ("SET", "silent", 1), ("GET", "silent"), ("nosuch",)):
        raw.send(*command)
    assert raw.call("CLIENT", "REPLY", "ON") == b"OK"
    raw.send("CLIENT", "REPLY", "SKIP")
    raw.send("INCR", "silent")
    assert raw.call("GET", "silent") == b"2"


def test_command_answers_from_the_table(raw, plain):
    count = raw.call("COMMAND", "COUNT")
    assert count >= 200
    rows = {row[0]: row for row in raw.call("COMMAND")}
    assert len(rows) == count
    mine, theirs = (one.call("COMMAND", "INFO", "get", "nosuch", "mset") for one in (raw, plain))
    assert mine[1] is None
    for row, wanted in ((mine[0], theirs[0]), (mine[2], theirs[2])):
        assert row[0] == wanted[0] and row[1] == wanted[1] and row[3:6] == wanted[3:6]
    assert b"get" in raw.call("COMMAND", "DOCS", "get")
    assert b"get" in raw.call("COMMAND", "LIST")
    assert raw.call("COMMAND", "GETKEYS", "MSET", "a", 1, "b", 2) == [b"a", b"b"]
    assert raw.call("COMMAND", "GETKEYS", "EVAL", "return 1", 2, "x", "y", "z") == [b"x", b"y"]


NOT_YET = [
    ("DEBUG", "SLEEP", 0), ("SHUTDOWN",), ("REPLICAOF", "NO", "ONE"), ("PSYNC", "?", -1), ("SYNC",),
    ("MIGRATE", "h", 1, "k", 0, 1),
]


@pytest.mark.parametrize("command", NOT_YET, ids=lambda command: command[0])
def test_what_is_not_there_is_refused_in_one_line(raw, plain, command):
    reply = raw.call(*command)
    assert isinstance(reply, Err) and len(reply) > 12, reply
    assert "unknown command" not in reply
    assert raw.call("ECHO", "still here") == b"still here"


def test_password(cluster, slotway, tmp_path):
    secret = tmp_path / "client-password"
    secret.write_text("sesame\n")
    proxy = slotway(cluster.seeds[:1], config=f"auth: {{password_file: {secret}}}\n")
    with proxy.connect() as client:
        assert client.call("GET", "k") == "NOAUTH Authentication required."
        assert client.call("PING") == "NOAUTH Authentication required."
        assert client.call("AUTH", "wrong").startswith("WRONGPASS")
        assert client.call("AUTH", "default", "wrong").startswith("WRONGPASS")
        assert client.call("HELLO", 2).startswith("NOAUTH")
        assert client.call("AUTH", "sesame") == b"OK"
        assert client.call("SET", "k", 1) == b"OK"
        assert client.call("RESET") == b"RESET"
        assert client.call("GET", "k") == "NOAUTH Authentication required."
        assert client.call("AUTH", "default", "sesame") == b"OK"
        assert client.call("GET", "k") == b"1"
    with proxy.connect() as client:
        assert client.call("HELLO", 2, "AUTH", "default", "sesame")[0] == b"server"
        assert client.call("GET", "k") == b"1"
    assert "sesame" not in proxy.log()


def test_auth_without_a_password_reads_as_from_redis(raw, plain):
    assert raw.raw("AUTH", "x") == plain.raw("AUTH", "x")


def test_idle_clients_cost_nothing_and_leaving_is_seen(proxy):
    before = proxy.metric("slotway_clients")
    connections = [proxy.connect() for _ in range(50)]
    until(lambda: proxy.metric("slotway_clients") >= before + 50, "all clients to be counted")
    for connection in connections:
        connection.close()
    until(lambda: proxy.metric("slotway_clients") <= before, "all clients to be gone")
