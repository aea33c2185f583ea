"""The order of one connection's commands on different keys."""
from harness.slots import key_in
from harness.wait import until


def test_strict_ordering_waits_for_the_answer_of_another_node(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    strict = slotway(cluster.seeds, config="listeners: [{bind: '127.0.0.1:PORT', ordering: strict}]\n", listen=())
    by_key = slotway(cluster.seeds)
    slow, fast = cluster.owner_of(1), cluster.owner_of(16000)
    with strict.connect() as one, by_key.connect() as other:
        for client, name in ((one, "strict"), (other, "by key")):
            for slot in (1, 16000):
                assert client.call("SET", key_in(slot, name), 0) == b"OK"
        slow.pause()
        try:
            for client, name in ((one, "strict"), (other, "by key")):
                for slot in (1, 16000):
                    client.send("SET", key_in(slot, name), 1)
            until(lambda: fast.call("GET", key_in(16000, "by key")) == b"1", "the later one to overtake")
            assert fast.call("GET", key_in(16000, "strict")) == b"0"
        finally:
            slow.resume()
        assert [one.read(), one.read(), other.read(), other.read()] == [b"OK"] * 4
        assert fast.call("GET", key_in(16000, "strict")) == b"1"
