"""How a client of the run reaches the data: through the proxy, or straight to the cluster, to see what Redis itself loses."""
import time

from harness.resp import Closed, Connection, Err, encode
from harness.slots import slot_of

DEADLINE_S = 25  # longer than the proxy's request_deadline
LOST = Err("LOST the connection ended before the answer, the command may have run")


def _answers(connection, commands):
    """All are written at once; they are few, and small."""
    connection.send_raw(b"".join(encode(*command) for command in commands))
    for _ in commands:
        yield connection.read()


class Through:
    """One connection to the proxy; made anew when it is lost."""

    def __init__(self, port):
        self.disconnects = 0
        self._port = port
        self._connection = None

    def again(self):
        """Another one of the kind."""
        return Through(self._port)

    def run(self, commands):
        """All at once, all replies in order. What was sent and not answered is LOST."""
        replies = []
        try:
            if self._connection is None:
                self._connection = self._connect()
            for reply in _answers(self._connection, commands):
                replies.append(reply)
        except (OSError, Closed) as error:
            if isinstance(error, TimeoutError):
                raise AssertionError(f"no answer within {DEADLINE_S} s to one of {commands}") from error
            self.close()
            self.disconnects += 1
        return replies + [LOST] * (len(commands) - len(replies))

    def _connect(self):
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                return Connection(self._port, timeout=DEADLINE_S)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Straight:
    """A careful cluster client: one command after the other, again only if it did not run."""

    def __init__(self, cluster):
        self.disconnects = 0
        self._ports = [node.port for node in cluster.nodes]
        self._cluster = cluster
        self._connections = {}
        self._owners = {}

    def again(self):
        return Straight(self._cluster)

    def run(self, commands):
        if commands[0][0] == "MULTI":
            return [b"OK"] + [b"QUEUED"] * (len(commands) - 2) + [self._ask(slot_of(commands[1][1]), commands)]
        return [self._one(command) for command in commands]

    def _one(self, command):
        name, keys = command[0], command[1:]
        if name == "MGET":
            replies = [self._ask(slot_of(key), [("GET", key)]) for key in keys]
            return next((reply for reply in replies if isinstance(reply, Err)), replies)
        if name == "MSET":
            replies = [self._ask(slot_of(key), [("SET", key, value)]) for key, value in zip(keys[::2], keys[1::2])]
            return next((reply for reply in replies if isinstance(reply, Err)), b"OK")
        return self._ask(slot_of(command[1]), [command])

    def _ask(self, slot, commands):
        """The last one's reply: of a transaction EXEC's."""
        deadline = time.monotonic() + DEADLINE_S
        asking = None
        while True:
            port = asking or self._owners.get(slot) or self._ports[0]
            sent = False
            try:
                connection = self._to(port)
                sent = True
                replies = list(_answers(connection, ([("ASKING",)] if asking else []) + commands))
                reply = next((each for each in replies if isinstance(each, Err)), replies[-1])
            except (OSError, Closed) as error:
                self._forget(port)
                if sent and not isinstance(error, ConnectionRefusedError):
                    self.disconnects += 1
                    return LOST
                reply = Err("CLUSTERDOWN not reached")
            asking = None
            word, _, rest = (reply if isinstance(reply, Err) else "").partition(" ")
            if word == "MOVED":
                self._owners[slot] = int(rest.rsplit(":", 1)[1])
                continue
            if word == "ASK":
                asking = int(rest.rsplit(":", 1)[1])
                continue
            if word not in ("CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN", "READONLY") or time.monotonic() > deadline:
                return reply
            # A master that is cut off from the others does not know who has its slots now.
            self._owners.pop(slot, None)
            self._ports = self._ports[1:] + self._ports[:1]
            time.sleep(0.02)

    def _to(self, port):
        if port not in self._connections:
            self._connections[port] = Connection(port, timeout=5)
        return self._connections[port]

    def _forget(self, port):
        connection = self._connections.pop(port, None)
        if connection is not None:
            connection.close()
        self._ports = self._ports[1:] + self._ports[:1]
        self._owners = {slot: owner for slot, owner in self._owners.items() if owner != port}

    def close(self):
        for connection in self._connections.values():
            connection.close()
        self._connections = {}
