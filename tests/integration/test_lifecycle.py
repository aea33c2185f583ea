"""Start, listen, log, leave; and the settings as a person types them."""
import json
import os
import signal
import socket
import threading

import pytest

from harness.ports import free_port
from harness.proxy import ROOT, Slotway, run_binary
from harness.resp import Closed, Connection
from harness.scripted import bulk
from harness.slots import key_in
from harness.wait import until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_what_is_in_flight_is_finished_before_leaving(scripted, slotway, number):
    fake = scripted(1)
    gate = threading.Event()

    def gated(_, argv):
        gate.wait(60)
        return bulk(argv[1])

    fake.nodes[0].on("GETSET", gated)
    proxy = slotway(fake.seeds)
    with proxy.connect() as busy, proxy.connect() as idle:
        assert idle.call("PING") == b"PONG"
        busy.send("GETSET", "k", 1)
        until(lambda: fake.nodes[0].count("GETSET") == 1, "the request to be under way")
        proxy.send_signal(number)
        until(lambda: not accepts(proxy.port), "the listener to close")
        assert idle.read_until_closed() == b""
        gate.set()
        assert busy.read() == b"k"
        assert busy.read_until_closed() == b""
    proxy.check_left()


def accepts(port):
    try:
        with Connection(port, timeout=5) as probe:
            return probe.call("PING") == b"PONG"
    except (Closed, OSError):
        return False


def test_leaving_has_a_deadline(scripted, slotway):
    fake = scripted(1)
    fake.nodes[0].on("GETSET", lambda *_: None)
    proxy = slotway(fake.seeds, config="timeouts: {drain: 300ms}\n")
    with proxy.connect() as busy:
        busy.send("GETSET", "k", 1)
        until(lambda: fake.nodes[0].count("GETSET") == 1, "the request to be under way")
        proxy.stop()
        busy.read_until_closed()


def test_leaving_while_no_cluster_was_ever_seen(slotway):
    slotway([f"127.0.0.1:{free_port()}"], ready=False).stop()


def test_connections_are_shared_out_evenly(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], args=["--workers", "2"])
    clients = [proxy.connect() for _ in range(20)]
    for client in clients:
        assert client.call("PING") == b"PONG"
    by_worker = {labels["worker"]: value for name, labels, value in proxy.samples() if name == "slotway_clients"}
    workers = [value for value in by_worker.values() if value > 0]
    assert sorted(workers) == [10, 10], by_worker
    for client in clients:
        client.close()


def test_unix_socket(cluster, slotway, tmp_path):
    path = str(tmp_path / "slotway.sock")
    proxy = slotway(cluster.seeds[:1], listen=[f"unix:{path}"], args=["--workers", "2"])
    clients = [Connection(path=path) for _ in range(6)]
    for number, client in enumerate(clients):
        assert client.call("SET", f"unix{number}", number) == b"OK"
        assert client.call("GET", f"unix{number}") == b"%d" % number
        client.close()
    proxy.stop()
    assert not os.path.exists(path), "the socket file is removed"


def test_a_socket_file_left_behind_is_replaced(cluster, slotway, tmp_path):
    path = str(tmp_path / "left.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    slotway(cluster.seeds[:1], listen=[f"unix:{path}"])
    with Connection(path=path) as client:
        assert client.call("PING") == b"PONG"


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_several_listeners_and_ipv6(cluster, slotway):
    one, two = free_port(), free_port()
    slotway(cluster.seeds[:1], listen=[f"127.0.0.1:{one}", f"[::1]:{two}"])
    with Connection(one) as four, Connection(two, host="::1") as six:
        assert four.call("SET", "both", 1) == b"OK"
        assert six.call("GET", "both") == b"1"


def test_a_taken_port_is_an_error_that_names_it(cluster, slotway):
    proxy = slotway(cluster.seeds[:1])
    done = run_binary("--upstream", cluster.seeds[0], "--listen", f"127.0.0.1:{proxy.port}", "--admin", "off")
    assert done.returncode != 0
    assert str(proxy.port) in done.stderr + done.stdout


def test_environment_is_enough(cluster, tmp_path):
    port, admin = free_port(), free_port()
    env = {"SLOTWAY_UPSTREAM": cluster.seeds[0], "SLOTWAY_LISTEN": f"127.0.0.1:{port}", "SLOTWAY_ADMIN": f"127.0.0.1:{admin}",
           "SLOTWAY_WORKERS": "1", "SLOTWAY_LOG_LEVEL": "debug"}
    started = Slotway(tmp_path, env=env, bare=(port, admin))
    assert started.call("SET", key_in(1), 1) == b"OK"
    started.stop()


def test_log_lines_as_json(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], config="log: {format: json, level: debug}\n")
    proxy.call("SET", "k", 1)
    proxy.stop()
    lines = [line for line in proxy.log().splitlines() if line]
    assert lines
    for line in lines:
        event = json.loads(line)
        assert event["time"].endswith("Z") and event["level"] in ("debug", "info", "warn", "error") and event["event"]


def test_log_lines_as_text(cluster, slotway):
    proxy = slotway(cluster.seeds[:1])
    proxy.stop()
    for line in proxy.log().splitlines():
        time, level, event = line.split(" ")[:3]
        assert time[4] == "-" and time.endswith("Z") and level in ("info", "warn", "error") and "=" not in event, line


def test_version_and_help():
    assert run_binary("--version").stdout.startswith("slotway ")
    text = run_binary("--help").stdout
    for flag in ("--config", "--listen", "--upstream", "--admin", "--workers", "--log-level", "check-config", "SLOTWAY_UPSTREAM"):
        assert flag in text, flag


def test_unknown_flags_are_refused():
    done = run_binary("--nosuch")
    assert done.returncode != 0 and "nosuch" in done.stderr + done.stdout


def test_check_config_of_the_sample():
    done = run_binary("check-config", os.path.join(ROOT, "config/slotway.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_config_prints_every_error_with_its_place(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("wrokers: 2\n"
                    "upstreams:\n"
                    "  main:\n"
                    "    seeds: [127.0.0.1:6379]\n"
                    "timeouts: {connect: fast}\n"
                    "limits:\n"
                    "  clients: -1\n")
    done = run_binary("check-config", str(path))
    text = done.stdout + done.stderr
    assert done.returncode != 0
    for place, word in ((":1:", "wrokers"), (":5:", "connect"), (":7:", "clients")):
        assert any(place in line and word in line for line in text.splitlines()), text


def test_run_refuses_a_bad_file(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("nosuch: 1\n")
    done = run_binary("--config", str(path), "--upstream", "127.0.0.1:1")
    assert done.returncode != 0 and f"{path}:1:" in done.stdout + done.stderr
