"""What is done to the cluster, or to the proxy, while the clients work; and what they may see of it.

A scenario is a function of a Stage. What it draws from `stage.random` is the same for the same seed."""
import dataclasses
import time
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    act: Callable
    quiet: bool                  # no error at all
    cuts: bool = False           # connections of clients end
    replicas: int = 1
    options: dict = dataclasses.field(default_factory=dict)
    hold_s: int = 0              # timeouts.failover_hold; what it breaks stays broken for longer, and commands are refused
    notice_s: int = 0            # the proxy cannot know of it sooner: what vanishes might still come
    deadline_s: int = 20         # timeouts.request_deadline
    ordering: str = "key"
    straight: bool = True        # the same can be done without a proxy
    wires: bool = False          # it cuts them
    torn: int = 0                # slots of which keys named together are apart: who meets one first in a pipeline may be refused
    lossless: bool = False       # not quiet, but no master is replaced by one that has less
    gives_up: bool = False       # a shard, with all that was in it


# --- no error at all ---

def reshard(stage):
    source, target = stage.random.sample(stage.masters(), 2)
    stage.reshard(source, target, 2000)
    stage.crowd.go_on(1000)
    stage.reshard(target, source, 2000)


def grow(stage):
    stage.add_master(stage.new_node())
    stage.spread()
    stage.crowd.go_on(1000)


def shrink(stage):
    leaves, stays = stage.random.sample(stage.masters(), 2)
    first, last = min(stage.cluster.view(leaves), key=lambda row: "myself" not in row["flags"])["ranges"][0]
    replicas = stage.cluster.replicas(leaves)
    stage.reshard(leaves, stays, last - first + 1)
    for node in [*replicas, leaves]:
        stage.remove(node)
    stage.crowd.go_on(1000)


def add_replica(stage):
    stage.add_replica(stage.new_node(), stage.a_master())
    stage.crowd.go_on(500)


def failover(stage):
    for master in stage.masters():
        stage.failover(stage.a_replica(master))
        stage.crowd.go_on(500)


def lose_replicas(stage):
    for node in stage.random.sample(stage.cluster.replicas(), 2):
        stage.kill(node)
        stage.crowd.go_on(500)
        stage.start(node)
        stage.settled()


def configure(stage):
    """With `timeout` the nodes hang up on connections that are silent for longer."""
    for name, value in (("maxmemory-policy", "allkeys-lru"), ("notify-keyspace-events", "KEA"), ("timeout", "1"),
                        ("hz", "100"), ("client-output-buffer-limit", "pubsub 64mb 16mb 60")):
        stage.configure(name, value)
        stage.crowd.go_on(200)
    stage.rest(4)
    stage.crowd.go_on(200)


def half_migrated(stage):
    for slot in stage.random.sample(stage.crowd.lone_slots(), 3):
        stage.move_most(slot)
        stage.crowd.go_on(500)
    stage.fix()
    stage.crowd.go_on(500)


def half_together(stage):
    """Of keys that are written and read together some have moved. Not for `fix`: it makes one node the slot's owner, and then
    moves the others' keys there, where clients may have written them anew meanwhile."""
    for _ in range(3):
        slot = stage.random.choice(stage.crowd.shared_slots())
        stage.move_half(slot)
        stage.crowd.go_on(500)
        stage.met("tryagain")
        stage.move_rest(slot)
    stage.crowd.go_on(500)


def restart_proxy(stage):
    for _ in range(3):
        stage.restart_proxy()
        stage.crowd.go_on(500)


# --- what was in flight may have run ---

def kill_master(stage):
    for _ in range(2):
        master = stage.a_master()
        stage.kill(master)
        stage.replaced(master)
        stage.crowd.go_on(1000)
        stage.start(master)
        stage.settled()


def hang_master(stage):
    master = stage.a_master()
    stage.stop(master)
    stage.replaced(master)
    stage.crowd.go_on(1000)
    stage.resume(master)
    stage.settled()
    stage.crowd.go_on(500)


def force(stage):
    for how in ("FORCE", "TAKEOVER"):
        stage.failover(stage.a_replica(stage.a_master()), how)
        stage.crowd.go_on(500)


def restart_all(stage):
    for master in stage.masters():
        stage.kill(master)
        stage.start(master)
        stage.settled()
        stage.crowd.go_on(500)
    stage.met("loading")


def new_identity(stage):
    master = stage.a_master()
    stage.kill(master)
    stage.replaced(master)
    stage.forget_itself(master)
    stage.start(master)
    stage.crowd.go_on(1000)


def lose_shard(stage):
    """Nobody takes over. When the hold has passed its commands are refused; all is well again when the node is back."""
    for _ in range(2):
        master = stage.a_master()
        stage.kill(master)
        stage.refused_at_last()
        stage.crowd.go_on(1000)
        stage.start(master)
        stage.settled()
        stage.crowd.go_on(100)
        stage.nothing_refused()


def give_up_shard(stage):
    """It never comes back: its slots are given to others, and all is well again."""
    master = stage.a_master()
    stage.kill(master)
    stage.refused_at_last()
    stage.fix_without(master)
    stage.heard_of_again()
    stage.nothing_refused()


def unreached(how, for_s):
    """The proxy cannot reach a master; the cluster has nothing to complain about."""
    def act(stage):
        for _ in range(2):
            stage.cut(stage.a_master(), "proxy", how)
            time.sleep(for_s)
            stage.mend()
            stage.crowd.go_on(500)
            stage.nothing_refused()
    return act


def unreached_for_long(how):
    """Nobody takes over, since to the cluster nothing has happened."""
    def act(stage):
        stage.cut(stage.a_master(), "proxy", how)
        stage.refused_at_last()
        stage.crowd.go_on(1000)
        stage.mend()
        stage.heard_of_again()
        stage.nothing_refused()
    return act


def send_again_late(stage):
    """What was given up is still on its way: when the network is back, others are there before it."""
    stage.cut(stage.a_master(), "proxy", "silent")
    stage.refused_at_last()
    stage.crowd.go_on(1000)
    stage.let_new_ones_through()
    stage.heard_of_again()
    stage.crowd.go_on(1000)
    stage.mend()
    stage.crowd.go_on(1000)


def part(ends):
    """A master that the other nodes cannot reach: a replica takes over. It does not know until it is reached again."""
    def act(stage):
        master = stage.a_master()
        stage.cut(master, ends, "silent")
        stage.replaced(master)
        stage.crowd.go_on(1000)
        stage.mend()
        stage.demoted(master)
        stage.settled()
        stage.crowd.go_on(500)
    return act


def strict(stage):
    """All of it without a loss: what is read in the wrong order has been written in the wrong order."""
    source, target = stage.random.sample(stage.masters(), 2)
    stage.reshard(source, target, 1000)
    stage.failover(stage.a_replica(stage.a_master()))
    stage.crowd.go_on(500)
    master = stage.a_master()
    stage.kill(master)
    stage.start(master)
    stage.settled()
    stage.crowd.go_on(1000)


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
    Scenario("half-pairs", "slots of which MGET and MSET name several keys left half-migrated, then moved as a whole, three times",
             half_together, quiet=True, torn=3),
    Scenario("proxy", "the proxy told to leave and started again, three times", restart_proxy, quiet=True, cuts=True,
             straight=False),
    Scenario("kill", "kill -9 of a master, twice", kill_master, quiet=False),
    Scenario("hang", "SIGSTOP of a master until it is replaced, then SIGCONT", hang_master, quiet=False),
    Scenario("force", "CLUSTER FAILOVER FORCE, and TAKEOVER", force, quiet=False),
    Scenario("restarts", "each master killed and started, appendonly yes, no replicas", restart_all, quiet=False, lossless=True, replicas=0,
             options={**ALWAYS_ON_DISK, "key-load-delay": "200"}),
    Scenario("gone", "a master without a replica killed for longer than the hold, and started, twice", lose_shard, quiet=False, lossless=True,
             replicas=0, options={**ALWAYS_ON_DISK, "cluster-require-full-coverage": "no"},
             hold_s=2, straight=False),
    Scenario("down", "the same where the cluster gives up all slots for one", lose_shard, quiet=False, lossless=True, replicas=0,
             options={**ALWAYS_ON_DISK, "cluster-require-full-coverage": "yes"}, hold_s=2,
             straight=False),
    Scenario("given-up", "a master without a replica killed; after the hold redis-cli --cluster fix gives its slots to others",
             give_up_shard, quiet=False, gives_up=True, replicas=0, hold_s=2, straight=False),
    Scenario("covered", "kill -9 of a master, twice, with full coverage required: all slots fail until it is replaced",
             kill_master, quiet=False, options={"cluster-require-full-coverage": "yes"}),
    Scenario("identity", "a master replaced, back at its address as another node", new_identity, quiet=False),
    Scenario("unreached", "a master refuses the proxy, and nobody else, for 3 s, twice", unreached("refused", 3),
             quiet=False, lossless=True, wires=True, straight=False),
    Scenario("hole", "the same, but what they send each other vanishes", unreached("silent", 3),
             quiet=False, lossless=True, wires=True, straight=False),
    Scenario("deep-hole", "the same for 8 s", unreached("silent", 8), quiet=False, lossless=True, wires=True, straight=False),
    Scenario("shut-out", "a master refuses the proxy for longer than the hold", unreached_for_long("refused"),
             quiet=False, lossless=True, wires=True, hold_s=2, straight=False),
    Scenario("abyss", "the same, but what they send each other vanishes", unreached_for_long("silent"),
             quiet=False, lossless=True, wires=True, hold_s=2, notice_s=6, straight=False),
    Scenario("ghosts", "the same; new connections come through before what was sent on the old ones", send_again_late,
             quiet=False, lossless=True, wires=True, hold_s=2, notice_s=6, deadline_s=4, straight=False),
    Scenario("parted", "a master cut off from the other nodes until it is replaced, not from the proxy", part("nodes"),
             quiet=False, wires=True),
    Scenario("isolated", "a master cut off from the other nodes and the proxy until it is replaced", part("nodes and proxy"),
             quiet=False, wires=True),
    Scenario("strict", "ordering: strict; reshard, CLUSTER FAILOVER, a master killed and started, appendonly yes", strict,
             quiet=False, options=ALWAYS_ON_DISK, ordering="strict"),
]


def choose(names):
    known = {each.name: each for each in ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names]
