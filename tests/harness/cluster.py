"""A real Redis Cluster of the distribution's redis-server on free loopback ports."""
from harness.node import CLUSTER, Node
from harness.slots import SLOTS, slot_of
from harness.wait import until


class Cluster:
    """`masters` masters with as many replicas each as told, every slot covered, ready when the constructor returns.
    `new_node` makes a Node of a folder and options."""

    def __init__(self, folder, masters=3, replicas=1, options=None, new_node=Node):
        settings = {**CLUSTER, **(options or {})}
        self.folder = folder
        self.nodes = []
        self._new_node = lambda: new_node(folder, settings)
        for _ in range(masters * (1 + replicas)):
            self.add_node()
        try:
            self._form(masters, replicas)
        except BaseException:
            self.stop()
            raise

    def _form(self, masters, replicas):
        for node in self.nodes:
            node.wait_started()
        for index, node in enumerate(self.nodes):
            node.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        for index, node in enumerate(self.nodes[:masters]):
            node.call("CLUSTER", "ADDSLOTSRANGE", index * SLOTS // masters, (index + 1) * SLOTS // masters - 1)
        self._meet()
        for index, node in enumerate(self.nodes[masters:]):
            node.call("CLUSTER", "REPLICATE", self.nodes[index % masters].id)
        self.wait_ok()
        self.wait_synced()
        wanted = {node.id for node in self.nodes[masters:]}
        until(lambda: all({row["id"] for row in self.view(node) if "slave" in row["flags"]} == wanted
                          for node in self.nodes), "all nodes to know the replicas")

    def _meet(self):
        first = self.nodes[0]
        for node in self.nodes[1:]:
            first.call("CLUSTER", "MEET", "127.0.0.1", node.port)
        until(lambda: all(node.cluster_info()["cluster_known_nodes"] == str(len(self.nodes)) and
                          "handshake" not in node.call("CLUSTER", "NODES").decode() for node in self.nodes),
              "all nodes to meet")

    def wait_ok(self, slots=SLOTS, without=None):
        """Every running node but `without` says cluster_state:ok and sees so many slots served."""
        until(lambda: all(node.cluster_info()["cluster_state"] == "ok" and
                          node.cluster_info()["cluster_slots_ok"] == str(slots)
                          for node in self.nodes if node is not without and node.running()), "cluster_state:ok")

    def wait_synced(self):
        """Each replica has what its master has, and gets all it writes. That the link is up is not enough: until the first
        word of the replica, up to a second later, the master keeps back what is written."""
        def synced(replica):
            seen = replica.info("replication")
            rows = [value for node in self.nodes if node.port == int(seen["master_port"])
                    for name, value in node.info("replication").items() if name.startswith("slave")]
            return seen["master_link_status"] == "up" and any(f"port={replica.port},state=online" in row for row in rows)
        until(lambda: all(synced(replica) for replica in self.replicas()), "the replicas to be in sync")

    def add_node(self):
        """One more process, which nobody knows yet."""
        self.nodes.append(self._new_node())
        return self.nodes[-1]

    def join(self):
        """One more master, without slots, that all nodes know."""
        node = self.add_node().wait_started()
        node.call("CLUSTER", "SET-CONFIG-EPOCH", len(self.nodes))
        self._meet()
        return node

    @property
    def seeds(self):
        return [node.address for node in self.nodes]

    @staticmethod
    def view(node):
        """CLUSTER NODES of this node, a dict for each line."""
        names = ("id", "address", "flags", "master", "ping", "pong", "epoch", "link")
        rows = []
        for line in node.call("CLUSTER", "NODES").decode().splitlines():
            words = line.split(" ")
            row = dict(zip(names, words))
            row["flags"] = row["flags"].split(",")
            row["port"] = int(row["address"].split("@")[0].rsplit(":", 1)[1])
            row["ranges"] = [_range(word) for word in words[8:] if not word.startswith("[")]
            rows.append(row)
        return rows

    def masters(self):
        """Nodes that say themselves that they are masters and serve slots."""
        return [node for node in self.nodes if node.running() and self._me(node)["ranges"]]

    def replicas(self, master=None):
        """All replicas, or those of one master."""
        rows = [(node, self._me(node)) for node in self.nodes if node.running()]
        return [node for node, me in rows if "slave" in me["flags"] and (master is None or me["master"] == master.id)]

    def _me(self, node):
        return next(row for row in self.view(node) if "myself" in row["flags"])

    def slots(self, node):
        """Those that it says that it serves."""
        return {slot for first, last in self._me(node)["ranges"] for slot in range(first, last + 1)}

    def owner_of(self, slot):
        """The master that says that it serves this slot. While it changes hands there may be none for a moment."""
        return until(lambda: next((node for node in self.masters() if slot in self.slots(node)), None),
                     f"an owner of slot {slot}")

    def owner(self, key):
        return self.owner_of(slot_of(key))

    def other_master(self, slot):
        owner = self.owner_of(slot)
        return next(node for node in self.masters() if node is not owner)

    def wait_view(self, slot, owner):
        """All running nodes agree that `owner` serves `slot`."""
        def agreed():
            for node in self.nodes:
                if not node.running():
                    continue
                row = next(row for row in self.view(node) if row["port"] == owner.port)
                if not any(first <= slot <= last for first, last in row["ranges"]):
                    return False
            return True
        until(agreed, f"all nodes to see slot {slot} at port {owner.port}")

    def flush(self):
        for node in self.masters():
            node.call("FLUSHALL")

    def stop(self):
        for node in self.nodes:
            node.stop()


def _range(word):
    first, _, last = word.partition("-")
    return int(first), int(last or first)
