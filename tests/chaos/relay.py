"""A process that stands before nodes, at the ports that they announce, and passes on what comes, or does not: a network that
can be cut. Who speaks to whom it knows from addresses: a node connects from 127.1.x.y, which is its port (`source_of`).

    node 12345, from 127.1.48.57 --> at 13456, or its bus --> node 13456
    the proxy, or a client       --> at 13456, or a door  --> node 13456

Orders come as JSON, a line each, and each is answered with a line when it is done:

    {"open": 13456, "to": 13999, "node": 13456}      a port, where it leads to, and whose it is
    {"door": 14567, "to": 13999, "node": 13456}      the same for those outside only
    {"cut": [[0, 13456]], "how": "silent"}           0 is all that is outside of the cluster
    {"mend": "doors"}                                new connections come through again
    {"mend": "all"}

Between whom the network is cut, connections stay, and nothing comes through: what is sent waits, as it waits in the sender's
kernel when packets vanish, and goes on its way when the cut is mended, unless the sender has reset the connection. That may be
later than new connections come through: a kernel sends again in ever longer intervals. At a door new connections hang, too.
"refused" resets those there are, and new ones are refused at a door."""
import json
import os
import selectors
import socket
import struct
import sys

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 1 << 16
OUTSIDE = 0


def source_of(port):
    return f"127.1.{port >> 8}.{port & 255}"


def _who(address):
    first, second, high, low = map(int, address.split("."))
    return high << 8 | low if (first, second) == (127, 1) else OUTSIDE


def _reset(side):
    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    side.close()


class Line:
    """One connection through here: two sides, and for each what is still to be written to it."""

    def __init__(self, net, ends, near, far):
        self.ends = ends
        self._net = net
        self._other = {near: far, far: near}
        self._due = {near: b"", far: b""}
        self._ended = set()  # sides that have said all

    def listen(self):
        """After every step: waits for what is possible now."""
        for side, other in self._other.items():
            mask = (READ if side not in self._ended and not self._due[other] else 0) | (WRITE if self._due[side] else 0)
            self._net.watch(side, mask, lambda mask, side=side: self._ready(side, mask))

    def silence(self):
        for side in self._other:
            self._net.watch(side, 0, None)

    def speak_again(self):
        if any(side.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for side in self._other):
            self.reset()
        else:
            self.listen()

    def reset(self):
        self.silence()
        for side in self._other:
            _reset(side)
        self._net.lines.discard(self)

    def _ready(self, side, mask):
        try:
            if mask & READ and side not in self._ended and not self._due[self._other[side]]:
                self._read(side)
            if self._due[side]:
                self._write(side)
        except BlockingIOError:
            pass
        except OSError:
            self.reset()
            return
        if len(self._ended) == 2 and not any(self._due.values()):
            self._close()
        else:
            self.listen()

    def _read(self, side):
        other, data = self._other[side], side.recv(CHUNK)
        if data:
            self._due[other] = data
            self._write(other)
        else:
            self._ended.add(side)
            other.shutdown(socket.SHUT_WR)

    def _write(self, side):
        try:
            self._due[side] = self._due[side][side.send(self._due[side]):]
        except BlockingIOError:
            pass

    def _close(self):
        self.silence()
        for side in self._other:
            side.close()
        self._net.lines.discard(self)


class Port:
    """Listens, and leads to a node's own port. `door`: only those outside come here."""

    def __init__(self, net, at, to, node, door=False):
        self._net, self._at, self._to, self._node, self.door = net, at, to, node, door
        self._listener = None
        self._stuffing = []
        self.open()

    def open(self):
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self._at), backlog=128)
            self._listener.setblocking(False)
        self._listener.listen(128)
        for each in self._stuffing:
            each.close()
        self._stuffing = []
        self._net.watch(self._listener, READ, lambda _: self._accept())

    def is_of(self, ends):
        return self.door and ends == {OUTSIDE, self._node}

    def hang(self):
        """The kernel drops who knocks while nobody is let in and the queue is full. One fits into a queue of 0."""
        self._net.watch(self._listener, 0, None)
        self._listener.listen(0)
        for _ in range(2):
            self._stuffing.append(socket.socket())
            self._stuffing[-1].setblocking(False)
            self._stuffing[-1].connect_ex(("127.0.0.1", self._at))

    def refuse(self):
        self._net.watch(self._listener, 0, None)
        self._listener.close()
        self._listener = None

    def _accept(self):
        near, (address, _) = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            _reset(near)
            return
        for side in (near, far):
            side.setblocking(False)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._net.add(Line(self._net, frozenset({_who(address), self._node}), near, far))


class Net:
    def __init__(self):
        self.lines = set()
        self._ports = []
        self._cuts = {}       # ends -> how
        self._hushed = set()  # lines of cuts that are mended for new ones only
        self._orders = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, READ, self._order)

    def run(self):
        while True:
            for key, mask in self._selector.select():
                # What came before it in this turn may have closed it.
                if self._selector.get_map().get(key.fd) is key:
                    key.data(mask)

    def watch(self, side, mask, ready):
        key = self._selector.get_map().get(side.fileno())
        if key is not None and (mask == 0 or key.events != mask):
            self._selector.unregister(side)
            key = None
        if key is None and mask:
            self._selector.register(side, mask, ready)

    def add(self, line):
        self.lines.add(line)
        if self._cuts.get(line.ends) == "refused":
            line.reset()
        elif line.ends not in self._cuts:
            line.listen()

    def _order(self, _):
        data = os.read(0, CHUNK)
        if not data:
            sys.exit(0)
        *whole, self._orders = (self._orders + data).split(b"\n")
        for line in whole:
            self._obey(json.loads(line))
            print("done", flush=True)

    def _obey(self, order):
        if "cut" in order:
            self._cut([frozenset(ends) for ends in order["cut"]], order["how"])
        elif "mend" in order:
            self._open_doors()
            if order["mend"] != "doors":
                self._mend()
        else:
            at = order.get("open") or order["door"]
            self._ports.append(Port(self, at, order["to"], order["node"], "door" in order))

    def _cut(self, all_ends, how):
        self._cuts.update(dict.fromkeys(all_ends, how))
        for line in [each for each in self.lines if each.ends in all_ends]:
            line.silence() if how == "silent" else line.reset()
        for port in self._ports:
            if any(port.is_of(ends) for ends in all_ends):
                port.hang() if how == "silent" else port.refuse()

    def _open_doors(self):
        for port in self._ports:
            if any(port.is_of(ends) for ends in self._cuts):
                port.open()
        self._hushed |= {line for line in self.lines if line.ends in self._cuts}
        self._cuts = {}

    def _mend(self):
        for line in self._hushed & self.lines:
            line.speak_again()
        self._hushed = set()


if __name__ == "__main__":
    Net().run()
