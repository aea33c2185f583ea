"""CLIENT UNBLOCK, before a real cluster: whoever is blocked goes on, and nothing is lost."""
import threading

import pytest

from harness.resp import Err, encode
from harness.wait import until

BLOCKERS = [
    ("BLPOP", "{u}k", 0), ("BLMOVE", "{u}k", "{u}to", "LEFT", "RIGHT", 0), ("BZPOPMIN", "{u}z", 0),
    ("XREAD", "BLOCK", 0, "STREAMS", "{u}s", "$"), ("BLMPOP", 0, 1, "{u}k", "LEFT"),
]
BY_COMMAND = Err("UNBLOCKED client unblocked via CLIENT UNBLOCK")


def blocked_clients(cluster):
    return sum(int(node.info("clients")["blocked_clients"]) for node in cluster.masters())


@pytest.fixture
def workers(cluster, slotway):
    """A proxy of two workers: of two clients each has one of its own."""
    return slotway(cluster.seeds, config="workers: 2\n")


@pytest.mark.parametrize("command", BLOCKERS, ids=lambda command: command[0])
@pytest.mark.parametrize("protocol", [2, 3])
def test_who_is_blocked_goes_on(cluster, workers, plain, command, protocol):
    with workers.connect() as waiter, workers.connect() as second, workers.connect() as third:
        if protocol == 3:
            waiter.call("HELLO", 3)
        number = waiter.call("CLIENT", "ID")
        for other in (second, third):
            for how, reply in (((), None), (("TIMEOUT",), None), (("ERROR",), BY_COMMAND)):
                waiter.send_raw(encode(*command))
                until(lambda: blocked_clients(cluster) == 1, "the client to be blocked")
                assert other.call("CLIENT", "UNBLOCK", number, *how) == 1
                assert waiter.read() == reply
                assert other.call("CLIENT", "UNBLOCK", number, *how) == 0
        assert waiter.call("PING") in (b"PONG", "PONG")


def test_who_waits_for_replicas_goes_on(cluster, workers):
    with workers.connect() as waiter, workers.connect() as other:
        number = waiter.call("CLIENT", "ID")
        for key in range(50):
            waiter.call("SET", key, 1)
        for how, reply in (((), 1), (("ERROR",), BY_COMMAND)):
            waiter.send_raw(encode("WAIT", 5, 0))
            until(lambda: blocked_clients(cluster) == 3, "all masters to be asked")
            until(lambda: all(node.call("INFO", "replication").count(b"lag=0") for node in cluster.masters()), "replicas")
            assert other.call("CLIENT", "UNBLOCK", number, *how) == 1
            assert waiter.read() == reply
            until(lambda: blocked_clients(cluster) == 0, "them to be asked no more")


def test_who_is_not_there_or_not_blocked(workers):
    with workers.connect() as client, workers.connect() as other:
        number = client.call("CLIENT", "ID")
        for unblocked in (number, other.call("CLIENT", "ID"), 123456789, 0, -1):
            assert other.call("CLIENT", "UNBLOCK", unblocked) == 0
            assert other.call("CLIENT", "UNBLOCK", unblocked, "ERROR") == 0


def test_nothing_is_lost_when_it_comes_with_an_element(cluster, workers):
    with workers.connect() as waiter, workers.connect() as pusher, workers.connect() as other:
        number = waiter.call("CLIENT", "ID")
        got, unblocked = [], 0
        for value in range(200):
            waiter.send_raw(encode("BLPOP", "{u}race", 0))
            until(lambda: blocked_clients(cluster) == 1, "the client to be blocked", interval=0)
            push = threading.Thread(target=pusher.call, args=("RPUSH", "{u}race", value))
            push.start()
            let_go = other.call("CLIENT", "UNBLOCK", number)
            push.join()
            reply = waiter.read()
            assert (reply is None) == (let_go == 1)
            unblocked += let_go
            if reply is None:
                reply = waiter.call("BLPOP", "{u}race", 0)
            got.append(int(reply[1]))
        assert got == list(range(200))
