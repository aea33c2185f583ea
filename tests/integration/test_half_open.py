"""Clients whose machine has vanished without a word: nobody says that their connections have ended."""
import contextlib
import os
import shutil
import subprocess
import sys

import pytest

from harness.wait import until

KEEPALIVE_TIMER = "02"  # /proc/net/tcp, column "tr"
OURS, THEIRS = "10.213.47.1", "10.213.47.2"
# At rest, blocked, in the middle of a request.
CLIENT = f"""
import socket, time
def to_proxy(request):
    connection = socket.create_connection(("{OURS}", 6399))
    connection.sendall(b"PING\\r\\n")
    assert connection.recv(100) == b"+PONG\\r\\n"
    connection.sendall(request)
    return connection
held = [to_proxy(request) for request in (b"", b"BLPOP nothing 0\\r\\n", b"*2\\r\\n$3\\r\\nGET")]
print("there", flush=True)
time.sleep(1000)
"""


def timers(port):
    """Of the connections at a port of ours: client's port -> which timer runs."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return {int(row[2].split(":")[1], 16): row[5].split(":")[0] for row in rows if int(row[1].split(":")[1], 16) == port}


def test_the_kernel_asks_whether_the_other_end_is_there(proxy):
    with proxy.connect() as client:
        assert client.call("PING") == b"PONG"
        port = client.socket.getsockname()[1]
        assert until(lambda: timers(proxy.port)[port] == KEEPALIVE_TIMER, "keepalive's timer")


@contextlib.contextmanager
def another_machine():
    """A network namespace, its name, and the device of ours that leads there."""
    name, ours, theirs = f"slotway-{os.getpid()}", f"sw{os.getpid()}a", f"sw{os.getpid()}b"

    def ip(*words):
        subprocess.run(["ip", *words], check=True)
    if subprocess.run(["ip", "netns", "add", name], check=False).returncode != 0:
        pytest.skip("a network of its own may not be made here")
    try:
        ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        ip("addr", "add", f"{OURS}/30", "dev", ours)
        ip("link", "set", ours, "up")
        ip("-n", name, "addr", "add", f"{THEIRS}/30", "dev", theirs)
        ip("-n", name, "link", "set", theirs, "up")
        yield name, ours
    finally:
        subprocess.run(["ip", "link", "del", ours], check=False)
        ip("netns", "del", name)


@pytest.mark.release_only
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="makes a network: needs root, and ip (iproute2)")
def test_a_client_whose_machine_vanishes_is_gone_within_a_minute(cluster, slotway):
    with another_machine() as (machine, device):
        listeners = f"listeners: [{{bind: '{OURS}:6399'}}, {{bind: '127.0.0.1:PORT'}}]\n"
        proxy = slotway(config=f"{listeners}upstreams: {{main: {{seeds: ['{cluster.seeds[0]}']}}}}\n", listen=())
        client = subprocess.Popen(["ip", "netns", "exec", machine, sys.executable, "-c", CLIENT], stdout=subprocess.PIPE)
        try:
            assert client.stdout.readline() == b"there\n"
            assert proxy.metric("slotway_clients") == 3
            subprocess.run(["ip", "link", "set", device, "down"], check=True)
            until(lambda: proxy.metric("slotway_clients") == 0, "all of them to be gone", timeout=60)
            assert proxy.call("PING") == b"PONG"
        finally:
            client.kill()
            client.communicate()
