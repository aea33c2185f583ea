"""One slot moved from master to master by hand, key by key, as the cluster specification's "Cluster live reconfiguration"
tells it, with room for a test between any two steps."""


class SlotMove:
    """open, then move the keys one by one, then close. In between the source answers ASK for keys that have left, and
    TRYAGAIN where a command's keys are on both sides."""

    def __init__(self, cluster, slot, target=None):
        self.cluster = cluster
        self.slot = slot
        self.source = cluster.owner_of(slot)
        self.target = target or cluster.other_master(slot)

    def open(self):
        _ok(self.target.call("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.id))
        _ok(self.source.call("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.id))
        return self

    def keys(self):
        """Keys that are still at the source."""
        return [key.decode() for key in self.source.call("CLUSTER", "GETKEYSINSLOT", self.slot, 100000)]

    def move(self, key):
        reply = self.source.call("MIGRATE", "127.0.0.1", self.target.port, key, 0, 10000)
        assert reply in (b"OK", b"NOKEY"), reply

    def close(self):
        """The target first, so that no moment has no owner."""
        for node in [self.target, self.source, *self._bystanders()]:
            _ok(node.call("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id))

    def _bystanders(self):
        return [node for node in self.cluster.masters() if node not in (self.source, self.target)]

    def run(self):
        self.open()
        self.finish()

    def finish(self):
        """Until nothing is left behind."""
        while keys := self.keys():
            for key in keys:
                self.move(key)
        self.close()


def _ok(reply):
    assert reply == b"OK", reply
