"""Keys that were there before anything happened, in all slots: what moves with a slot, and comes through. Nobody writes them
again, so none may be missing in the end, whatever Redis loses of what was written last."""
from harness.slots import slot_of

COUNT = 20_000
AT_A_TIME = 500  # so that neither side waits for the other to read


class Keepsakes:
    def __init__(self, cluster):
        self._cluster = cluster
        self._keys = [f"kept:{number}" for number in range(COUNT)]
        self._ask("SET", lambda key: (key, key))
        cluster.wait_synced()

    def vanished(self):
        """Those that are gone, or have another value."""
        there = self._ask("GET", lambda key: (key,))
        return [key for key in self._keys if there.get(key) != key.encode()]

    def _ask(self, name, words):
        replies = {}
        for node in self._cluster.masters():
            slots = self._cluster.slots(node)
            mine = [key for key in self._keys if slot_of(key) in slots]
            for begin in range(0, len(mine), AT_A_TIME):
                keys = mine[begin:begin + AT_A_TIME]
                replies.update(zip(keys, node.call_all([(name, *words(key)) for key in keys])))
        return replies
