"""redis-py's pub/sub as applications use it, on a proxy with two workers."""
import threading
import time

import pytest
import redis

from harness.wait import until


@pytest.fixture
def client(slotway, cluster):
    served = slotway(cluster.seeds[:2], args=["--workers", "2"])
    with redis.Redis(port=served.port, decode_responses=True, socket_timeout=30) as made:
        yield made


def next_message(pubsub):
    return until(lambda: pubsub.get_message(timeout=1), "a message")


def told(kind, channel, data, pattern=None):
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}


def test_get_message(client):
    pubsub = client.pubsub()
    pubsub.subscribe("news", "weather")
    assert next_message(pubsub) == told("subscribe", "news", 1)
    assert next_message(pubsub) == told("subscribe", "weather", 2)
    assert pubsub.get_message(timeout=0.01) is None
    assert client.publish("news", "x") == 1
    assert next_message(pubsub) == told("message", "news", "x")
    pubsub.unsubscribe("news")
    assert next_message(pubsub) == told("unsubscribe", "news", 1)
    assert client.publish("news", "x") == 0
    pubsub.unsubscribe()
    assert next_message(pubsub) == told("unsubscribe", "weather", 0)
    assert not pubsub.subscribed
    pubsub.close()


def test_listen_ends_with_the_last_unsubscribe(client):
    pubsub = client.pubsub()
    pubsub.subscribe("news")
    pubsub.psubscribe("n*")
    seen = []
    for item in pubsub.listen():
        seen.append(item["type"])
        if item["type"] == "psubscribe":
            assert client.publish("news", "x") == 2
        if item["type"] == "pmessage":
            assert item == told("pmessage", "news", "x", "n*")
            pubsub.unsubscribe()
            pubsub.punsubscribe()
    assert seen[:2] == ["subscribe", "psubscribe"] and sorted(seen[2:4]) == ["message", "pmessage"]
    assert seen[4:] == ["unsubscribe", "punsubscribe"]


def test_handlers_and_ignored_confirmations(client):
    heard = []
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(news=heard.append)
    pubsub.psubscribe(**{"w*": heard.append})
    until(lambda: client.pubsub_numsub("news") == [("news", 1)] and client.pubsub_numpat() == 1, "both to stand")
    client.publish("news", "x")
    client.publish("weather", "y")

    def both():
        assert pubsub.get_message(timeout=0.1) is None
        return len(heard) == 2
    until(both, "both handlers to be called")
    assert {item["data"] for item in heard} == {"x", "y"}
    pubsub.close()


def test_run_in_thread(client):
    heard = threading.Event()
    pubsub = client.pubsub()
    pubsub.subscribe(news=lambda item: heard.set())
    thread = pubsub.run_in_thread(sleep_time=0.01)
    try:
        until(lambda: client.publish("news", "x") == 1, "the thread to be subscribed")
        assert heard.wait(10)
    finally:
        thread.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_health_checks_while_subscribed(slotway, cluster):
    served = slotway(cluster.seeds[:2])
    with redis.Redis(port=served.port, health_check_interval=1, socket_timeout=30) as client:
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe("news")
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            assert pubsub.get_message(timeout=0.1) is None
        client.publish("news", "x")
        assert next_message(pubsub)["data"] == b"x"


def test_introspection(client):
    pubsub = client.pubsub()
    pubsub.subscribe("a", "b")
    for _ in range(2):
        next_message(pubsub)
    assert sorted(client.pubsub_channels()) == ["a", "b"]
    assert client.pubsub_channels("a*") == ["a"]
    assert client.pubsub_numsub("a", "c") == [("a", 1), ("c", 0)]
    assert client.pubsub_numpat() == 0
    pubsub.reset()
    until(lambda: client.pubsub_channels() == [], "its connection to be gone")


def test_binary_messages(slotway, cluster):
    served = slotway(cluster.seeds[:2])
    with redis.Redis(port=served.port, socket_timeout=30) as client:
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        channel = bytes(range(256))
        pubsub.subscribe(channel)
        until(lambda: client.publish(channel, b"\x00\r\n$-1\r\n" * 100000) == 1, "it to be subscribed")
        item = next_message(pubsub)
        assert item["channel"] == channel and item["data"] == b"\x00\r\n$-1\r\n" * 100000
