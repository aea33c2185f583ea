"""Job queues that were never meant for a cluster, unmodified: their workers wait for several queues at once, and their
transactions have keys in many slots."""
import os
import signal
import subprocess
import sys

import celery

from harness.wait import PATIENCE_S, until

APPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps")
SPLIT = "workers: 2\nlisteners: [{bind: '127.0.0.1:PORT', transactions: {cross_slot: split}}]\n"

sys.path.insert(0, APPS)
from celery_app import made  # noqa: E402


class Program:
    """One of the application's, until the end of the test."""

    def __init__(self, folder, name, proxy, *command):
        self.log_path = os.path.join(str(folder), f"{name}.log")
        environment = {**os.environ, "REDIS_URL": url_of(proxy), "PYTHONPATH": APPS,
                       "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, cwd=str(folder), env=environment, stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, start_new_session=True)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def url_of(proxy):
    return f"redis://127.0.0.1:{proxy.port}/0"


def celery_worker(folder, name, proxy):
    return Program(folder, name, proxy, sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", name, "-c", "2",
                   "-Q", "celery,slow", "-l", "info")


def sidekiq(folder, name, proxy):
    return Program(folder, name, proxy, "sidekiq", "-r", os.path.join(APPS, "sidekiq_app.rb"), "-q", "high", "-q", "default",
                   "-q", "low", "-c", "4")


def test_celery(cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds, config=SPLIT, listen=())
    app = made(url_of(proxy))
    with celery_worker(tmp_path, "one", proxy) as one, celery_worker(tmp_path, "two", proxy) as two:
        until(lambda: all("ready." in each.log() for each in (one, two)), "the workers to be ready")
        tasks = app.tasks
        added = [tasks["celery_app.add"].delay(number, number) for number in range(300)]
        retried = [tasks["celery_app.flaky"].delay(number) for number in range(20)]
        delayed = [tasks["celery_app.slow"].apply_async((number,), countdown=0.5) for number in range(20)]
        many = celery.group(tasks["celery_app.slow"].s(number) for number in range(50))()
        parts = [tasks["celery_app.add"].s(1000 + number, 1) for number in range(20)]
        chord = celery.chord(parts, tasks["celery_app.total"].s())()
        chain = celery.chain(tasks["celery_app.add"].s(2000, 1), tasks["celery_app.add"].s(1))()
        patience = {"timeout": PATIENCE_S}
        assert [each.get(**patience) for each in added] == [2 * number for number in range(300)]
        assert [each.get(**patience) for each in retried] == list(range(20))
        assert [each.get(**patience) for each in delayed] == list(range(20))
        assert many.get(**patience) == list(range(50))
        assert chord.get(**patience) == sum(1001 + number for number in range(20))
        assert chain.get(**patience) == 2002
        assert all(" succeeded in " in each.log() for each in (one, two)), "one of the workers has had nothing to do"
        assert not any("CROSSSLOT" in each.log() or "Traceback" in each.log().replace("Retry", "") for each in (one, two))
        with proxy.connect() as client:
            assert client.call("MGET", *(f"ran:{number}" for number in range(300))) == [b"1"] * 300
            assert client.call("EXISTS", "celery", "slow", "unacked", "unacked_index") == 0
    app.close()


def test_celery_is_told_what_it_lacks(cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds)
    with celery_worker(tmp_path, "one", proxy) as worker:
        until(lambda: "CROSSSLOT" in worker.log() and "set transactions.cross_slot to split" in worker.log(), "it to be told")


def test_sidekiq(cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds, config=SPLIT, listen=())
    with sidekiq(tmp_path, "one", proxy) as one, sidekiq(tmp_path, "two", proxy) as two:
        with proxy.connect() as client:
            until(lambda: client.call("SCARD", "processes") == 2, "the processes to be ready")
        with Program(tmp_path, "jobs", proxy, "ruby", os.path.join(APPS, "sidekiq_app.rb")) as jobs:
            jobs.process.wait(PATIENCE_S)
        lines = jobs.log().splitlines()
        assert lines[-3] == "each once" and lines[-1] == "[0, 0, 0]", jobs.log()
        assert all("class=Fast" in each.log() and "elapsed=" in each.log() for each in (one, two))
        assert not any("CROSSSLOT" in each.log() for each in (one, two))


def test_sidekiq_is_told_what_it_lacks(cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds)
    with sidekiq(tmp_path, "one", proxy) as worker:
        until(lambda: "CROSSSLOT" in worker.log() and "set transactions.cross_slot to split" in worker.log(), "it to be told")
