"""Publish and subscribe while nodes fail and slots move; keyspace events of all masters."""
import time

import pytest

from harness.resp import Connection
from harness.slot_move import SlotMove
from harness.slots import slot_of
from harness.wait import until


def message(channel, text):
    return [b"message", channel.encode(), text.encode()]


def hub_node(cluster, channel):
    """The node at which the proxy hears this channel."""
    return until(lambda: next((node for node in cluster.masters() if node.call("PUBSUB", "NUMSUB", channel)[1] > 0), None),
                 f"a node at which {channel} is subscribed")


def probe(speaker, command, channel, count):
    """The other workers hear a moment later that a link of ours is among a node's subscribers again; from then on the
    numbers are right."""
    until(lambda: speaker.call(command, channel, "probe") == count, f"{count} receivers")


def read_past_probes(connection):
    while (frame := connection.read())[-1] == b"probe":
        pass
    return frame


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def workers(request):
    return ["--workers", str(request.param)]


def test_the_node_of_ordinary_channels_dies(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3, replicas=1)
    served = slotway(cluster.seeds, args=workers)
    with served.connect() as listener, served.connect() as patterns:
        listener.call("SUBSCRIBE", "news")
        patterns.call("PSUBSCRIBE", "new*")
        node = hub_node(cluster, "news")
        other = next(master for master in cluster.masters() if master is not node)
        node.kill()
        # Another master has the messages too, long before the failover.
        until(lambda: any(master.call("PUBSUB", "NUMSUB", "news")[1] > 0 and master.call("PUBSUB", "NUMPAT") > 0
                          for master in cluster.masters()), "it to be heard elsewhere")
        until(lambda: served.metric("slotway_pubsub_resubscriptions_total") >= 2, "both to stand again")
        other.call("PUBLISH", "news", "after")
        assert listener.read() == message("news", "after")
        assert patterns.read() == [b"pmessage", b"new*", b"news", b"after"]
        assert served.metric("slotway_pubsub_gaps_total") >= 2
        assert listener.call("PING") == [b"pong", b""]
        # Through the proxy it goes on when the cluster has a master in its place.
        with served.connect() as speaker:
            probe(speaker, "PUBLISH", "news", 2)
            assert speaker.call("PUBLISH", "news", "x") == 2
        assert read_past_probes(listener) == message("news", "x")


def test_the_node_of_ordinary_channels_hangs(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3)
    served = slotway(cluster.seeds, args=workers)
    with served.connect() as listener:
        listener.call("SUBSCRIBE", "news")
        node = hub_node(cluster, "news")
        others = [master for master in cluster.masters() if master is not node]
        node.pause()
        try:
            until(lambda: any(other.call("PUBSUB", "NUMSUB", "news")[1] > 0 for other in others), "it to be heard elsewhere")
            until(lambda: served.metric("slotway_pubsub_resubscriptions_total") >= 1, "it to stand again")
            others[0].call("PUBLISH", "news", "after")
            assert listener.read() == message("news", "after")
        finally:
            node.resume()


def test_a_subscription_connection_is_lost(slotway, cluster, workers):
    served = slotway(cluster.seeds[:2], args=workers)
    with served.connect() as listener, served.connect() as speaker:
        listener.call("SUBSCRIBE", "news")
        for _ in range(3):
            before = served.metric("slotway_pubsub_resubscriptions_total")
            hub_node(cluster, "news").call("CLIENT", "KILL", "TYPE", "pubsub")
            until(lambda: served.metric("slotway_pubsub_resubscriptions_total") > before, "it to be subscribed anew")
            probe(speaker, "PUBLISH", "news", 1)
            assert speaker.call("PUBLISH", "news", "x") == 1
            assert read_past_probes(listener) == message("news", "x")
        assert served.metric("slotway_pubsub_gaps_total") == 3


def test_the_owner_of_a_shard_channel_dies(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3, replicas=1)
    served = slotway(cluster.seeds, args=workers)
    with served.connect() as listener, served.connect() as speaker:
        listener.call("SSUBSCRIBE", "shard")
        owner = cluster.owner("shard")
        owner.kill()
        until(lambda: any(node is not owner and node.call("PUBSUB", "SHARDNUMSUB", "shard")[1] > 0
                          for node in cluster.nodes if node.running()), "the new owner to be subscribed at")
        probe(speaker, "SPUBLISH", "shard", 1)
        assert speaker.call("SPUBLISH", "shard", "after") == 1
        assert read_past_probes(listener) == [b"smessage", b"shard", b"after"]


def test_a_shard_channels_slot_moves_under_its_subscribers(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3)
    served = slotway(cluster.seeds, args=workers)
    slot = slot_of("shard")
    with served.connect() as listener, served.connect() as speaker, served.connect() as other:
        listener.call("SSUBSCRIBE", "shard")
        other.call("SSUBSCRIBE", "shard")
        for number in range(3):
            move = SlotMove(cluster, slot).open()
            links = move.source.call("PUBSUB", "SHARDNUMSUB", "shard")[1]
            assert speaker.call("SPUBLISH", "shard", f"during {number}") == 2
            move.close()
            cluster.wait_view(slot, move.target)
            until(lambda: move.target.call("PUBSUB", "SHARDNUMSUB", "shard")[1] == links,
                  "it to be subscribed at the new owner")
            probe(speaker, "SPUBLISH", "shard", 2)
            assert speaker.call("SPUBLISH", "shard", f"after {number}") == 2
            for client in (listener, other):
                assert client.read() == [b"smessage", b"shard", f"during {number}".encode()]
                assert read_past_probes(client) == [b"smessage", b"shard", f"after {number}".encode()]
            assert move.source.call("PUBSUB", "SHARDNUMSUB", "shard")[1] == 0


# --- keyspace events ---

@pytest.fixture
def noticing(cluster):
    for node in cluster.nodes:
        node.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    yield cluster
    for node in cluster.nodes:
        node.call("CONFIG", "SET", "notify-keyspace-events", "")


KEYS = [f"key:{number}" for number in range(60)]


@pytest.mark.parametrize("command, topic", [("SUBSCRIBE", "__keyevent@0__:set"), ("PSUBSCRIBE", "__keyevent@0__:s*"),
                                            ("PSUBSCRIBE", "*"), ("PSUBSCRIBE", "__key*@*:set")])
def test_events_of_all_masters_come_once_each(slotway, noticing, workers, command, topic):
    served = slotway(noticing.seeds[:2], args=workers)
    with served.connect() as listener, served.connect() as writer:
        assert listener.call(command, topic)[2] == 1
        for key in KEYS:
            writer.call("SET", key, "x")
        assert {noticing.owner(key).port for key in KEYS} == {node.port for node in noticing.masters()}
        assert writer.call("PUBLISH", "__keyevent@0__:set", "end") == 1
        events = []
        while (frame := listener.read())[-1] != b"end":
            if frame[-2] == b"__keyevent@0__:set":
                events.append(frame[-1].decode())
        # Order holds for each master; what was published may come before the last of another's events.
        deadline = time.monotonic() + 10
        while len(events) < len(KEYS) and time.monotonic() < deadline:
            frame = listener.read()
            if frame[-2] == b"__keyevent@0__:set":
                events.append(frame[-1].decode())
        assert sorted(events) == sorted(KEYS)


def test_a_pattern_for_everything_gets_messages_once_too(slotway, noticing, workers):
    served = slotway(noticing.seeds[:2], args=workers)
    with served.connect() as listener, served.connect() as speaker:
        listener.call("PSUBSCRIBE", "*")
        for number in range(20):
            assert speaker.call("PUBLISH", "news", f"{number}") == 1
            # Published by a client, under the name of an event.
            assert speaker.call("PUBLISH", f"__keyspace@0__:{KEYS[number]}", f"said {number}") == 1
        for master in noticing.masters():
            master.call("PUBLISH", "news", f"directly {master.port}")
        got = [listener.read() for _ in range(40 + 3)]
        assert sorted(frame[3] for frame in got if frame[2] == b"news") == sorted(
            [b"%d" % number for number in range(20)] + [b"directly %d" % master.port for master in noticing.masters()])
        assert sorted(frame[3] for frame in got if frame[2] != b"news") == sorted(b"said %d" % n for n in range(20))
        # Echoes would be passed on late.
        time.sleep(0.3)
        speaker.call("PUBLISH", "news", "end")
        assert listener.read()[3] == b"end"


def test_events_go_on_after_a_failover(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3, replicas=1, options={"notify-keyspace-events": "KEA"})
    served = slotway(cluster.seeds, args=workers)
    with served.connect() as listener, served.connect() as writer:
        listener.call("SUBSCRIBE", "__keyspace@0__:key:1")
        writer.call("SET", "key:1", "x")
        assert listener.read() == message("__keyspace@0__:key:1", "set")
        owner = cluster.owner("key:1")
        [replica] = cluster.replicas(owner)
        owner.kill()
        until(lambda: replica.call("PUBSUB", "NUMSUB", "__keyspace@0__:key:1")[1] > 0, "the new master to be subscribed at")
        writer.call("SET", "key:1", "y")
        assert listener.read() == message("__keyspace@0__:key:1", "set")


def test_events_go_on_after_a_slot_has_moved(slotway, fresh_cluster, workers):
    cluster = fresh_cluster(masters=3, options={"notify-keyspace-events": "KEA"})
    served = slotway(cluster.seeds, args=workers)
    key = "key:1"
    with served.connect() as listener:
        listener.call("SUBSCRIBE", f"__keyspace@0__:{key}")
        move = SlotMove(cluster, slot_of(key))
        move.run()
        cluster.wait_view(move.slot, move.target)
        # Nobody has told the proxy yet.
        with Connection(move.target.port) as direct:
            direct.call("SET", key, "x")
            direct.call("DEL", key)
        assert listener.read() == message(f"__keyspace@0__:{key}", "set")
        assert listener.read() == message(f"__keyspace@0__:{key}", "del")
