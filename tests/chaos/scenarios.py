"""What is done to the cluster, or to the proxy, while the clients work; and what they may see of it.

A scenario is a function of a Stage. What it draws from `stage.random` is the same for the same seed, and each of its steps is
recorded with its time."""
import dataclasses
import os
import subprocess
from collections.abc import Callable

from harness.node import Node
from harness.slot_move import SlotMove
from harness.wait import until

# As the operator's tool has it. One that hangs is an error.
TOOL_S = 300


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    act: Callable
    quiet: bool                  # no error at all
    cuts: bool = False           # connections of clients end
    replicas: int = 1
    options: dict = dataclasses.field(default_factory=dict)
    settings: str = ""           # of the proxy
    straight: bool = True        # the same can be done without a proxy


class Stage:
    """What a scenario acts on."""

    def __init__(self, cluster, proxy, crowd, random, record):
        self.cluster = cluster
        self.proxy = proxy
        self.crowd = crowd
        self.random = random
        self.record = record

    def masters(self):
        return sorted(self.cluster.masters(), key=lambda node: node.port)

    def a_master(self):
        return self.random.choice(self.masters())

    def cli(self, *args):
        self.record("redis-cli --cluster " + " ".join(map(str, args)))
        done = subprocess.run(["redis-cli", "--cluster", *map(str, args)], capture_output=True, text=True, timeout=TOOL_S,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def reshard(self, source, target, slots):
        self.cli("reshard", source.address, "--cluster-from", source.id, "--cluster-to", target.id,
                 "--cluster-slots", slots, "--cluster-yes")
        self.cluster.wait_ok()

    def failover(self, master, *how):
        replica = self.random.choice(self.cluster.replicas(master))
        self.record(f"CLUSTER FAILOVER {' '.join(how)} at {replica.port}, for {master.port}")
        assert replica.call("CLUSTER", "FAILOVER", *how) == b"OK"
        until(lambda: replica.info("replication")["role"] == "master", "the replica to take over")
        self.settled()

    def settled(self):
        """All nodes agree, and every replica has what its master has."""
        self.cluster.wait_ok()
        self.cluster.wait_synced()

    def replaced(self, master):
        """A replica has taken over from it."""
        until(lambda: any(row["port"] == master.port and "fail" in row["flags"]
                          for row in self.cluster.view(self._other(master))), "the others to hold it for failed")
        self.cluster.wait_ok(without=master)

    def _other(self, node):
        return next(each for each in self.cluster.nodes if each is not node and each.running())

    def kill(self, node):
        self.record(f"kill -9 of {node.port}")
        node.kill()

    def restart(self, node):
        self.record(f"start of {node.port}")
        node.start()
        node.wait_started()

    def new_node(self):
        node = Node(self.cluster.folder, self.cluster.nodes[0].options)
        self.cluster.nodes.append(node)
        return node.wait_started()


# --- no error at all ---

def reshard(stage):
    source, target = stage.random.sample(stage.masters(), 2)
    stage.reshard(source, target, 2000)
    stage.crowd.go_on(1000)
    stage.reshard(target, source, 2000)


def grow(stage):
    node = stage.new_node()
    stage.cli("add-node", node.address, stage.masters()[0].address)
    until(lambda: all(len(stage.cluster.view(each)) == len(stage.cluster.nodes) for each in stage.cluster.nodes), "all to know it")
    stage.cluster.wait_ok()
    stage.cli("rebalance", node.address, "--cluster-use-empty-masters")
    stage.cluster.wait_ok()
    stage.crowd.go_on(1000)


def shrink(stage):
    leaves, stays = stage.random.sample(stage.masters(), 2)
    first, last = min(stage.cluster.view(leaves), key=lambda row: "myself" not in row["flags"])["ranges"][0]
    replicas = stage.cluster.replicas(leaves)
    stage.reshard(leaves, stays, last - first + 1)
    for node in [*replicas, leaves]:
        stage.cli("del-node", stays.address, node.id)
        stage.cluster.nodes.remove(node)
        node.stop()
    stage.crowd.go_on(1000)


def add_replica(stage):
    master, node = stage.a_master(), stage.new_node()
    stage.cli("add-node", node.address, master.address, "--cluster-slave", "--cluster-master-id", master.id)
    until(lambda: node.info("replication").get("master_link_status") == "up", "the replica to be in sync")
    stage.crowd.go_on(500)


def failover(stage):
    for master in stage.masters():
        stage.failover(master)
        stage.crowd.go_on(500)


def lose_replicas(stage):
    for node in stage.random.sample(stage.cluster.replicas(), 2):
        stage.kill(node)
        stage.crowd.go_on(500)
        stage.restart(node)
        stage.settled()


def configure(stage):
    for name, value in (("maxmemory-policy", "allkeys-lru"), ("notify-keyspace-events", "KEA"), ("timeout", "100"),
                        ("hz", "100"), ("client-output-buffer-limit", "pubsub 64mb 16mb 60")):
        stage.record(f"CONFIG SET {name} {value} everywhere")
        for node in stage.cluster.nodes:
            assert node.call("CONFIG", "SET", name, value) == b"OK"
        stage.crowd.go_on(200)


def half_migrated(stage):
    for _ in range(3):
        move = SlotMove(stage.cluster, stage.random.choice(stage.crowd.slots()))
        stage.record(f"slot {move.slot} moves from {move.source.port} to {move.target.port}, and stays half-way")
        move.open()
        for key in move.keys()[::2]:
            move.move(key)
        stage.crowd.go_on(500)
    stage.cli("fix", stage.masters()[0].address)
    stage.cluster.wait_ok()
    stage.crowd.go_on(500)


def restart_proxy(stage):
    for _ in range(3):
        stage.record("SIGTERM to the proxy, and its start")
        stage.proxy.restart()
        stage.crowd.go_on(500)


# --- what was in flight may have run ---

def kill_master(stage):
    for _ in range(2):
        master = stage.a_master()
        stage.kill(master)
        stage.replaced(master)
        stage.crowd.go_on(1000)
        stage.restart(master)
        stage.settled()


def hang_master(stage):
    master = stage.a_master()
    stage.record(f"SIGSTOP of {master.port}")
    master.pause()
    stage.replaced(master)
    stage.crowd.go_on(1000)
    stage.record(f"SIGCONT of {master.port}")
    master.resume()
    stage.settled()
    stage.crowd.go_on(500)


def force(stage):
    for how in ("FORCE", "TAKEOVER"):
        stage.failover(stage.a_master(), how)
        stage.crowd.go_on(500)


def restart_all(stage):
    for master in stage.masters():
        stage.kill(master)
        stage.restart(master)
        stage.settled()
        stage.crowd.go_on(500)


def new_identity(stage):
    master = stage.a_master()
    stage.kill(master)
    stage.replaced(master)
    stage.record(f"{master.port} forgets who it was")
    os.remove(os.path.join(master.folder, "nodes.conf"))
    stage.restart(master)
    stage.crowd.go_on(1000)


def lose_shard(stage):
    """Nobody takes over. When the hold has passed its commands are refused; all is well again when the node is back."""
    for _ in range(2):
        master = stage.a_master()
        refused = stage.crowd.refused()
        stage.kill(master)
        until(lambda: stage.crowd.refused() > refused, "the hold to pass", timeout=60)
        stage.crowd.go_on(1000)
        stage.restart(master)
        stage.settled()
        stage.crowd.go_on(100)
        refused = stage.crowd.refused()
        stage.crowd.go_on(1000)
        assert stage.crowd.refused() == refused, "commands are refused although all masters are there"


ALWAYS_ON_DISK = {"appendonly": "yes", "appendfsync": "always"}

ALL = [
    Scenario("nothing", "nothing happens", lambda stage: stage.crowd.go_on(5000), quiet=True),
    Scenario("reshard", "redis-cli --cluster reshard, 2000 slots there and back", reshard, quiet=True),
    Scenario("grow", "add-node, rebalance --cluster-use-empty-masters", grow, quiet=True),
    Scenario("shrink", "a master emptied and taken out, its replica with it", shrink, quiet=True),
    Scenario("add-replica", "add-node --cluster-slave", add_replica, quiet=True),
    Scenario("failover", "CLUSTER FAILOVER of each master", failover, quiet=True),
    Scenario("replicas", "two replicas killed, and back", lose_replicas, quiet=True),
    Scenario("config", "CONFIG SET at all nodes", configure, quiet=True),
    Scenario("half", "three slots left half-migrated, then redis-cli --cluster fix", half_migrated, quiet=True),
    Scenario("proxy", "the proxy told to leave and started again, three times", restart_proxy, quiet=True, cuts=True,
             straight=False),
    Scenario("kill", "kill -9 of a master, twice", kill_master, quiet=False),
    Scenario("hang", "SIGSTOP of a master until it is replaced, then SIGCONT", hang_master, quiet=False),
    Scenario("force", "CLUSTER FAILOVER FORCE, and TAKEOVER", force, quiet=False),
    Scenario("restarts", "each master killed and started, appendonly yes, no replicas", restart_all, quiet=False, replicas=0,
             options=ALWAYS_ON_DISK),
    Scenario("gone", "a master without a replica killed for longer than the hold, and started, twice", lose_shard, quiet=False,
             replicas=0, options={**ALWAYS_ON_DISK, "cluster-require-full-coverage": "no"},
             settings="timeouts: {failover_hold: 2s}\n", straight=False),
    Scenario("down", "the same where the cluster gives up all slots for one", lose_shard, quiet=False, replicas=0,
             options={**ALWAYS_ON_DISK, "cluster-require-full-coverage": "yes"}, settings="timeouts: {failover_hold: 2s}\n",
             straight=False),
    Scenario("identity", "a master replaced, back at its address as another node", new_identity, quiet=False),
]


def choose(names):
    known = {each.name: each for each in ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names]
