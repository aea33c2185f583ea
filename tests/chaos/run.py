"""One scenario, once: a cluster, a proxy or none, the clients, and what was found."""
import os
import random

from chaos import keyspaces
from chaos.crowd import Crowd
from chaos.keepsakes import Keepsakes
from chaos.lies import Relay
from chaos.schedule import Record
from chaos.stage import Stage
from chaos.wires import Wires
from harness.cluster import Cluster
from harness.node import Node
from harness.proxy import Slotway


def run(scenario, seed, folder, straight=False, workers=2, lie=None, ordering=None, replay=None):
    """The Findings of it. The same seed gives the same clients, which do the same, and the same steps. `lie`: one that is
    told between the proxy and all nodes. `ordering`: of the proxy's listener, if not the scenario's own. `replay`: a Schedule
    whose acts are played in place of the scenario's."""
    os.makedirs(folder, exist_ok=True)
    ordering = ordering or scenario.ordering
    wires = Wires() if scenario.wires else None
    cluster = proxy = record = None
    relays = {}
    try:
        cluster = Cluster(folder, 3, scenario.replicas, scenario.options, wires.node if wires else Node)
        relays = {node.address: Relay(node.port, lie) for node in cluster.nodes} if lie else {}
        detours = wires.address_map() if wires else {at: f"127.0.0.1:{relay.port}" for at, relay in relays.items()}
        tagged = {} if straight else keyspaces.ports()
        if not straight:
            proxy = Slotway(folder, config=_config(cluster, detours, scenario, ordering, tagged), listen=(),
                            args=["--workers", str(workers)])
        keepsakes = Keepsakes(cluster)
        sequence = "strict" in (ordering, scenario.ordering)
        crowd = Crowd(cluster, None if straight else proxy.port, seed, sequence, tagged)
        crowd.start()
        record = Record(os.path.join(folder, "schedule.jsonl"), scenario=scenario.name, seed=seed, workers=workers,
                        way="straight" if straight else "slotway", ordering=ordering,
                        nodes={f"node {index}": node.port for index, node in enumerate(cluster.nodes)})
        stage = Stage(cluster, wires, proxy, crowd, random.Random(f"{seed} {scenario.name}"), record, scenario)
        (replay or scenario.act)(stage)
        record.end()
        # What hangs may make a client wait in vain several times until it is noticed.
        found = crowd.finish(stage.faults * (1 + scenario.notice_s // scenario.deadline_s))
        found.vanished = len(keepsakes.vanished())
        found.outage_s, found.late_s = stage.outage_s, stage.late_s
        if proxy is not None:
            proxy.stop()
        return found
    finally:
        if record is not None:
            record.close()
        if proxy is not None and proxy.running():
            proxy.process.kill()
        for each in [*relays.values(), cluster, wires]:
            if each is not None:
                each.stop()


def _config(cluster, detours, scenario, ordering, tagged):
    detours = ", ".join(f"'{address}': '{detour}'" for address, detour in detours.items())
    listeners = [f"{{bind: '127.0.0.1:PORT', ordering: {ordering}}}", *keyspaces.listeners(tagged, ordering)]
    return (f"listeners: [{', '.join(listeners)}]\n"
            f"upstreams: {{main: {{seeds: ['{cluster.seeds[0]}'], address_map: {{{detours}}}}}}}\n" +
            f"timeouts: {{failover_hold: {scenario.hold_s or 15}s, request_deadline: {scenario.deadline_s}s}}\n")
