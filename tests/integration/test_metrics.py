"""What an operator sees: the admin server's paths, the metrics, and that a real Prometheus reads them."""
import collections
import json
import os

import pytest

from harness.ports import free_port
from harness.prometheus import Prometheus, promtool_check
from harness.proxy import ROOT
from harness.slots import spread_keys
from harness.wait import until

REQUESTS = "slotway_request_duration_seconds_count"


@pytest.fixture
def prometheus(proxy, tmp_path):
    started = Prometheus(tmp_path, [proxy.admin_port])
    yield started
    started.stop()


@pytest.fixture
def moved(proxy):
    """moved(name, **labels): by how much a metric has moved since this test began."""
    before = proxy.samples()

    def since(name, **labels):
        then = sum(value for sample, has, value in before if sample == name and labels.items() <= has.items())
        return proxy.metric(name, **labels) - then

    return since


def dashboard():
    with open(os.path.join(ROOT, "dashboards/slotway.json"), encoding="utf-8") as file:
        return json.load(file)


def dashboard_queries():
    """Every query of the dashboard with its variables filled in."""
    filled = {"$__rate_interval": "1m", "$job": ".+", "$instance": ".+"}
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in filled.items():
                expression = expression.replace(variable, value)
            yield panel["title"], expression


def test_paths(proxy):
    assert proxy.http("/healthz") == (200, "ok\n")
    status, body = proxy.http("/readyz")
    assert status == 200 and body.strip()
    status, body = proxy.http("/")
    assert status == 200 and all(path in body for path in ("/metrics", "/healthz", "/readyz"))
    assert proxy.http("/etc/passwd")[0] == 404


def test_not_ready_says_why_and_is_alive(slotway):
    lonely = slotway([f"127.0.0.1:{free_port()}"], ready=False)
    status, body = lonely.http("/readyz")
    assert status == 503 and body.strip()
    assert lonely.http("/healthz") == (200, "ok\n")
    assert lonely.metric("slotway_slots_uncovered") == 16384
    assert promtool_check(lonely.http("/metrics")[1]) == (0, "")


def test_promtool_is_content(raw, proxy):
    raw.call("SET", "key", "value")
    raw.call("MGET", *spread_keys(10))
    assert promtool_check(proxy.http("/metrics")[1]) == (0, "")


def test_names_and_buckets(raw, proxy):
    raw.call("GET", "key")
    buckets = collections.Counter()
    for name, labels, _ in proxy.samples():
        assert name.startswith("slotway_")
        if name.endswith("_bucket"):
            buckets[name, labels.get("command"), labels.get("worker")] += 1
    assert buckets and max(buckets.values()) <= 12


def test_requests_by_command(raw, moved):
    for _ in range(5):
        raw.call("SET", "key", "value")
    raw.call("GET", "key")
    until(lambda: moved(REQUESTS, command="set") == 5, "five SETs to be counted")
    until(lambda: moved(REQUESTS, command="get") == 1, "one GET to be counted")
    assert moved("slotway_request_duration_seconds_sum", command="set") > 0


def test_commands_that_were_not_seen_are_not_there(cluster, slotway):
    fresh = slotway(cluster.seeds)
    assert fresh.metric(REQUESTS, command="get") == 0
    fresh.call("GET", "key")
    until(lambda: fresh.metric(REQUESTS, command="get") == 1, "the GET to be counted")
    seen = {labels["command"] for name, labels, _ in fresh.samples() if name == REQUESTS}
    assert "set" not in seen and len(seen) < 10


def test_bytes_and_time_and_width(raw, moved):
    keys = spread_keys(12)
    raw.call("MGET", *keys)
    raw.call("SET", "key", "x" * 100_000)
    for direction in ("client_in", "upstream_out"):
        until(lambda: moved("slotway_bytes_total", direction=direction) >= 100_000, f"{direction} to be counted")
    for direction in ("client_out", "upstream_in"):
        until(lambda: 0 < moved("slotway_bytes_total", direction=direction) < 100_000, f"{direction} to be counted")
    until(lambda: moved("slotway_fan_out_width_sum") >= 12, "the MGET's width to be counted")
    until(lambda: moved("slotway_upstream_duration_seconds_count") >= 13, "time upstream to be counted")
    until(lambda: moved("slotway_own_duration_seconds_count") >= 2, "own time to be counted")


def test_errors_by_class(raw, moved):
    raw.call("SET", "key", "value")
    assert raw.call("LPUSH", "key", "x").code == "WRONGTYPE"
    assert raw.call("MSETNX", *[part for key in spread_keys(2) for part in (key, 1)]).code == "CROSSSLOT"
    assert raw.call("NOSUCHCOMMAND").code == "ERR"
    until(lambda: moved("slotway_error_replies_total", **{"class": "WRONGTYPE"}) == 1, "WRONGTYPE to be counted")
    until(lambda: moved("slotway_failures_total", code="C004", side="client") == 1, "CROSSSLOT to be counted")
    until(lambda: moved("slotway_failures_total", **{"class": "unknown_command"}) == 1, "the unknown to be counted")


def test_topology_and_process(raw, proxy):
    raw.call("GET", "key")
    assert proxy.metric("slotway_slots_uncovered") == 0
    assert proxy.metric("slotway_topology_epoch") > 0
    assert proxy.metric("slotway_topology_refreshes_total") >= 1
    assert 0 <= proxy.metric("slotway_topology_age_seconds") < 60
    assert proxy.metric("slotway_links") >= 1
    assert proxy.metric("slotway_clients") >= 1
    assert proxy.metric("slotway_build_info") == 1
    assert proxy.metric("slotway_process_resident_memory_bytes") > 1 << 20
    assert proxy.metric("slotway_process_open_fds") > 3
    workers = {labels["worker"] for name, labels, _ in proxy.samples() if name == "slotway_clients"}
    lagging = {labels["worker"] for name, labels, _ in proxy.samples() if name == "slotway_loop_lag_seconds_count"}
    assert workers == lagging and "0" in workers


def test_a_real_prometheus_scrapes_us(raw, prometheus):
    for _ in range(7):
        raw.call("GET", "key")
    prometheus.wait_for('up{job="slotway"} == 1')
    prometheus.wait_for(REQUESTS + '{job="slotway", command="get"} >= 7')
    prometheus.wait_for('slotway_loop_lag_seconds_count{worker="0"} > 0')


def test_a_real_prometheus_understands_the_dashboard(raw, prometheus):
    raw.call("MGET", *spread_keys(5))
    prometheus.wait_for(f"count_over_time({REQUESTS}[1m]) >= 2")
    empty = [title for title, expression in dashboard_queries() if not prometheus.query(expression)]
    # Only these may have nothing to show while all is well.
    assert set(empty) <= {"Error replies of nodes"}
