"""Job queues that were never meant for a cluster, unmodified: their workers wait for several queues at once, and their
transactions have keys in many slots."""
import datetime
import os
import sys

import celery
import pytest
import redis
import rq

from harness.program import APPS, Program, url_of
from harness.wait import PATIENCE_S, until

TAGGED = "workers: 2\nlisteners: [{bind: '127.0.0.1:PORT', keyspace: {hash_tag: app1}}]\n"
SPLIT = "workers: 2\nlisteners: [{bind: '127.0.0.1:PORT', transactions: {cross_slot: split}}]\n"

sys.path.insert(0, APPS)
import rq_jobs  # noqa: E402
from celery_app import made  # noqa: E402


def celery_worker(folder, name, proxy):
    return Program(folder, name, proxy, sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", name, "-c", "2",
                   "-Q", "celery,slow", "-l", "info")


def sidekiq(folder, name, proxy):
    return Program(folder, name, proxy, "sidekiq", "-r", os.path.join(APPS, "sidekiq_app.rb"), "-q", "high", "-q", "default",
                   "-q", "low", "-c", "4")


@pytest.mark.parametrize("config", [SPLIT, TAGGED], ids=["split", "hash tag"])
def test_celery(config, cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds, config=config, listen=())
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
        until(lambda: "CROSSSLOT" in worker.log() and "or transactions.cross_slot to split" in worker.log(), "it to be told")


@pytest.mark.parametrize("config", [SPLIT, TAGGED], ids=["split", "hash tag"])
def test_sidekiq(config, cluster, slotway, tmp_path):
    proxy = slotway(cluster.seeds, config=config, listen=())
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
        until(lambda: "CROSSSLOT" in worker.log() and "or transactions.cross_slot to split" in worker.log(), "it to be told")


def rq_worker(folder, name, proxy):
    return Program(folder, name, proxy, "rq", "worker", "high", "default", "--url", url_of(proxy), "--with-scheduler")


def test_rq(cluster, slotway, tmp_path):
    """It watches and changes keys of many slots in one transaction."""
    proxy = slotway(cluster.seeds, config=TAGGED, listen=())
    with redis.Redis.from_url(url_of(proxy)) as connection:
        default, high = rq.Queue("default", connection=connection), rq.Queue("high", connection=connection)
        jobs = [(high, default)[number % 2].enqueue(rq_jobs.add, number, number) for number in range(100)]
        jobs += [default.enqueue(rq_jobs.flaky, number, retry=rq.Retry(max=3)) for number in range(10)]
        jobs += [default.enqueue_in(datetime.timedelta(seconds=1), rq_jobs.add, 1000 + number, 1) for number in range(10)]
        jobs.append(default.enqueue(rq_jobs.add, 2000, 1, depends_on=jobs[:5]))
        with rq_worker(tmp_path, "one", proxy) as one, rq_worker(tmp_path, "two", proxy) as two:
            until(lambda: all(job.get_status(refresh=True) == "finished" for job in jobs), "the jobs to be done")
            assert all("Job OK" in each.log() for each in (one, two)), "one of the workers has had nothing to do"
            assert not any("CROSSSLOT" in each.log() for each in (one, two))
        results = [2 * number for number in range(100)] + list(range(10)) + [1001 + number for number in range(10)] + [2001]
        assert [job.result for job in jobs] == results
        assert connection.mget(*(f"ran:{number}" for number in range(100))) == [b"1"] * 100
        assert connection.mget(*(f"tries:{number}" for number in range(10))) == [b"3"] * 10


def test_rq_is_told_what_it_lacks(cluster, slotway):
    proxy = slotway(cluster.seeds)
    with redis.Redis.from_url(url_of(proxy)) as connection:
        with pytest.raises(redis.ResponseError, match="CROSSSLOT .* set keyspace.hash_tag"):
            rq.Queue("default", connection=connection).enqueue(rq_jobs.add, 1, 2)
