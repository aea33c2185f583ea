"""The Redis servers behind the targets: clusters without replicas, and plain servers. Nothing is written to disk."""
import os

from bench.load import fill
from harness.cluster import Cluster
from harness.node import Node

# The distribution's own timing; the harness makes servers livelier than that, for tests.
QUIET = {"hz": "10"}
NODE_TIMEOUT_MS = 15000


class Store:
    """Running servers, and what data they hold."""

    def __init__(self, nodes, clustered, stop):
        self.nodes = nodes
        self.clustered = clustered
        self.stop = stop
        self._data = None

    @property
    def addresses(self):
        return [node.address for node in self.nodes]

    @property
    def pids(self):
        return [node.process.pid for node in self.nodes]

    def prepare(self, scenario, way):
        """Every key written once, by `way` (arguments that tell the load generator where to go), unless they are there."""
        if self._data == scenario.data:
            return
        self._data = None
        for node in self.nodes:
            node.call("FLUSHALL")
        # The generator's connections are shared out over the servers, so each needs one.
        fill(way, scenario, len(self.nodes))
        self._data = scenario.data


class Stores:
    """Starts what is asked for and keeps it for the next time, of clusters only the last one."""

    def __init__(self, folder):
        self._folder = folder
        self._plain = {}
        self._clusters = {}

    def cluster(self, masters):
        if masters not in self._clusters:
            for size in list(self._clusters):
                self._clusters.pop(size).stop()
            cluster = Cluster(os.path.join(self._folder, f"cluster{masters}"), masters, 0, QUIET)
            # Short while it forms, since nodes get to know each other sooner then; less gossip afterwards.
            for node in cluster.nodes:
                node.call("CONFIG", "SET", "cluster-node-timeout", NODE_TIMEOUT_MS)
            self._clusters[masters] = Store(cluster.nodes, True, cluster.stop)
        return self._clusters[masters]

    def plain(self, count):
        """`count` servers that know nothing of each other."""
        if count not in self._plain:
            nodes = [Node(os.path.join(self._folder, f"plain{count}"), QUIET) for _ in range(count)]
            self._plain[count] = Store(nodes, False, lambda: [node.stop() for node in nodes])
            for node in nodes:
                node.wait_started()
        return self._plain[count]

    def stop(self):
        for store in [*self._clusters.values(), *self._plain.values()]:
            store.stop()
