"""Publish and subscribe over planned failovers: whoever was master becomes a replica, and back again."""
import time

import pytest

from harness.slot_move import SlotMove
from harness.slots import slot_of
from harness.wait import PATIENCE_S, until


class Speaker:
    """Publishes numbers, one after another."""

    def __init__(self, connection, command):
        self.connection, self.command, self.sent = connection, command, 0

    def say(self):
        self.sent += 1
        return self.connection.call(self.command, "news", f"{self.sent - 1}")


def replicas(cluster):
    return {node.port for node in cluster.replicas()}


def replace(cluster, old, speaker):
    """The replica of `old` takes over while the speaker speaks."""
    [new] = cluster.replicas(old)
    assert new.call("CLUSTER", "FAILOVER") == b"OK"
    replaced = False
    deadline = time.monotonic() + PATIENCE_S
    while not replaced:
        assert time.monotonic() < deadline
        replaced = new.call("ROLE")[0] == b"master" and old.call("ROLE")[0] == b"slave"
        speaker.say()
    until(lambda: all(("slave" in row["flags"]) == (row["master"] != "-") == (row["port"] in replicas(cluster))
                      for node in cluster.nodes for row in cluster.view(node)), "the cluster to agree")
    # Requests are redirected, so the proxy hears of it.
    for key in range(20):
        speaker.connection.call("SET", f"key:{key}", "x")


def settle(speaker):
    """The numbers of a few more, while nothing changes."""
    numbers = list(range(speaker.sent, speaker.sent + 20))
    for _ in numbers:
        speaker.say()
    return numbers


def heard(listener, last):
    """The kinds and numbers of all messages up to the last one."""
    got = [listener.read()]
    while got[-1][-1] != b"%d" % last:
        got.append(listener.read())
    return {frame[0] for frame in got}, [int(frame[-1]) for frame in got]


@pytest.mark.parametrize("subscribe, topic, kind", [("SUBSCRIBE", "news", b"message"), ("PSUBSCRIBE", "n*", b"pmessage"),
                                                    ("PSUBSCRIBE", "*", b"pmessage")])
def test_nothing_is_lost_or_comes_twice_or_late(slotway, fresh_cluster, subscribe, topic, kind):
    cluster = fresh_cluster(masters=2, replicas=1)
    served = slotway(cluster.seeds, args=["--workers", "1"])
    with served.connect() as listener, served.connect() as connection:
        listener.call(subscribe, topic)
        speaker = Speaker(connection, "PUBLISH")
        for _ in range(2):
            for old in cluster.masters():
                replace(cluster, old, speaker)
        for _ in range(5):
            assert speaker.say() == 1
        kinds, numbers = heard(listener, speaker.sent - 1)
        assert kinds == {kind}
        assert numbers == list(range(speaker.sent))
        assert served.metric("slotway_pubsub_gaps_total") == 0


def test_a_shard_channel_is_heard_once_at_the_new_owner(slotway, fresh_cluster):
    cluster = fresh_cluster(masters=2, replicas=1)
    served = slotway(cluster.seeds, args=["--workers", "1"])
    settled = []
    with served.connect() as listener, served.connect() as connection:
        listener.call("SSUBSCRIBE", "news")
        speaker = Speaker(connection, "SPUBLISH")
        for _ in range(2):
            old = cluster.owner("news")
            replace(cluster, old, speaker)
            until(lambda: cluster.owner("news").call("PUBSUB", "SHARDNUMSUB", "news")[1] == 1, "it to stand again")
            until(lambda: old.call("PUBSUB", "SHARDNUMSUB", "news")[1] == 0, "the old owner to be left")
            settled += settle(speaker)
        kinds, numbers = heard(listener, speaker.sent - 1)
        assert kinds == {b"smessage"}
        assert len(numbers) == len(set(numbers))
        # What the old owner took as it was replaced may come late.
        assert [number for number in numbers if number in settled] == settled
        assert served.metric("slotway_pubsub_gaps_total") > 0


def test_a_shard_channel_is_heard_once_while_its_slot_moves(slotway, fresh_cluster):
    cluster = fresh_cluster(masters=2, replicas=0)
    served = slotway(cluster.seeds, args=["--workers", "1"])
    with served.connect() as listener, served.connect() as connection:
        listener.call("SSUBSCRIBE", "news")
        speaker = Speaker(connection, "SPUBLISH")
        for _ in range(3):
            settle(speaker)
            move = SlotMove(cluster, slot_of("news")).open()
            settle(speaker)
            move.close()
            until(lambda: speaker.say() == 1 and move.target.call("PUBSUB", "SHARDNUMSUB", "news")[1] == 1, "it to stand again")
        settled = settle(speaker)
        kinds, numbers = heard(listener, speaker.sent - 1)
        assert kinds == {b"smessage"}
        assert numbers == sorted(set(numbers))
        assert numbers[-len(settled):] == settled
        lost = speaker.sent - len(numbers)
        assert lost == 0 or served.metric("slotway_pubsub_gaps_total") > 0
