"""How the proxy learns of the cluster, follows it, and is not fooled by nodes that know less."""
import pytest

from harness.cluster import Cluster
from harness.load import Load
from harness.node import CLUSTER, Node
from harness.ports import free_port
from harness.resp import Err
from harness.scripted import bulk
from harness.slots import SLOTS, key_in, spread_keys
from harness.wait import until

QUICK = "timeouts: {topology_refresh: 200ms}\n"
LOW, HIGH = key_in(100), key_in(16000)


def test_seeds_unreachable_at_start(tmp_path, slotway):
    port = free_port()
    proxy = slotway([f"127.0.0.1:{port}"], config="timeouts: {connect: 200ms, request_deadline: 500ms}\n", ready=False)
    until(lambda: str(port) in proxy.http("/readyz")[1], "the reason to be known")
    assert proxy.http("/readyz")[0] == 503
    assert proxy.http("/healthz")[0] == 200
    with proxy.connect() as client:
        reply = client.call("GET", "k")
        assert isinstance(reply, Err) and reply.code in ("CLUSTERDOWN", "ERR") and "\n" not in reply, reply
        assert client.call("PING") == b"PONG"
        until(lambda: proxy.metric("slotway_topology_refresh_failures_total") >= 3, "more attempts")
        assert proxy.log().count(f":{port}") <= 3, "a state is logged once, not every attempt"
        node = Node(tmp_path, CLUSTER, port=port).wait_started()
        try:
            node.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
            proxy.wait_ready()
            assert client.call("SET", "k", 1) == b"OK"
        finally:
            node.stop()


def test_at_the_start_the_cluster_is_waited_for(tmp_path, slotway):
    port = free_port()
    proxy = slotway([f"127.0.0.1:{port}"], ready=False)
    with proxy.connect() as client, proxy.connect() as other:
        client.send("SET", "k", 1)
        client.send("GET", "k")
        assert other.call("PING") == b"PONG"
        until(lambda: proxy.metric("slotway_topology_refresh_failures_total") >= 3, "some attempts")
        node = Node(tmp_path, CLUSTER, port=port).wait_started()
        try:
            node.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
            assert [client.read(), client.read()] == [b"OK", b"1"]
        finally:
            node.stop()


def test_a_seed_that_is_no_cluster_node(cluster, plain_server, slotway):
    proxy = slotway([plain_server.address, *cluster.seeds[:1]])
    assert proxy.call("SET", LOW, 1) == b"OK"


def test_one_seed_is_enough_to_find_all(cluster, slotway):
    proxy = slotway([cluster.replicas()[0].address])
    with proxy.connect() as client:
        keys = spread_keys(30, "found")
        assert client.pipeline([("SET", key, 1) for key in keys]) == [b"OK"] * 30


@pytest.mark.parametrize("seed", ["localhost", "127.0.0.1"])
def test_seeds_by_name(cluster, slotway, seed):
    proxy = slotway([f"{seed}:{cluster.nodes[0].port}"])
    assert proxy.call("SET", LOW, 1) == b"OK"


def test_failover_told_by_hand(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds)
    master = cluster.owner_of(100)
    replica = cluster.replicas(master)[0]
    with Load(proxy, spread_keys(40, "failover")) as load:
        until(lambda: load.rounds > 4, "the load to run")
        assert replica.call("CLUSTER", "FAILOVER") == b"OK"
        until(lambda: cluster.owner_of(100) is replica, "the replica to take over")
        rounds = load.rounds
        until(lambda: load.rounds > rounds + 8, "the load to run on")
    load.check(proxy.connect())
    until(lambda: proxy.metric("slotway_topology_epoch") >= 7, "the layout to be read")


def test_a_killed_master_is_waited_out(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as client:
        assert client.call("SET", LOW, "kept") == b"OK"
        master = cluster.owner_of(100)
        replica = cluster.replicas(master)[0]
        until(lambda: replica.info("replication")["master_repl_offset"] >= master.info("replication")["master_repl_offset"],
              "the replica to have the write")
        master.kill()
        assert client.call("GET", LOW) == b"kept", "the read was to wait for the new master"
        assert client.call("SET", LOW, "again") == b"OK"
        assert client.call("SET", HIGH, 1) == b"OK"


@pytest.mark.parametrize("blow", ["kill", "pause"])
def test_what_all_masters_are_asked_is_asked_of_who_takes_over(fresh_cluster, slotway, blow):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds)
    asked = [("DBSIZE",), ("KEYS", "*"), ("RANDOMKEY",), ("INFO", "server"), ("ROLE",), ("LASTSAVE",), ("PUBSUB", "NUMSUB", "c"),
             ("SCRIPT", "EXISTS", "a" * 40), ("CONFIG", "GET", "save"), ("CLUSTER", "SLOTS"), ("EVAL", "return 1", 0)]
    clients = [proxy.connect() for _ in asked]
    for client, command in zip(clients, asked):
        assert not isinstance(client.call(*command), Err), command
    getattr(cluster.masters()[0], blow)()
    for client, command in zip(clients, asked):
        client.send(*command)
    for client, command in zip(clients, asked):
        reply = client.read()
        # Only what may have changed something at the node that is gone has an unknown outcome.
        assert not isinstance(reply, Err) or (command[0] == "EVAL" and "may have run" in reply), (command, reply)
        client.close()


def test_writes_in_flight_when_their_master_dies(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds)
    key = key_in(100, "count")
    with proxy.connect() as client:
        client.send_raw(b"".join(b"*2\r\n$4\r\nINCR\r\n$%d\r\n%s\r\n" % (len(key), key.encode()) for _ in range(20000)))
        first = client.read()
        cluster.owner_of(100).kill()
        replies = [first, *[client.read() for _ in range(19999)]]
    counts = [reply for reply in replies if not isinstance(reply, Err)]
    errors = {str(reply) for reply in replies if isinstance(reply, Err)}
    assert all("may have run" in text or "not executed" in text for text in errors), errors
    assert len(counts) == len(set(counts)) or errors, "an INCR ran twice"
    assert proxy.call("INCR", key) >= 1


def test_uncovered_slots_fail_alone(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config=QUICK + "ready_requires: topology\n")
    strict = slotway(cluster.seeds, config=QUICK + "ready_requires: full_coverage\n")
    for node in cluster.masters():
        node.call("CLUSTER", "DELSLOTS", 100)
    until(lambda: proxy.metric("slotway_slots_uncovered") == 1, "the hole to be seen")
    with proxy.connect() as client:
        assert client.call("GET", LOW).startswith("CLUSTERDOWN")
        assert client.call("SET", HIGH, 1) == b"OK"
        assert isinstance(client.call("MGET", LOW, HIGH), Err)
        status, body = proxy.http("/readyz")
        assert status == 200 and "degraded" in body and "1" in body, body
        until(lambda: strict.http("/readyz")[0] == 503, "full_coverage to make it a no")
        cluster.masters()[0].call("CLUSTER", "ADDSLOTS", 100)
        until(lambda: proxy.metric("slotway_slots_uncovered") == 0, "the hole to be closed")
        assert client.call("SET", LOW, 1) == b"OK"
        strict.wait_ready()


@pytest.mark.parametrize("hold", ["15s", "1ms"])
def test_the_owner_of_an_uncovered_slot_is_found_by_who_asks_for_it(fresh_cluster, slotway, hold):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config=f"timeouts: {{topology_refresh: 1h, failover_hold: {hold}}}\n")
    for node in cluster.masters():
        node.call("CLUSTER", "DELSLOTS", 100)
    with proxy.connect() as client:
        client.send("SET", LOW, 1)
        until(lambda: proxy.metric("slotway_slots_uncovered") == 1, "the hole to be seen")
        cluster.masters()[0].call("CLUSTER", "ADDSLOTS", 100)
        if hold == "1ms":
            assert client.read().startswith("CLUSTERDOWN")
            until(lambda: client.call("SET", LOW, 1) == b"OK", "the hole to be closed")
        else:
            assert client.read() == b"OK"


def test_a_dead_shard_leaves_the_others_working(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config="timeouts: {topology_refresh: 200ms, connect: 200ms, request_deadline: 500ms}\n")
    cluster.owner_of(100).kill()
    until(lambda: proxy.metric("slotway_slots_uncovered") > 5000, "the shard to be seen dead")
    with proxy.connect() as client:
        assert client.call("SET", HIGH, 1) == b"OK"
        reply = client.call("GET", LOW)
        assert isinstance(reply, Err), reply
        assert proxy.http("/readyz")[0] == 200


def test_a_node_that_joins_and_one_that_leaves(fresh_cluster, slotway, tmp_path):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config=QUICK)
    newcomer = Node(tmp_path / "newcomer", CLUSTER).wait_started()
    cluster.nodes.append(newcomer)
    cluster.nodes[0].call("CLUSTER", "MEET", "127.0.0.1", newcomer.port)
    until(lambda: all(len(cluster.view(node)) == 3 and "handshake" not in node.call("CLUSTER", "NODES").decode()
                      for node in cluster.nodes), "the newcomer to be known")
    from_node = cluster.owner_of(100)
    for node in (newcomer, from_node, *[node for node in cluster.nodes if node not in (newcomer, from_node)]):
        assert node.call("CLUSTER", "SETSLOT", 100, "NODE", newcomer.id) == b"OK"
    with proxy.connect() as client:
        assert client.call("SET", LOW, 1) == b"OK"
        assert newcomer.call("GET", LOW) == b"1"


def test_addresses_are_translated(scripted, slotway):
    """The nodes announce addresses that lead nowhere from here; address_map says where they are."""
    fake = scripted(2)
    real = [node.port for node in fake.nodes]
    for node, port in zip(fake.nodes, real):
        node.on("GET", lambda _, argv: bulk(argv[1]))
    announced = [free_port(), free_port()]
    for node, port in zip(fake.nodes, announced):
        node.port = port
    pairs = ", ".join(f'"127.0.0.1:{a}": "127.0.0.1:{r}"' for a, r in zip(announced, real))
    proxy = slotway(config=f"upstreams: {{main: {{seeds: ['127.0.0.1:{real[0]}'], address_map: {{{pairs}}}}}}}\n")
    assert [proxy.call("GET", key) for key in (LOW, HIGH)] == [LOW.encode(), HIGH.encode()]


def test_announced_hostnames(fresh_cluster, slotway):
    cluster = fresh_cluster(2, 0, {"cluster-announce-hostname": "localhost", "cluster-preferred-endpoint-type": "hostname"})
    until(lambda: all(node.call("CLUSTER", "NODES").decode().count("localhost") == 2 for node in cluster.nodes), "hostnames")
    proxy = slotway(cluster.seeds[:1])
    assert [proxy.call("SET", key, 1) for key in (LOW, HIGH)] == [b"OK", b"OK"]


def test_unknown_endpoints_keep_the_address_that_answered(fresh_cluster, slotway):
    cluster = fresh_cluster(2, 0, {"cluster-preferred-endpoint-type": "unknown-endpoint"})
    proxy = slotway(cluster.seeds)
    assert [proxy.call("SET", key, 1) for key in (LOW, HIGH)] == [b"OK", b"OK"]


def test_a_view_of_a_lower_epoch_does_not_turn_the_map_back(scripted, slotway):
    """Node one comes back from the past: it claims, with its old epoch, what node two has taken with a newer one."""
    fake = scripted(2)
    one, two = fake.nodes
    for node in fake.nodes:
        node.on("GET", lambda session, _: bulk(f"port {session.node.port}"))
    fake.ranges = {one: (0, 0), two: (1, SLOTS - 1)}
    fake.epochs = {one: 1, two: 9}
    proxy = slotway(fake.seeds, config=QUICK)
    with proxy.connect() as client:
        assert client.call("GET", LOW) == b"port %d" % two.port
        fake.ranges = {one: (0, SLOTS - 2), two: (SLOTS - 1, SLOTS - 1)}
        fake.epochs = {one: 1, two: 9}
        before = proxy.metric("slotway_topology_refreshes_total")
        until(lambda: proxy.metric("slotway_topology_refreshes_total") >= before + 4, "some refreshes")
        assert client.call("GET", LOW) == b"port %d" % two.port
        fake.epochs = {one: 10, two: 9}
        until(lambda: client.call("GET", LOW) == b"port %d" % one.port, "the newer epoch to win")


def _joins_another_cluster(node, foreign):
    """From now on what answers at the node's address belongs to `foreign`, as a pod's address that was given away does."""
    foreign.nodes[0].port = node.port
    foreign.nodes[0].id = "f" * 40
    node.on("CLUSTER", lambda _, argv: foreign.topology_reply(foreign.nodes[0], b"CLUSTER", argv))


def test_an_address_given_to_another_cluster_turns_nothing_there(scripted, slotway):
    fake, foreign = scripted(2), scripted(1)
    one, two = fake.nodes
    one.on("GET", lambda *_: bulk("from one"))
    proxy = slotway(fake.seeds, config=QUICK)
    with proxy.connect() as client:
        assert client.call("GET", LOW) == b"from one"
        _joins_another_cluster(two, foreign)
        rounds = proxy.metric("slotway_topology_refreshes_total") + 8
        until(lambda: proxy.metric("slotway_topology_refreshes_total") >= rounds, "some refreshes")
        assert client.call("GET", LOW) == b"from one" and two.count("GET") == 0


def test_a_cluster_that_was_replaced_is_taken_from_the_seeds(scripted, slotway):
    fake, foreign = scripted(2), scripted(1)
    one, two = fake.nodes
    one.on("GET", lambda *_: bulk("from one"))
    two.on("GET", lambda *_: bulk("from the new cluster"))
    proxy = slotway(fake.seeds, config=QUICK)
    with proxy.connect() as client:
        assert client.call("GET", LOW) == b"from one"
        _joins_another_cluster(two, foreign)
        one.stop()
        until(lambda: client.call("GET", LOW) == b"from the new cluster", "the new cluster to be taken")


def test_a_resumed_master_cannot_turn_the_map_back(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds, config=QUICK)
    master = cluster.owner_of(100)
    replica = cluster.replicas(master)[0]
    with proxy.connect() as client:
        assert client.call("SET", LOW, "old") == b"OK"
        until(lambda: replica.call("GET", LOW) is not None, "the write to be replicated")
        master.pause()
        others = [node for node in cluster.nodes if node is not master]
        until(lambda: all(_owner_port(node, 100) == replica.port for node in others), "the failover")
        # A round that began after this has ended when the next but one begins.
        rounds = proxy.metric("slotway_topology_refreshes_total") + 3
        until(lambda: proxy.metric("slotway_topology_refreshes_total") >= rounds,
              "the proxy to follow, though one node never answers")
        assert client.call("SET", LOW, "new") == b"OK"
        master.resume()
        for number in range(300):
            assert client.call("SET", LOW, number) == b"OK"
            assert client.call("GET", LOW) == b"%d" % number
        until(lambda: _owner_port(master, 100) == replica.port, "the resumed master to know")
        assert client.call("GET", LOW) == b"299"


def _owner_port(node, slot):
    for row in Cluster.view(node):
        if any(first <= slot <= last for first, last in row["ranges"]):
            return row["port"]
    return None


def test_refreshes_are_coalesced(scripted, slotway):
    fake = scripted(2)
    proxy = slotway(fake.seeds, config="timeouts: {topology_refresh: 1h, topology_min_interval: 1m, connect: 200ms, "
                                       "request_deadline: 300ms}\n")
    one, two = fake.nodes
    one.on("GET", lambda *_: f"-MOVED 100 127.0.0.1:{two.port}\r\n".encode())
    two.on("GET", lambda *_: f"-MOVED 100 127.0.0.1:{one.port}\r\n".encode())
    before = proxy.metric("slotway_topology_refreshes_total")
    with proxy.connect() as client:
        client.pipeline([("GET", LOW)] * 300)
    assert proxy.metric("slotway_topology_refreshes_total") <= before + 2
