"""redis-py as a plain client judges: what applications do with one Redis they do through Slotway, unmodified. `decoded`
runs each with texts and with bytes, as applications choose."""
import threading
import time

import pytest
import redis
from redis.exceptions import LockError, LockNotOwnedError, NoScriptError, ResponseError, WatchError

from harness.slots import spread_keys
from harness.wait import PATIENCE_S, until

KEYS = spread_keys(30, "py")


@pytest.fixture(params=[True, False], ids=["texts", "bytes"])
def decoded(request):
    return request.param


@pytest.fixture
def client(proxy, decoded):
    with redis.Redis(port=proxy.port, decode_responses=decoded, socket_timeout=PATIENCE_S) as made:
        yield made


@pytest.fixture
def other(proxy):
    with redis.Redis(port=proxy.port, decode_responses=True, socket_timeout=PATIENCE_S) as made:
        yield made


@pytest.fixture
def text(decoded):
    """What a text looks like to this client."""
    return (lambda value: value) if decoded else (lambda value: value.encode())


# Pipelines: redis-py wraps them in MULTI and EXEC unless told otherwise.

def test_pipeline_is_a_transaction(client, text):
    with client.pipeline() as pipe:
        replies = pipe.set("{t}a", 1).incr("{t}a").get("{t}a").rpush("{t}l", "x", "y").lrange("{t}l", 0, -1).execute()
    assert replies == [True, 2, text("2"), 2, [text("x"), text("y")]]


def test_pipeline_without_transaction_spans_slots(client, text):
    with client.pipeline(transaction=False) as pipe:
        for number, key in enumerate(KEYS):
            pipe.set(key, number).get(key)
        pipe.mget(KEYS)
        replies = pipe.execute()
    assert replies[:-1] == [value for number in range(len(KEYS)) for value in (True, text(str(number)))]
    assert replies[-1] == [text(str(number)) for number in range(len(KEYS))]


def test_error_within_a_transaction(client, text):
    client.set("{t}text", "abc")
    with client.pipeline() as pipe:
        replies = pipe.incr("{t}text").append("{t}text", "d").get("{t}text").execute(raise_on_error=False)
        assert isinstance(replies[0], ResponseError) and replies[1:] == [4, text("abcd")]
        with pytest.raises(ResponseError, match=r"Command # 1 \(INCRBY \{t\}text 1\) of pipeline caused error"):
            pipe.incr("{t}text").get("{t}text").execute()


def test_a_transaction_that_is_refused_when_queued(client):
    with client.pipeline() as pipe:
        pipe.set("{t}a", 1).execute_command("NOSUCH", "x")
        with pytest.raises(ResponseError, match="Command # 2 .* unknown command"):
            pipe.execute()
    assert client.get("{t}a") is None


def test_watch_sees_another_client(client, other, text):
    client.set("{t}w", 1)
    with client.pipeline() as pipe:
        pipe.watch("{t}w")
        assert pipe.get("{t}w") == text("1")
        other.set("{t}w", 2)
        pipe.multi()
        pipe.set("{t}w", 3)
        with pytest.raises(WatchError):
            pipe.execute()
    assert client.get("{t}w") == text("2")


def test_optimistic_counting_by_many(proxy):
    """The transaction() helper: WATCH, read, MULTI, write, again when another was quicker. No increment is lost."""
    def add_one(pipe):
        value = int(pipe.get("{t}n") or 0)
        pipe.multi()
        pipe.set("{t}n", value + 1)

    def work():
        with redis.Redis(port=proxy.port, socket_timeout=PATIENCE_S) as mine:
            for _ in range(20):
                mine.transaction(add_one, "{t}n")

    in_threads([work] * 4)
    with redis.Redis(port=proxy.port) as mine:
        assert mine.get("{t}n") == b"80"


# Locks: SET NX with an expiry, and scripts to extend and release.

def test_lock(client, other):
    with client.lock("the-lock", timeout=30) as lock:
        assert lock.locked() and lock.owned()
        assert not other.lock("the-lock", blocking=False).acquire()
        assert lock.extend(100) and 100 < client.ttl("the-lock") <= 130
        assert lock.reacquire() and client.ttl("the-lock") <= 30
    assert not client.exists("the-lock")
    assert other.lock("the-lock", timeout=10).acquire(blocking=False)


def test_lock_lost(client):
    lock = client.lock("lost", timeout=30)
    assert lock.acquire()
    client.delete("lost")
    with pytest.raises(LockNotOwnedError):
        lock.release()
    with pytest.raises(LockError):
        client.lock("never", timeout=1).release()


def test_lock_is_waited_for(client, other):
    held = client.lock("waited", timeout=60)
    assert held.acquire()
    got = []
    wanted = other.lock("waited", timeout=60, sleep=0.01)
    waiting = threading.Thread(target=lambda: got.append(wanted.acquire(blocking_timeout=PATIENCE_S)))
    waiting.start()
    held.release()
    waiting.join(PATIENCE_S)
    assert got == [True]


# Scripts.

def test_register_script(client, text):
    bump = client.register_script("redis.call('INCRBY', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])")
    for number, key in enumerate(KEYS):
        assert bump(keys=[key], args=[number]) == text(str(number))
    assert client.script_exists(bump.sha) == [True]


def test_register_script_after_flush(client):
    one = client.register_script("return 41 + 1")
    assert one() == 42
    client.script_flush()
    assert client.script_exists(one.sha) == [False]
    with pytest.raises(NoScriptError):
        client.evalsha(one.sha, 0)
    assert one() == 42, "redis-py loads it again"


def test_scripts_in_a_transaction(client, text):
    swap = client.register_script("local old = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return old")
    with client.pipeline() as pipe:
        pipe.set("{t}s", "first")
        swap(keys=["{t}s"], args=["second"], client=pipe)
        pipe.get("{t}s")
        assert pipe.execute() == [True, text("first"), text("second")]


def test_eval(client, text):
    assert client.eval("return {KEYS[1], ARGV[1], 7, false}", 1, "k", "v") == [text("k"), text("v"), 7, None]
    with pytest.raises(ResponseError, match="my own words"):
        client.eval("return redis.error_reply('my own words')", 0)


# The whole keyspace.

def test_scan_iter(client, text):
    wanted = {text(f"scan:{number}") for number in range(500)}
    client.mset({f"scan:{number}": number for number in range(500)} | {"another": 1})
    assert set(client.scan_iter(match="scan:*", count=50)) == wanted
    client.rpush("scan:list", 1)
    assert list(client.scan_iter(_type="list")) == [text("scan:list")]
    assert set(client.keys("scan:*")) == wanted | {text("scan:list")}
    assert client.dbsize() == 502
    assert client.randomkey()


def test_other_scans(client, text):
    client.hset("h", mapping={f"f{number}": number for number in range(600)})
    client.sadd("s", *range(600))
    client.zadd("z", {f"m{number}": number for number in range(600)})
    assert dict(client.hscan_iter("h", count=50)) == {text(f"f{number}"): text(str(number)) for number in range(600)}
    assert set(client.sscan_iter("s", count=50)) == {text(str(number)) for number in range(600)}
    assert dict(client.zscan_iter("z", count=50)) == {text(f"m{number}"): float(number) for number in range(600)}


# Messages.

def messages(pubsub, count):
    """So many, whatever time they take."""
    got = []

    def enough():
        message = pubsub.get_message(timeout=0.1)
        got.extend([message] if message else [])
        return len(got) >= count

    until(enough, f"{count} messages")
    return got


def test_pubsub(client, other, text):
    with client.pubsub() as pubsub:
        pubsub.subscribe("news", "weather")
        pubsub.psubscribe("ne*")
        begun = [(m["type"], m["data"]) for m in messages(pubsub, 3)]
        assert begun == [("subscribe", 1), ("subscribe", 2), ("psubscribe", 3)]
        assert other.publish("news", "hello") == 2
        assert other.publish("weather", "rain") == 1
        got = sorted((m["type"], m["channel"], m["data"]) for m in messages(pubsub, 3))
        assert got == [("message", text("news"), text("hello")), ("message", text("weather"), text("rain")),
                       ("pmessage", text("news"), text("hello"))]
        assert other.pubsub_numsub("news", "none") == [("news", 1), ("none", 0)]
        assert set(other.pubsub_channels()) == {"news", "weather"} and other.pubsub_numpat() == 1
        pubsub.unsubscribe()
        pubsub.punsubscribe()
        assert [m["data"] for m in messages(pubsub, 3)][-1] == 0
    until(lambda: other.publish("news", "nobody") == 0, "no subscriber to be left")


def test_pubsub_in_a_thread(client, other, text):
    heard = []
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(**{"jobs": lambda message: heard.append(message["data"])})
        worker = pubsub.run_in_thread(sleep_time=0.01, daemon=True)
        until(lambda: other.publish("jobs", "probe") == 1, "the subscription")
        for number in range(100):
            other.publish("jobs", number)
        until(lambda: text("99") in heard, "the last message")
        worker.stop()
        worker.join(PATIENCE_S)
    assert [each for each in heard if each != text("probe")] == [text(str(number)) for number in range(100)]


# Streams and queues.

def test_consumer_groups(client, other, text):
    for number in range(4):
        client.xadd("orders", {"n": number}, id=f"{number + 1}-1")
    assert client.xgroup_create("orders", "shop", id="0")
    with pytest.raises(ResponseError, match="BUSYGROUP"):
        client.xgroup_create("orders", "shop")
    [[stream, first]] = client.xreadgroup("shop", "ada", {"orders": ">"}, count=3, block=1000)
    assert stream == text("orders") and [entry for entry, _ in first] == [text("1-1"), text("2-1"), text("3-1")]
    assert first[0][1] == {text("n"): text("0")}
    assert client.xack("orders", "shop", "1-1") == 1
    assert client.xpending("orders", "shop")["pending"] == 2
    left = client.xpending_range("orders", "shop", "-", "+", 10)
    assert [row["message_id"] for row in left] == [text("2-1"), text("3-1")]
    assert [entry for entry, _ in other.xclaim("orders", "shop", "bob", 0, ["2-1"])] == ["2-1"]
    assert other.xautoclaim("orders", "shop", "bob", 0, justid=True) == ["2-1", "3-1"]
    assert {row["name"]: row["pending"] for row in other.xinfo_consumers("orders", "shop")} == {"ada": 0, "bob": 2}
    assert other.xinfo_groups("orders")[0]["last-delivered-id"] == "3-1"


def test_consumers_that_wait(proxy, client):
    """Three consumers block on one group; every entry reaches one of them, once."""
    client.xgroup_create("{q}jobs", "workers", id="$", mkstream=True)
    done, lock = [], threading.Lock()

    def work(name):
        with redis.Redis(port=proxy.port, decode_responses=True, socket_timeout=PATIENCE_S) as mine:
            while True:
                for _, entries in mine.xreadgroup("workers", name, {"{q}jobs": ">"}, count=5, block=2000):
                    for entry, fields in entries:
                        mine.xack("{q}jobs", "workers", entry)
                        if fields["n"] == "stop":
                            return
                        with lock:
                            done.append(int(fields["n"]))

    def feed():
        for number in range(60):
            client.xadd("{q}jobs", {"n": number})
        until(lambda: len(done) == 60, "all work to be done")
        for _ in range(3):
            taken = client.xinfo_groups("{q}jobs")[0]["pending"]
            client.xadd("{q}jobs", {"n": "stop"})
            until(lambda: client.xinfo_groups("{q}jobs")[0]["pending"] == taken, "one worker to stop")

    in_threads([lambda name=name: work(name) for name in ("a", "b", "c")] + [feed])
    assert sorted(done) == list(range(60))


def test_blocking_queue(client, other, text):
    popped = []
    waiting = threading.Thread(target=lambda: popped.append(client.blpop(["{q}a", "{q}b"], timeout=PATIENCE_S)))
    waiting.start()
    other.rpush("{q}b", "job")
    waiting.join(PATIENCE_S)
    assert popped == [(text("{q}b"), text("job"))]
    assert client.brpop("{q}none", timeout=0.05) is None
    other.rpush("{q}src", "x")
    assert client.blmove("{q}src", "{q}dst", 1) == text("x")
    other.zadd("{q}z", {"m": 1})
    assert client.bzpopmin("{q}z", timeout=1) == (text("{q}z"), text("m"), 1.0)


# Connections.

def test_pools_under_threads(proxy, decoded):
    pool = redis.BlockingConnectionPool(port=proxy.port, max_connections=4, timeout=PATIENCE_S, decode_responses=decoded,
                                        socket_timeout=PATIENCE_S)

    def work(me):
        mine = redis.Redis(connection_pool=pool)
        for number in range(100):
            with mine.pipeline() as pipe:
                replies = pipe.set(f"{{{me}}}k", number).get(f"{{{me}}}k").execute()
            assert replies == [True, str(number) if decoded else b"%d" % number]

    in_threads([lambda me=me: work(me) for me in range(12)])
    pool.disconnect()


def test_one_connection_client(proxy):
    with redis.Redis(port=proxy.port, single_connection_client=True, decode_responses=True, client_name="me") as single:
        assert single.client_getname() == "me"
        with single.pipeline() as pipe:
            pipe.watch("{t}x")
            pipe.multi()
            assert pipe.set("{t}x", 1).execute() == [True]
        assert single.get("{t}x") == "1"


def test_from_url(proxy):
    with redis.from_url(f"redis://127.0.0.1:{proxy.port}/0?socket_timeout={PATIENCE_S}", decode_responses=True) as client:
        assert client.ping() and client.set("url", "x") and client.getdel("url") == "x"


def test_what_applications_ask_the_server(client):
    assert client.info()["redis_version"].startswith("7.")
    assert client.info("server")["redis_mode"] == "standalone"
    assert "maxmemory-policy" in client.config_get("maxmemory-policy")
    assert client.time()[0] > 1_500_000_000
    assert client.command_count() > 200
    assert client.role()[0] in ("master", b"master")


def in_threads(tasks):
    """All at once, and none may fail."""
    errors = []

    def run(task):
        try:
            task()
        except BaseException as error:  # told to the test, whatever it is
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 3 * PATIENCE_S
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    assert not errors, errors[:3]
    assert not any(thread.is_alive() for thread in threads), "one waits for what never comes"
