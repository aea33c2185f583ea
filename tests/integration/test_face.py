"""What the proxy tells of itself and of the cluster behind, as one server would."""
import pytest

from harness.resp import Err
from harness.wait import until


def info_of(client, *sections):
    text = client.call("INFO", *sections).decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def heads_of(client, *sections):
    return [line[2:] for line in client.call("INFO", *sections).decode().splitlines() if line.startswith("# ")]


def test_info_sums_over_masters(raw, cluster):
    for number in range(100):
        raw.call("SET", f"k{number}", number, "EX", 1000)
    nodes = [node.info("everything") for node in cluster.masters()]
    info = info_of(raw)
    assert info["redis_version"] == nodes[0]["redis_version"]
    assert info["db0"].startswith("keys=100,expires=100,")
    assert info["cluster_enabled"] == "0" and info["redis_mode"] == "standalone" and info["role"] == "master"
    assert int(info["used_memory"]) > 2 * min(int(node["used_memory"]) for node in nodes)
    assert int(info["connected_slaves"]) == 3 and {"slave0", "slave1", "slave2"} <= info.keys()
    assert int(info_of(raw, "commandstats")["cmdstat_set"].split("calls=")[1].split(",")[0]) >= 100
    assert int(info["slotway_masters"]) == 3 and int(info["slotway_slots_served"]) == 16384
    assert int(info["slotway_connected_clients"]) >= 1


@pytest.mark.parametrize("sections", [(), ("all",), ("everything",), ("default",), ("server", "Clients"), ("nosuch",),
                                      ("keyspace", "nosuch"), ("commandstats",)], ids=" ".join)
def test_info_has_the_sections_that_redis_has(raw, plain, sections):
    wanted = heads_of(plain, *sections)
    if not sections or sections[0] in ("all", "everything", "default"):
        wanted.append("Slotway")
    assert heads_of(raw, *sections) == wanted


def test_config_get(raw, proxy, plain):
    def config(client, *patterns):
        flat = client.call("CONFIG", "GET", *patterns)
        return dict(zip(flat[::2], flat[1::2]))

    looked_at = ("maxmemory-policy", "save", "appendonly", "notify-keyspace-events", "maxmemory")
    assert config(raw, *looked_at).keys() == config(plain, *looked_at).keys()
    assert config(raw, "MAXMEMORY-p*", "appendonl?") == {b"maxmemory-policy": b"noeviction", b"appendonly": b"no"}
    assert config(raw, "databases", "port", "cluster-enabled") == {
        b"databases": b"1", b"port": str(proxy.port).encode(), b"cluster-enabled": b"no"}
    assert config(raw, "*").keys() == config(plain, "*").keys()
    assert config(raw, "nosuch") == {}


def test_config_set_reaches_all_nodes(raw, cluster):
    assert raw.call("CONFIG", "SET", "maxmemory-samples", 7) == b"OK"
    assert raw.call("CONFIG", "GET", "maxmemory-samples") == [b"maxmemory-samples", b"7"]
    assert all(node.call("CONFIG", "GET", "maxmemory-samples")[1] == b"7" for node in cluster.masters())
    raw.call("CONFIG", "SET", "maxmemory-samples", 5)
    for name in ("port", "requirepass", "databases"):
        assert "CONFIG SET failed" in raw.call("CONFIG", "SET", name, 1)
    assert isinstance(raw.call("CONFIG", "SET", "nosuch", 1), Err)


def test_role_and_lastsave(raw, cluster):
    name, offset, replicas = raw.call("ROLE")
    assert name == b"master" and isinstance(offset, int)
    assert sorted(int(port) for _, port, _ in replicas) == sorted(node.port for node in cluster.replicas())
    assert raw.call("LASTSAVE") == min(node.call("LASTSAVE") for node in cluster.masters())


def test_slowlog(proxy, raw, cluster):
    with proxy.connect() as client, proxy.connect() as other:
        assert client.call("CONFIG", "SET", "slowlog-log-slower-than", 0) == b"OK"
        assert client.call("SLOWLOG", "RESET") == b"OK"
        client.call("CLIENT", "SETNAME", "me")
        client.call("SET", "slow", "x" * 200)
        # Seen from every connection, whichever worker serves it.
        for each in (client, other, raw):
            entries = each.call("SLOWLOG", "GET", -1)
            entry = next(entry for entry in entries if entry[3][0] == b"SET")
            assert entry[3] == [b"SET", b"slow", b"x" * 128 + b"... (72 more bytes)"]
            assert entry[5] == b"me" and entry[6] == cluster.owner("slow").address.encode()
            assert 0 < entry[7] <= entry[2]
        assert len(client.call("SLOWLOG", "GET", 1)) == 1
        assert client.call("SLOWLOG", "LEN") >= 1
        assert b"command" in [row[0] for row in raw.call("LATENCY", "LATEST")]
        assert raw.call("LATENCY", "HISTORY", "command")
        assert raw.call("LATENCY", "RESET", "command", "nosuch") == 1
        assert client.call("CONFIG", "SET", "slowlog-log-slower-than", 60_000_000) == b"OK"
        assert client.call("SLOWLOG", "RESET") == b"OK"
        assert [each.call("SLOWLOG", "LEN") for each in (client, other)] == [0, 0]
        client.call("CONFIG", "SET", "slowlog-log-slower-than", 10_000)


def test_monitor_shows_all_clients(proxy):
    clients = [proxy.connect() for _ in range(4)]  # shared out over the workers
    monitors = clients[:2]
    for monitor in monitors:
        assert monitor.call("MONITOR") == b"OK"
    for number, client in enumerate(clients[2:]):
        assert client.call("SET", "seen", f"by {number}\n") == b"OK"
        client.call("CONFIG", "GET", "save")
        client.call("AUTH", "secret")
    for monitor in monitors:
        lines = [monitor.read().decode() for _ in range(4)]
        assert all(line.split(" [0 127.0.0.1:")[0].replace(".", "").isdigit() for line in lines)
        shown = sorted(line.split("] ")[1] for line in lines)
        assert shown == ['"AUTH" "(redacted)"'] * 2 + ['"SET" "seen" "by 0\\n"', '"SET" "seen" "by 1\\n"']
    # Who leaves is shown nothing any more.
    assert monitors[0].call("RESET") == b"RESET"
    assert monitors[0].call("PING") == b"PONG"
    for client in clients:
        client.close()


def test_a_slow_monitor_is_cut(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="workers: 2\nlimits: {client_output_bytes: 1mb}\n")
    monitors = [proxy.connect() for _ in range(2)]
    with proxy.connect() as client:
        for monitor in monitors:
            assert monitor.call("MONITOR") == b"OK"

        def listed():
            return client.call("CLIENT", "LIST").decode().count("flags=O")

        assert listed() == 2
        value = "v" * 100_000
        until(lambda: client.call("SET", "k", value) == b"OK" and listed() == 0, "both monitors to be cut")
        assert proxy.metric("slotway_failures_total", **{"class": "output_limit"}) >= 2
    for monitor in monitors:
        monitor.close()


def test_pause_and_unpause(proxy, raw):
    with proxy.connect() as one, proxy.connect() as two:
        assert raw.call("CLIENT", "PAUSE", 60_000, "WRITE") == b"OK"
        for client in (one, two):
            client.send("SET", "paused", 1)
        assert raw.call("GET", "paused") is None
        assert raw.call("CLIENT", "UNPAUSE") == b"OK"
        assert [client.read() for client in (one, two)] == [b"OK", b"OK"]
        # Of all commands only time ends it.
        assert raw.call("CLIENT", "PAUSE", 100) == b"OK"
        assert [client.call("GET", "paused") for client in (one, two, raw)] == [b"1"] * 3
    for wrong in (("x",), (-1,), (1, "SOME")):
        assert isinstance(raw.call("CLIENT", "PAUSE", *wrong), Err)


def test_cluster_subcommands_tell_of_the_cluster_behind(raw, cluster):
    assert b"cluster_slots_ok:16384" in raw.call("CLUSTER", "INFO")
    assert len(raw.call("CLUSTER", "NODES").splitlines()) == 6
    assert {row[2][1] for row in raw.call("CLUSTER", "SLOTS")} == {node.port for node in cluster.masters()}
    assert len(raw.call("CLUSTER", "SHARDS")) == 3
    assert raw.call("CLUSTER", "MYID").decode() in {node.id for node in cluster.masters()}
    assert raw.call("CLUSTER", "KEYSLOT", "foo") == 12182
    raw.call("SET", "foo", 1)
    assert raw.call("CLUSTER", "COUNTKEYSINSLOT", 12182) == 1
    assert raw.call("CLUSTER", "GETKEYSINSLOT", 12182, 10) == [b"foo"]
    assert raw.call("READONLY") == "ERR This instance has cluster support disabled"
    assert isinstance(raw.call("CLUSTER", "FAILOVER"), Err)
