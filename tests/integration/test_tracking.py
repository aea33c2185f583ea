"""CLIENT TRACKING through the proxy: what one Redis tells a client of the keys that it has read, and when."""
import hashlib

import pytest

from harness.resp import Err, Push, encode
from harness.slots import slot_of
from harness.wait import until


@pytest.fixture
def tracker(proxy):
    with proxy.connect() as connection:
        connection.call("HELLO", 3)
        yield connection


def keys_told(connection, count):
    """The keys of the next pushes, until so many have come."""
    keys = []
    while len(keys) < count:
        push = connection.read_push()
        assert push[0] == b"invalidate", push
        keys += push[1]
    return sorted(keys)


def nothing_told(connection):
    """A round trip over every master brings no push."""
    connection.call("DBSIZE")
    connection.call("PING")
    return connection.pushes == []


ERRORS = """
    CLIENT TRACKING ON REDIRECT 999999 | CLIENT TRACKING ON REDIRECT x | CLIENT TRACKING ON REDIRECT 0 | CLIENT TRACKING ON REDIRECT
    CLIENT TRACKING ON PREFIX a | CLIENT TRACKING ON OPTIN OPTOUT | CLIENT TRACKING ON BCAST OPTIN | CLIENT TRACKING ON FOO
    CLIENT TRACKING MAYBE | CLIENT TRACKING MAYBE BCAST | CLIENT TRACKING ON BCAST PREFIX | CLIENT TRACKING OFF FOO
    CLIENT TRACKING ON BCAST PREFIX a PREFIX ab | CLIENT TRACKING OFF | CLIENT TRACKINGINFO | CLIENT GETREDIR | CLIENT CACHING YES
    CLIENT TRACKING ON | CLIENT TRACKINGINFO | CLIENT GETREDIR | CLIENT CACHING YES | CLIENT CACHING NO | CLIENT CACHING x
    CLIENT TRACKING ON BCAST | CLIENT TRACKING ON OPTIN | CLIENT CACHING NO | CLIENT CACHING YES | CLIENT TRACKINGINFO
    CLIENT TRACKINGINFO | PING | CLIENT TRACKINGINFO | CLIENT CACHING YES | NOSUCH | CLIENT TRACKINGINFO
    CLIENT TRACKING ON OPTOUT | CLIENT TRACKING OFF | CLIENT TRACKING ON OPTOUT NOLOOP
    CLIENT CACHING NO | CLIENT TRACKINGINFO | CLIENT TRACKING OFF | CLIENT TRACKING ON BCAST PREFIX b PREFIX a
    CLIENT TRACKING ON BCAST PREFIX c | CLIENT TRACKINGINFO | CLIENT TRACKING ON BCAST PREFIX ax | CLIENT TRACKING ON
    CLIENT TRACKING OFF | CLIENT TRACKING ON BCAST NOLOOP | CLIENT TRACKINGINFO | CLIENT TRACKING ON BCAST PREFIX x
    HELLO | RESET | CLIENT TRACKINGINFO | CLIENT TRACKING ON | CLIENT TRACKINGINFO | CLIENT CACHING | CLIENT TRACKING
"""


@pytest.mark.parametrize("version", [2, 3])
def test_answers_are_the_servers(version, raw, plain):
    for each in (raw, plain):
        each.call("HELLO", version)
    for command in [text.split() for line in ERRORS.splitlines() for text in line.split("|") if text.split()]:
        if command == ["HELLO"]:
            continue
        assert raw.raw(*command) == plain.raw(*command), command


def test_keys_that_were_read_and_no_others(tracker, raw):
    assert tracker.call("CLIENT", "TRACKING", "ON") == b"OK"
    keys = [b"key:%d" % number for number in range(20)]
    raw.call("MSET", *[word for key in keys for word in (key, 1)])
    assert tracker.call("GET", keys[0]) == b"1"
    assert tracker.call("MGET", *keys[1:10]) == [b"1"] * 9
    raw.call("MSET", *[word for key in keys for word in (key, 2)])
    assert keys_told(tracker, 10) == sorted(keys[:10])
    # Told once: what has not been read again is forgotten.
    raw.call("MSET", *[word for key in keys for word in (key, 3)])
    assert nothing_told(tracker)
    tracker.call("CLIENT", "TRACKING", "OFF")
    tracker.call("GET", keys[0])
    raw.call("SET", keys[0], 4)
    assert nothing_told(tracker)


def test_a_push_stands_where_the_server_puts_it(tracker, plain):
    plain.call("HELLO", 3)
    batch = [("CLIENT", "TRACKING", "ON"), ("GET", "{t}k"), ("SET", "{t}k", 1), ("GET", "{t}x"), ("MGET", "{t}k", "{t}x"), ("PING",),
             ("MSET", "{t}k", 1, "{t}x", 2), ("GET", "{t}k"), ("DEL", "{t}k"), ("CLIENT", "TRACKING", "OFF"), ("PING",)]
    frames = []
    for each in (tracker, plain):
        each.send_raw(b"".join(encode(*command) for command in batch))
        told = []
        while len([frame for frame in told if not isinstance(frame, Push)]) < len(batch):
            told.append(each.read_any())
        frames.append(told)
    assert frames[0] == frames[1]


def test_own_writes_with_and_without_noloop(tracker, raw):
    for options, told in (((), True), (("NOLOOP",), False)):
        tracker.call("CLIENT", "TRACKING", "ON", *options)
        tracker.call("GET", "own")
        tracker.call("SET", "own", 1)
        if told:
            assert keys_told(tracker, 1) == [b"own"]
        else:
            assert nothing_told(tracker)
        tracker.call("GET", "own")
        raw.call("SET", "own", 2)
        assert keys_told(tracker, 1) == [b"own"]
        tracker.call("CLIENT", "TRACKING", "OFF")


def test_optin(tracker, raw):
    tracker.call("CLIENT", "TRACKING", "ON", "OPTIN")
    for key in ("a", "b", "c", "d"):
        raw.call("SET", key, 1)
    tracker.call("GET", "a")
    assert tracker.pipeline([("CLIENT", "CACHING", "YES"), ("GET", "b"), ("GET", "c")]) == [b"OK", b"1", b"1"]
    assert tracker.call("CLIENT", "CACHING", "YES") == b"OK"
    assert tracker.call("MGET", "d", "e", "f", "g") == [b"1", None, None, None]
    raw.call("MSET", "a", 2, "b", 2, "c", 2, "d", 2, "e", 2)
    assert keys_told(tracker, 3) == [b"b", b"d", b"e"]
    assert nothing_told(tracker)


def test_optout(tracker, raw):
    tracker.call("CLIENT", "TRACKING", "ON", "OPTOUT")
    tracker.call("GET", "a")
    tracker.call("CLIENT", "CACHING", "NO")
    tracker.call("GET", "b")
    tracker.call("GET", "c")
    raw.call("MSET", "a", 2, "b", 2, "c", 2)
    assert keys_told(tracker, 2) == [b"a", b"c"]
    assert nothing_told(tracker)


def test_bcast_hears_of_all_masters_without_reading(tracker, raw):
    assert tracker.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "PREFIX", "group:") == b"OK"
    users = [b"user:%d" % number for number in range(30)]
    for user in users:
        raw.call("SET", user, 1)
        raw.call("SET", b"other:" + user, 1)
    raw.call("SET", "group:1", 1)
    assert keys_told(tracker, 31) == sorted(users + [b"group:1"])
    assert nothing_told(tracker)
    tracker.call("CLIENT", "TRACKING", "OFF")
    tracker.call("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP")
    raw.call("SET", "anything", 1)
    assert keys_told(tracker, 1) == [b"anything"]
    tracker.call("SET", "anything", 2)
    assert nothing_told(tracker)


def test_flush_means_any_key(tracker, raw):
    tracker.call("CLIENT", "TRACKING", "ON")
    tracker.call("GET", "k")
    raw.call("FLUSHALL")
    assert tracker.read_push() == [b"invalidate", None]


def test_redirect_to_another_client_and_what_when_it_leaves(proxy, raw):
    with proxy.connect() as reader, proxy.connect() as listener:
        reader.call("HELLO", 3)
        listener.call("HELLO", 3)
        number = listener.call("CLIENT", "ID")
        assert reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", number) == b"OK"
        assert reader.call("CLIENT", "GETREDIR") == number
        reader.call("MGET", "a", "b", "c")
        raw.call("MSET", "a", 1, "b", 1, "d", 1)
        assert keys_told(listener, 2) == [b"a", b"b"]
        assert nothing_told(reader)
        listener.close()
        until(lambda: b"id=%d " % number not in raw.call("CLIENT", "LIST"), "the listener to be gone")
        reader.call("GET", "a")
        raw.call("SET", "a", 2)
        assert reader.read_push() == [b"tracking-redir-broken", number]
        assert (b"flags", [b"on", b"broken_redirect"]) in reader.call("CLIENT", "TRACKINGINFO")
        assert b" flags=tR " in reader.call("CLIENT", "INFO") and b" redir=%d " % number in reader.call("CLIENT", "INFO")


def test_redirect_to_a_subscribed_client_that_speaks_resp2(proxy, raw):
    with proxy.connect() as reader, proxy.connect() as listener:
        number = listener.call("CLIENT", "ID")
        reader.call("HELLO", 3)
        assert reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", number) == b"OK"
        reader.call("GET", "early")
        raw.call("SET", "early", 0)
        assert listener.call("PING") == b"PONG"  # it expects no messages yet
        assert listener.call("SUBSCRIBE", "__redis__:invalidate") == [b"subscribe", b"__redis__:invalidate", 1]
        reader.call("GET", "a")
        raw.call("SET", "a", 1)
        told = listener.read()
        if told[2] == [b"early"]:  # it was on its way still
            told = listener.read()
        assert told == [b"message", b"__redis__:invalidate", [b"a"]]
        reader.call("GET", "a")
        raw.call("FLUSHALL")
        assert listener.read() == [b"message", b"__redis__:invalidate", None]


@pytest.mark.parametrize("options", [[], ["OPTOUT"], ["BCAST"], ["BCAST", "PREFIX", "key:", "NOLOOP"]])
def test_both_clients_may_speak_resp2(proxy, raw, options):
    with proxy.connect() as reader, proxy.connect() as listener:
        target = listener.call("CLIENT", "ID")
        assert listener.call("SUBSCRIBE", "__redis__:invalidate") == [b"subscribe", b"__redis__:invalidate", 1]
        assert reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", target, *options) == b"OK"
        keys = [b"key:%d" % number for number in range(20)]
        reader.call("MGET", *keys)
        raw.call("MSET", *[word for key in keys for word in (key, 1)])
        told = []
        while len(told) < len(keys):
            kind, channel, more = listener.read()
            assert (kind, channel) == (b"message", b"__redis__:invalidate")
            told += more
        assert sorted(told) == sorted(keys)
        reader.call("CLIENT", "TRACKING", "OFF")
        reader.call("GET", keys[0])
        raw.call("SET", keys[0], 2)
        raw.call("PUBLISH", "__redis__:invalidate", "last")
        assert listener.read() == [b"message", b"__redis__:invalidate", b"last"]


def test_in_resp2_a_lost_ear_means_any_key_and_reads_are_remembered_again(fresh_cluster, slotway):
    cluster = fresh_cluster(masters=2)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as reader, proxy.connect() as listener, proxy.connect() as writer:
        listener.call("HELLO", 3)
        reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", listener.call("CLIENT", "ID"))
        reader.call("GET", "k")
        node = cluster.owner("k")
        [redirect] = {line.split(b"redir=")[1].split()[0] for line in node.call("CLIENT", "LIST").splitlines()
                      if b"redir=-1" not in line}
        assert node.call("CLIENT", "KILL", "ID", redirect) == 1
        assert listener.read_push() == [b"invalidate", None]

        def remembered():
            reader.call("GET", "k")
            writer.call("INCR", "k")
            listener.call("PING")
            return [b"invalidate", [b"k"]] in listener.pushes

        until(remembered, "reads to be remembered again")


def test_the_version_may_change_while_it_is_on(tracker, raw):
    tracker.call("CLIENT", "TRACKING", "ON")
    tracker.call("GET", "k")
    tracker.call("HELLO", 2)
    raw.call("SET", "k", 1)
    assert nothing_told(tracker)
    tracker.call("HELLO", 3)
    assert (b"flags", [b"on"]) in tracker.call("CLIENT", "TRACKINGINFO")
    tracker.pushes.clear()
    tracker.call("GET", "k")
    raw.call("SET", "k", 2)
    assert keys_told(tracker, 1) == [b"k"]


def test_a_lost_link_means_any_key_and_reads_are_remembered_again(fresh_cluster, slotway):
    cluster = fresh_cluster(masters=2)
    proxy = slotway(cluster.seeds)
    with proxy.connect() as tracker, proxy.connect() as writer:
        tracker.call("HELLO", 3)
        tracker.call("CLIENT", "TRACKING", "ON")
        tracker.call("GET", "k")
        cluster.owner("k").call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert tracker.read_push() == [b"invalidate", None]
        until(lambda: not isinstance(tracker.call("GET", "k"), Err), "the link to be back")
        until(lambda: writer.call("SET", "k", 2) == b"OK", "the writer's link to be back")
        while tracker.read_push()[1] is None:
            pass


def test_a_slot_that_moves_means_any_key(fresh_cluster, slotway):
    cluster = fresh_cluster(masters=2)
    proxy = slotway(cluster.seeds)
    slot = slot_of("k")
    owner, other = cluster.owner("k"), cluster.other_master(slot)
    with proxy.connect() as tracker, proxy.connect() as writer:
        tracker.call("HELLO", 3)
        tracker.call("CLIENT", "TRACKING", "ON")
        assert tracker.call("GET", "k") is None
        for node in (other, owner):
            node.call("CLUSTER", "SETSLOT", slot, "NODE", other.id)
        assert writer.call("SET", "k", 1) == b"OK"
        assert tracker.read_push() == [b"invalidate", None]
        assert tracker.call("GET", "k") == b"1"
        writer.call("SET", "k", 2)
        while tracker.read_push()[1] is None:
            pass


def test_who_tracks_leaves_no_connections_behind(slotway, cluster):
    proxy = slotway(cluster.seeds)

    def links():
        return proxy.metric("slotway_links")

    proxy.call("DBSIZE")
    before = links()
    with proxy.connect() as tracker:
        tracker.call("HELLO", 3)
        tracker.call("CLIENT", "TRACKING", "ON", "BCAST")
        assert links() == before + len(cluster.masters())
    until(lambda: links() == before, "its links to be closed")


READS = "return redis.call('GET', KEYS[1])"
SHA = hashlib.sha1(READS.encode()).hexdigest()


@pytest.mark.parametrize("command", [("EVAL", READS, 1, "k"), ("EVAL_RO", READS, 1, "k"), ("EVALSHA", SHA, 1, "k")],
                         ids=lambda command: command[0])
def test_caching_yes_counts_for_scripts(tracker, raw, cluster, command):
    raw.call("SCRIPT", "LOAD", READS)
    for node in cluster.masters():
        node.call("SCRIPT", "FLUSH")  # behind the proxy's back: it brings the script again
    tracker.call("CLIENT", "TRACKING", "ON", "OPTIN")
    assert tracker.call("CLIENT", "CACHING", "YES") == b"OK"
    raw.call("SET", "k", 1)
    assert tracker.call(*command) == b"1"
    raw.call("SET", "k", 2)
    assert tracker.read_push() == [b"invalidate", [b"k"]]


def test_what_must_be_known_before_a_transaction_is_sent_is_refused_inside(tracker):
    for word in (("CLIENT", "TRACKING", "ON"), ("CLIENT", "CACHING", "YES")):
        tracker.call("MULTI")
        assert "is not supported inside MULTI" in tracker.call(*word)
        assert tracker.call("EXEC").code == "EXECABORT"
