"""Fake cluster nodes on real ports. They answer what a proxy asks about the topology, and for the rest do as a test says:
redirect for ever, answer by halves, never, late, or hang up in the middle of a reply."""
import socket
import threading

from harness.acceptor import Acceptor
from harness.ports import free_port
from harness.resp import encode
from harness.slots import SLOTS


def bulk(data):
    data = data.encode() if isinstance(data, str) else data
    return b"$%d\r\n%s\r\n" % (len(data), data)


def error(text):
    return b"-%s\r\n" % text.encode()


OK = b"+OK\r\n"
NIL = b"$-1\r\n"


class Session:
    """One accepted connection. Its script may `send` bytes at any time, from any thread, or `hang_up`."""

    def __init__(self, node, accepted):
        self.node = node
        self.socket = accepted
        self.closed = threading.Event()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed.set()

    def hang_up(self):
        self.closed.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was quicker


class ScriptedNode:
    """`on(name, script)` sets script(session, argv) for a command: it returns the reply's bytes, or None for silence.
    `seen` holds every command but the topology questions, as lists of bytes in the order of arrival."""

    def __init__(self, cluster, number):
        self.cluster = cluster
        self.id = f"{number:040x}"
        self.seen = []
        self.sessions = []
        self._scripts = {}
        self._acceptor = Acceptor(self._accepted)
        self.port = self._acceptor.port

    def on(self, name, script):
        self._scripts[name.upper().encode()] = script
        return self

    def names_seen(self):
        return [argv[0].upper().decode() for argv in list(self.seen)]

    def count(self, name):
        return self.names_seen().count(name)

    def stop(self):
        self._acceptor.stop()
        for session in self.sessions:
            session.hang_up()

    def _accepted(self, accepted):
        session = Session(self, accepted)
        self.sessions.append(session)
        threading.Thread(target=self._serve, args=(session,), daemon=True).start()

    def _serve(self, session):
        try:
            with session.socket, session.socket.makefile("rb") as stream:
                while argv := _read_command(stream):
                    reply = self._answer(session, argv)
                    if reply is not None:
                        session.send(reply)
        except (OSError, ValueError):
            pass  # hung up, here or there
        session.closed.set()

    def _answer(self, session, argv):
        name = argv[0].upper()
        script = self._scripts.get(name)
        if script is None:
            reply = self.cluster.topology_reply(self, name, argv)
            if reply is not None:
                return reply
        self.seen.append(argv)
        if script is not None:
            return script(session, argv)
        return OK if name in (b"ASKING", b"READONLY", b"CLIENT", b"AUTH", b"SELECT") else error("ERR not in the script")


class ScriptedCluster:
    """Nodes that share out the slots evenly; `owners` and `epochs` may be changed while running."""

    def __init__(self, masters=2):
        self.nodes = [ScriptedNode(self, index + 1) for index in range(masters)]
        self.ranges = {node: (index * SLOTS // masters, (index + 1) * SLOTS // masters - 1)
                       for index, node in enumerate(self.nodes)}
        self.epochs = {node: index + 1 for index, node in enumerate(self.nodes)}

    @property
    def seeds(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    def node_for(self, slot):
        return next(node for node, (first, last) in self.ranges.items() if first <= slot <= last)

    def stop(self):
        for node in self.nodes:
            node.stop()

    def topology_reply(self, asked, name, argv):
        if name == b"PING":
            return b"+PONG\r\n"
        if name == b"INFO":
            return bulk("# Server\r\nredis_version:7.0.15\r\nredis_mode:cluster\r\nloading:0\r\nrole:master\r\n")
        if name == b"COMMAND":
            return b"*0\r\n"
        if name != b"CLUSTER":
            return None
        return {b"NODES": self._nodes, b"SLOTS": self._slots, b"INFO": self._info,
                b"MYID": lambda node: bulk(node.id)}.get(argv[1].upper(), lambda _: error("ERR unknown subcommand"))(asked)

    def _nodes(self, asked):
        lines = []
        for node, (first, last) in self.ranges.items():
            flags = "myself,master" if node is asked else "master"
            lines.append(f"{node.id} 127.0.0.1:{node.port}@{node.port + 10000} {flags} - 0 0 {self.epochs[node]} "
                         f"connected {first}-{last}\n")
        return bulk("".join(lines))

    def _slots(self, _):
        rows = [b"*3\r\n:%d\r\n:%d\r\n*3\r\n%s:%d\r\n%s" % (first, last, bulk("127.0.0.1"), node.port, bulk(node.id))
                for node, (first, last) in self.ranges.items()]
        return b"*%d\r\n%s" % (len(rows), b"".join(rows))

    def _info(self, _):
        covered = sum(last - first + 1 for first, last in self.ranges.values())
        return bulk(f"cluster_enabled:1\r\ncluster_state:ok\r\ncluster_slots_assigned:{covered}\r\n"
                    f"cluster_slots_ok:{covered}\r\ncluster_known_nodes:{len(self.nodes)}\r\n"
                    f"cluster_size:{len(self.nodes)}\r\ncluster_current_epoch:{max(self.epochs.values())}\r\n")


class Decoy:
    """A listening port on which nobody may ever call."""

    def __init__(self):
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))

    def was_called(self):
        self._listener.setblocking(False)
        try:
            self._listener.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def stop(self):
        self._listener.close()


def _read_command(stream):
    head = stream.readline()
    if not head:
        return None
    if head[:1] != b"*":
        raise ValueError(head)
    argv = []
    for _ in range(int(head[1:])):
        size = int(stream.readline()[1:])
        argv.append(stream.read(size + 2)[:-2])
    return argv


def array(*items):
    """A reply that is an array of bulk strings: the same bytes as a command."""
    return encode(*items)
