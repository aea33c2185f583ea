"""What an operator sees: /healthz, /readyz, /metrics, scraped by a real Prometheus."""
import json
import shutil
import subprocess
import urllib.parse
import urllib.request

import pytest

from harness.ports import free_port
from harness.slots import key_in, spread_keys
from harness.wait import until


def test_healthz_and_readyz(proxy):
    assert proxy.http("/healthz")[0] == 200
    assert proxy.http("/readyz")[0] == 200
    assert proxy.http("/nosuch")[0] == 404


def test_metrics_satisfy_promtool(proxy, raw):
    raw.pipeline([("SET", "k", 1), ("GET", "k"), ("MGET", "a", "b"), ("nosuch",), ("DBSIZE",)])
    page = proxy.http("/metrics")[1]
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout + done.stderr == "", "promtool has something to say"


def test_names_and_buckets(proxy, raw):
    raw.call("GET", "k")
    buckets = {}
    for name, labels, _ in proxy.samples():
        assert name.startswith("slotway_"), name
        if name.endswith("_bucket"):
            rest = tuple(sorted(item for item in labels.items() if item[0] != "le"))
            buckets[(name, rest)] = buckets.get((name, rest), 0) + 1
    assert buckets
    assert max(buckets.values()) <= 12 + 1, "at most 12 buckets, and +Inf"


def test_commands_are_counted_once_seen(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds)
    counted = {labels["command"] for _, labels, _ in proxy.samples() if "command" in labels}
    assert "get" not in counted, "only commands that were seen"
    with proxy.connect() as client:
        client.pipeline([("GET", "k")] * 7 + [("set", "k", 1)] * 3 + [("ECHO", "x")])
    assert proxy.metric("slotway_request_duration_seconds_count", command="get") == 7
    assert proxy.metric("slotway_request_duration_seconds_count", command="set") == 3
    assert proxy.metric("slotway_bytes_total", direction="client_in") > 0
    assert proxy.metric("slotway_bytes_total", direction="upstream_out") > 0


def test_error_replies_are_counted_by_their_first_word(proxy, raw):
    before = proxy.metric("slotway_error_replies_total", **{"class": "WRONGTYPE"})
    raw.call("RPUSH", "list", 1)
    raw.call("GET", "list")
    assert proxy.metric("slotway_error_replies_total", **{"class": "WRONGTYPE"}) == before + 1


def test_topology_gauges(proxy):
    assert proxy.metric("slotway_slots_uncovered") == 0
    assert proxy.metric("slotway_topology_epoch") >= 6
    assert proxy.metric("slotway_topology_refreshes_total") >= 1
    assert 0 <= proxy.metric("slotway_topology_age_seconds") < 600


@pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus here")
def test_a_real_prometheus_scrapes_us(cluster, proxy, raw, tmp_path):
    raw.pipeline([("SET", key, 1) for key in spread_keys(30, "scraped")])
    raw.call("GET", key_in(1))
    port = free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
                      "scrape_configs:\n"
                      "  - job_name: slotway\n"
                      f"    static_configs: [{{targets: ['127.0.0.1:{proxy.admin_port}']}}]\n")
    with open(tmp_path / "log", "wb") as log:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ask(expression):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(url, timeout=5) as answer:
            return [float(row["value"][1]) for row in json.load(answer)["data"]["result"]]

    try:
        until(lambda: ask("up{job='slotway'}") == [1], "the target to be up")
        until(lambda: ask("slotway_slots_uncovered") == [0], "a gauge")
        until(lambda: sum(ask("slotway_request_duration_seconds_count{command='set'}")) >= 30, "a counter")
    finally:
        prometheus.terminate()
        prometheus.wait(30)
