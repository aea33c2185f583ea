"""Many at once: clients that come in one moment, and sidecars that have all lost the same node."""
import resource
import selectors
import socket
import struct
import threading
import time

from harness.resp import OK, encode
from harness.slots import key_in
from harness.wait import PATIENCE_S, SANITIZED, until


class Crowd:
    """`count` connections that are opened in one moment and ask for a key that is not there."""

    REPLY = b"$-1\r\n"

    def __init__(self, port, count):
        self._selector = selectors.DefaultSelector()
        self._sockets = []
        for number in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.connect_ex(("127.0.0.1", port))
            self._sockets.append(one)
            self._selector.register(one, selectors.EVENT_WRITE, number)

    def wait_served(self):
        """How many have read their answer; the others were hung up on, or answered otherwise."""
        served = 0
        while self._selector.get_map():
            ready = self._selector.select(PATIENCE_S)
            assert ready, f"{len(self._selector.get_map())} clients wait for a reply that never comes"
            for key, events in ready:
                if events & selectors.EVENT_WRITE:
                    key.fileobj.send(encode("GET", f"nobody:{key.data}"))
                    self._selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                    continue
                served += key.fileobj.recv(100) == self.REPLY
                self._selector.unregister(key.fileobj)
        return served

    def leave(self):
        for one in self._sockets:
            one.close()


def test_ten_thousand_connections_at_once(cluster, slotway):
    count = 2000 if SANITIZED else 10000
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > count + 1000, "this test opens many files"
    proxy = slotway(cluster.seeds, config="workers: 2\nlimits: {clients: 11000}\n")
    crowd = None
    counted, over = [], threading.Event()

    def go_on():
        with proxy.connect() as client:
            while not over.is_set():
                counted.append(client.call("INCR", key_in(1, "steady")))

    steady = threading.Thread(target=go_on)
    steady.start()
    try:
        until(lambda: len(counted) > 10, "the steady client to be served")
        crowd = Crowd(proxy.port, count)
        assert crowd.wait_served() == count
        before = len(counted)
        until(lambda: len(counted) > before + 10, "the steady client to be served beside them")
        assert proxy.metric("slotway_clients") == count + 1
    finally:
        over.set()
        steady.join()
        if crowd is not None:
            crowd.leave()
    assert counted == list(range(counted[0], counted[0] + len(counted)))
    until(lambda: proxy.metric("slotway_clients") == 0, "all of them to be gone")
    with proxy.connect() as client:
        assert client.call("DEL", key_in(1, "steady")) == 1


def test_a_restarted_node_is_not_stampeded(fresh_cluster, slotway):
    """Each sidecar comes back with the few connections that it needs, and each of its clients is served."""
    cluster = fresh_cluster(3)
    proxies = [slotway(cluster.seeds, config="workers: 2\n") for _ in range(5 if SANITIZED else 50)]
    clients = [proxy.connect() for proxy in proxies for _ in range(4)]
    node = cluster.owner_of(1)
    for number, client in enumerate(clients):
        assert client.call("SET", key_in(1, f"{number}:"), "v") == OK
    node.kill()
    for number, client in enumerate(clients):
        client.send("GET", key_in(1, f"{number}:"))
    for proxy in proxies:
        until(lambda proxy=proxy: proxy.metric("slotway_link_failures_total") >= 4, "some vain attempts")
    node.start()
    assert [client.read() for client in clients] == [None] * len(clients), "it has lost its data, and nothing else"
    links = [line for line in node.call("CLIENT", "LIST").decode().splitlines() if " name=slotway " in line]
    assert len(links) == 2 * len(proxies), "one of each worker"
    # The layout is asked for now and then, over a connection of its own, until the cluster is whole again.
    assert int(node.info("stats")["total_connections_received"]) <= len(links) + 10 * len(proxies)
    for client in clients:
        client.close()


def test_clients_that_block_come_back_to_a_restarted_node_in_turns(fresh_cluster, slotway):
    """Each of them needs a connection of its own."""
    sidecars, each, per_second = 5, 100, 50
    cluster = fresh_cluster(3)
    config = f"workers: 2\nlimits: {{node_connects_per_second: {per_second}}}\n"
    proxies = [slotway(cluster.seeds, config=config) for _ in range(sidecars)]
    clients = [proxy.connect() for proxy in proxies for _ in range(each)]
    queues = [key_in(1, f"{number}:") for number in range(len(clients))]
    node = cluster.owner_of(1)

    def block():
        for client, queue in zip(clients, queues):
            client.send("BLPOP", queue, 0)

    def come():
        return int(node.info("stats")["total_connections_received"])

    def blocked():
        return int(node.info("clients")["blocked_clients"]) == len(clients)
    block()
    until(blocked, "all to be blocked")
    node.kill()
    assert all("may have run" in client.read() for client in clients)
    block()
    begun = time.monotonic()
    node.start()
    node.wait_started()
    while (count := come()) < len(clients):
        # A second for what was due before it came back, and is late.
        most = sidecars * per_second * (time.monotonic() - begun + 1)
        assert count <= most, f"{count} connections, and {most:.0f} might be there"
    until(blocked, "all to be blocked again")
    for client, queue in zip(clients, queues):
        assert node.call("RPUSH", queue, "v") == 1
        assert client.read() == [queue.encode(), b"v"]
        client.close()
