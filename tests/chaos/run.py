"""One scenario, once: a cluster, a proxy or none, the clients, and what was found."""
import json
import os
import random
import time

from chaos.crowd import Crowd
from chaos.lies import Relay
from chaos.scenarios import Stage
from harness.cluster import Cluster
from harness.proxy import Slotway


class Record:
    """What was done, and when; kept in a file, line by line, so that nothing is missing when a run is broken off."""

    def __init__(self, path):
        self._begun = time.monotonic()
        self._file = open(path, "w", encoding="utf-8")

    def __call__(self, what):
        line = {"at_s": round(time.monotonic() - self._begun, 3), "what": what}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self):
        self._file.close()


def run(scenario, seed, folder, straight=False, workers=2, lie=None):
    """The Findings of it. The same seed gives the same clients, which do the same, and the same steps. `lie`: one that is
    told between the proxy and all nodes."""
    os.makedirs(folder, exist_ok=True)
    record = Record(os.path.join(folder, "schedule.jsonl"))
    cluster = Cluster(folder, 3, scenario.replicas, scenario.options)
    relays = {node.address: Relay(node.port, lie) for node in cluster.nodes} if lie else {}
    detours = ", ".join(f"'{address}': '127.0.0.1:{relay.port}'" for address, relay in relays.items())
    config = f"upstreams: {{main: {{seeds: ['{cluster.seeds[0]}'], address_map: {{{detours}}}}}}}\n{scenario.settings}"
    proxy = None if straight else Slotway(folder, config=config, args=["--workers", str(workers)])
    try:
        crowd = Crowd(cluster, None if straight else proxy.port, seed)
        crowd.start()
        scenario.act(Stage(cluster, proxy, crowd, random.Random(f"{seed} {scenario.name}"), record))
        record("the clients stop")
        found = crowd.finish()
        if proxy is not None:
            proxy.stop()
        return found
    finally:
        record.close()
        if proxy is not None and proxy.running():
            proxy.process.kill()
        for relay in relays.values():
            relay.stop()
        cluster.stop()
