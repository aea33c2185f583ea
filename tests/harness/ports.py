"""Free loopback ports, below the range that the kernel hands out to outgoing connections."""
import os
import random
import socket

# A Redis Cluster node also listens on its port + 10000 (the bus), and the kernel hands out 32768 and up.
LOWEST, HIGHEST, BUS = 12000, 22700, 10000
_given = set()


def _share():
    """Of the range: processes that test side by side would else be given the same port, free when each looked."""
    index = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = (HIGHEST - LOWEST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return LOWEST + index * size, LOWEST + (index + 1) * size


def _is_free(port):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0")):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_port():
    """A port that is free now, as its bus port is, and was not given out before by this process."""
    for _ in range(2000):
        port = random.randrange(*_share())
        if port not in _given and _is_free(port) and _is_free(port + BUS):
            _given.add(port)
            return port
    raise RuntimeError("no free loopback port")
