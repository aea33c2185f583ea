"""The wires between the nodes of a cluster, and from outside to each of them, which can be cut: all of them lead through a
relay (`relay.py`). It needs no privileges: nodes announce the relay's ports in place of their own."""
import json
import subprocess
import sys

from chaos import relay
from harness.node import Node
from harness.ports import BUS, free_port


class Wires:
    """`node` makes Nodes for a Cluster; `address_map` is the proxy's setting that leads it through doors of its own."""

    def __init__(self):
        self._process = subprocess.Popen([sys.executable, relay.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._doors = {}  # port of a node -> where the proxy comes in

    def node(self, folder, options):
        port, inner, door = free_port(), free_port(), free_port()
        self._order(open=port, to=inner, node=port)
        self._order(open=port + BUS, to=inner + BUS, node=port)
        self._order(door=door, to=inner, node=port)
        self._doors[port] = door
        announced = {"cluster-announce-port": str(port), "cluster-announce-bus-port": str(port + BUS),
                     "replica-announce-port": str(port), "bind-source-addr": relay.source_of(port)}
        return Node(folder, {**options, **announced}, port, inner)

    def address_map(self):
        return {f"127.0.0.1:{port}": f"127.0.0.1:{door}" for port, door in self._doors.items()}

    def cut(self, node, others, how, outside):
        """Nothing passes between `node` and the `others`, nor those outside if told so. `how`: "silent" or "refused"."""
        ends = [each.port for each in others] + [relay.OUTSIDE] * outside
        self._order(cut=[[node.port, end] for end in ends], how=how)

    def open_doors(self):
        self._order(mend="doors")

    def mend(self):
        self._order(mend="all")

    def stop(self):
        self._process.stdin.close()
        self._process.wait()

    def _order(self, **order):
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == b"done\n", f"the relay has gone, or does not know {order}"
