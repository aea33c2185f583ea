"""What a scenario acts on. All that is done is an act: a method that is recorded with its time and its arguments, so that a
schedule can be played again (`schedule.py`). Acts do not call each other."""
import functools
import os
import subprocess
import time

from harness.node import Node
from harness.slot_move import SlotMove
from harness.slots import SLOTS, key_in
from harness.wait import until

# As the operator's tool has it. One that hangs is an error.
TOOL_S = 300
# So long no command is refused when none will be any more: the clients send one after the other.
QUIET_S = 0.5
# What was asked just before the fault has waited for longer.
EARLY_S = 0.2
ACTS = {}


def act(method):
    @functools.wraps(method)
    def recorded(self, *args):
        self._record.act(method.__name__, [self._name(arg) for arg in args])
        return method(self, *args)
    ACTS[method.__name__] = recorded
    return recorded


class Stage:
    def __init__(self, cluster, wires, proxy, crowd, random, record, scenario):
        self.cluster = cluster
        self.crowd = crowd
        self.random = random
        self.faults = 0
        self.outage_s = 0.0  # the longest, from what was broken until the cluster's own nodes say that all is served
        self.late_s = 0.0    # the proxy took so long to notice that all is well again
        self._wires = wires
        self._proxy = proxy
        self._record = record
        self._hold_s = scenario.hold_s
        self._all_for_one = scenario.options.get("cluster-require-full-coverage") == "yes"
        self._nodes = list(cluster.nodes)  # those that have gone, too: a name is for ever
        self._broken_at = None
        self._moves = {}     # slot -> one that is half-way

    def _name(self, arg):
        return f"node {self._nodes.index(arg)}" if isinstance(arg, Node) else arg

    def play(self, name, names):
        """An act out of a schedule."""
        of_nodes = {self._name(node): node for node in self._nodes}
        return ACTS[name](self, *(of_nodes.get(each, each) for each in names))

    def masters(self):
        """In an order that is the same in every run."""
        return sorted(self.cluster.masters(), key=self._nodes.index)

    def a_master(self):
        return self.random.choice(self.masters())

    def a_replica(self, master):
        return self.random.choice(sorted(self.cluster.replicas(master), key=self._nodes.index))

    def _broke(self, node):
        """Where the cluster gives up all slots for one, all are concerned."""
        self.crowd.disturb(frozenset(range(SLOTS) if self._all_for_one else self.cluster.slots(node)))
        self.faults += 1
        self._broken_at = time.monotonic()

    def _served(self):
        if self._broken_at is not None:
            outage_s = time.monotonic() - self._broken_at
            self.outage_s = max(self.outage_s, outage_s)
            self._record.saw("outage", round(outage_s, 3))
            self._broken_at = None

    # --- waiting ---

    @act
    def settled(self):
        """All nodes agree, and every replica has what its master has."""
        self._settle()

    def _settle(self):
        self.cluster.wait_ok()
        self._served()
        self.cluster.wait_synced()

    @act
    def replaced(self, master):
        """A replica has taken over from it."""
        other = next(each for each in self.cluster.nodes if each is not master and each.running())
        until(lambda: any(row["port"] == master.port and "fail" in row["flags"] for row in self.cluster.view(other)),
              "the others to hold it for failed")
        self.cluster.wait_ok(without=master)
        self._served()

    @act
    def demoted(self, node):
        """It has heard that it was replaced."""
        until(lambda: node.info("replication")["role"] == "slave", "it to become a replica")

    @act
    def heard_of_again(self):
        """Commands are refused until the proxy has noticed that it can reach the node again."""
        begun = last = time.monotonic()
        refused = self.crowd.refused()
        while time.monotonic() < last + QUIET_S:
            time.sleep(0.01)
            if self.crowd.refused() != refused:
                refused, last = self.crowd.refused(), time.monotonic()
            assert last < begun + TOOL_S, "commands are refused although all masters are there"
        self.late_s = max(self.late_s, last - begun)
        self._record.saw("refused for", round(last - begun, 3))

    @act
    def refused_at_last(self):
        """Commands are, since nobody has come to serve them; not before the hold has passed."""
        refused = self.crowd.refused()
        until(lambda: self.crowd.refused() > refused, "the hold to pass", timeout=60)
        held_s = time.monotonic() - self._broken_at
        self._record.saw("held for", round(held_s, 3))
        assert held_s > self._hold_s - EARLY_S, f"commands were refused after {held_s:.2f} s"

    def met(self, kind):
        """The clients go on until a node has answered so."""
        until(lambda: self._proxy is None or self._proxy.metric("slotway_redirects_total", kind=kind) > 0, kind)

    @act
    def nothing_refused(self):
        refused = self.crowd.refused()
        self.crowd.go_on(1000)
        assert self.crowd.refused() == refused, "commands are refused although all masters are there"

    # --- a planned change ---

    def _cli(self, *args, said=""):
        done = subprocess.run(["redis-cli", "--cluster", *map(str, args)], capture_output=True, text=True, timeout=TOOL_S,
                              input=said)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    @act
    def reshard(self, source, target, slots):
        self._cli("reshard", source.address, "--cluster-from", source.id, "--cluster-to", target.id,
                  "--cluster-slots", slots, "--cluster-yes")
        self.cluster.wait_ok()

    @act
    def new_node(self):
        node = self.cluster.add_node()
        self._nodes.append(node)
        return node.wait_started()

    @act
    def add_master(self, node):
        self._cli("add-node", node.address, self.masters()[0].address)
        until(lambda: all(len(self.cluster.view(each)) == len(self.cluster.nodes) for each in self.cluster.nodes),
              "all to know it")
        self.cluster.wait_ok()

    @act
    def add_replica(self, node, master):
        self._cli("add-node", node.address, master.address, "--cluster-slave", "--cluster-master-id", master.id)
        until(lambda: node.info("replication").get("master_link_status") == "up", "the replica to be in sync")

    @act
    def spread(self):
        """Slots over all masters, those that have none, too."""
        self._cli("rebalance", self.masters()[0].address, "--cluster-use-empty-masters")
        self.cluster.wait_ok()

    @act
    def remove(self, node):
        stays = next(each for each in self.masters() if each is not node)
        self._cli("del-node", stays.address, node.id)
        self.cluster.nodes.remove(node)
        node.stop()

    @act
    def failover(self, replica, *how):
        self._broke(next(each for each in self.masters() if replica in self.cluster.replicas(each)))
        assert replica.call("CLUSTER", "FAILOVER", *how) == b"OK"
        until(lambda: replica.info("replication")["role"] == "master", "the replica to take over")
        self._settle()

    @act
    def rest(self, for_s):
        """Nobody says anything, to the nodes neither."""
        for node in self.cluster.nodes:
            node.hang_up()
        self.crowd.rest(for_s)

    @act
    def configure(self, name, value):
        for node in self.cluster.nodes:
            assert node.call("CONFIG", "SET", name, value) == b"OK"

    @act
    def move_half(self, slot):
        """Every second key of it is moved, and it stays half-way."""
        move = self._moves[slot] = SlotMove(self.cluster, slot)
        until(lambda: self.crowd.keys_in(slot) <= set(move.keys()), "the clients' keys to be there")
        self.crowd.disturb({slot})
        move.open()
        for key in sorted(move.keys())[::2]:
            move.move(key)

    @act
    def move_most(self, slot):
        """All keys of it are moved but one that no client uses, and it stays half-way. `fix` makes the node with most keys of a
        slot its owner: what a client still had at the other one would be absent then, and in the way when it has written it
        anew."""
        move = self._moves[slot] = SlotMove(self.cluster, slot)
        until(lambda: self.crowd.keys_in(slot) <= set(move.keys()), "the clients' keys to be there")
        stays, *others = [key_in(slot, f"nobody's:{number}") for number in range(3)]
        for key in (stays, *others):
            assert move.source.call("SET", key, key) == b"OK"
        move.open()
        for key in sorted(set(move.keys()) - {stays}):
            move.move(key)

    @act
    def move_rest(self, slot):
        self._moves.pop(slot).finish()

    @act
    def fix(self):
        self._cli("fix", self.masters()[0].address)
        self.cluster.wait_ok()

    @act
    def fix_without(self, lost):
        others = [each for each in self.cluster.nodes if each is not lost]
        self._cli("fix", others[0].address, "--cluster-fix-with-unreachable-masters", said="yes\n" * 3)
        self.cluster.wait_ok(without=lost)
        self._served()

    @act
    def restart_proxy(self):
        self._proxy.restart()

    # --- a fault ---

    @act
    def kill(self, node):
        self._broke(node)
        node.kill()

    @act
    def start(self, node):
        node.start()
        node.wait_started()

    @act
    def forget_itself(self, node):
        os.remove(os.path.join(node.folder, "nodes.conf"))

    @act
    def stop(self, node):
        """SIGSTOP: its connections stay, and are silent."""
        self._broke(node)
        node.pause()

    @act
    def resume(self, node):
        node.resume()

    @act
    def cut(self, node, ends, how):
        """`ends`: "nodes", "proxy" or "nodes and proxy" that cannot reach it any more; it cannot reach them."""
        self._broke(node)
        others = [each for each in self.cluster.nodes if each is not node] if "nodes" in ends else []
        self._wires.cut(node, others, how, outside="proxy" in ends)

    @act
    def let_new_ones_through(self):
        """Between the proxy and a node; on the connections that there are, what was sent is not sent again yet."""
        self._wires.open_doors()

    @act
    def mend(self):
        """Where only the proxy could not reach a node all is served from now on."""
        self._wires.mend()
        self._served()
