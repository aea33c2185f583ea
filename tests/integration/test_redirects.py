"""Slots on the move: the proxy sees every MOVED, ASK and TRYAGAIN, the clients see none."""
import subprocess
import threading

from harness.load import Load
from harness.resp import Err
from harness.slot_move import SlotMove
from harness.slots import key_in, spread_keys
from harness.wait import until

SLOT = 4242
# No refresh of its own accord, so that what a test waits for is due to redirects alone.
QUIET = "timeouts: {topology_refresh: 1h}\n"


def seen(proxy, kind):
    return proxy.metric("slotway_redirects_total", kind=kind)


def test_a_slot_moved_by_hand_key_by_key_under_load(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config=QUIET)
    keys = [key_in(SLOT, f"k{number}") for number in range(24)] + spread_keys(24, "calm")
    with Load(proxy, keys) as load:
        until(lambda: load.rounds > 8, "the load to run")
        move = SlotMove(cluster, SLOT).open()
        until(lambda: move.keys(), "keys in the slot")
        moved_keys = set()
        while left := move.keys():
            move.move(left[0])
            moved_keys.add(left[0])
            if len(moved_keys) == 10:
                until(lambda: seen(proxy, "ask") > 0 and seen(proxy, "tryagain") > 0, "ASK and TRYAGAIN to be met")
        move.close()
        until(lambda: seen(proxy, "moved") > 0, "MOVED to be met")
        rounds = load.rounds
        until(lambda: load.rounds > rounds + 8, "the load to run on")
    load.check(proxy.connect())
    assert cluster.owner_of(SLOT) is move.target


def test_ask_for_a_key_that_is_not_there_yet(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config=QUIET)
    move = SlotMove(cluster, SLOT).open()
    key = key_in(SLOT, "new")
    with proxy.connect() as client:
        assert client.call("SET", key, 1) == b"OK"
        assert client.pipeline([("INCR", key)] * 100) == list(range(2, 102))
        assert client.call("GET", key) == b"101"
        assert move.source.call("DBSIZE") == 0, "a new key belongs on the importing side"
    assert seen(proxy, "ask") > 0
    move.close()


def test_tryagain_is_waited_out(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config=QUIET)
    here, there = key_in(SLOT, "here"), key_in(SLOT, "there")
    with proxy.connect() as client, proxy.connect() as other:
        client.call("MSET", here, 1, there, 2)
        move = SlotMove(cluster, SLOT).open()
        move.move(there)
        client.send("MSET", here, 3, there, 4)
        until(lambda: seen(proxy, "tryagain") > 0, "TRYAGAIN")
        assert other.call("SET", key_in(16000), "x") == b"OK", "others go on meanwhile"
        move.move(here)
        assert client.read() == b"OK"
        assert client.call("MGET", here, there) == [b"3", b"4"]
        move.close()


def test_what_is_half_here_and_half_there_is_asked_for_key_by_key(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config=QUIET)
    here, there, far = key_in(SLOT, "here"), key_in(SLOT, "there"), key_in(16000)
    with proxy.connect() as client:
        client.call("MSET", here, 1, there, 2, far, 3)
        move = SlotMove(cluster, SLOT).open()
        move.move(there)
        assert client.call("MGET", there, far, here, there) == [b"2", b"3", b"1", b"2"]
        assert client.call("MGET", here, there) == [b"1", b"2"]
        assert client.call("EXISTS", here, there, far, key_in(SLOT, "nowhere")) == 3
        assert client.call("MSET", here, 4, there, 5, far, 6) == b"OK"
        assert client.pipeline([("GET", key) for key in (here, there, far)]) == [b"4", b"5", b"6"]
        assert client.call("DEL", here, there) == 2
        assert client.call("MGET", here, there, far) == [None, None, b"6"]
        assert seen(proxy, "tryagain") >= 4
        move.close()


def test_tryagain_for_ever_ends_in_one_clear_error(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config="timeouts: {connect: 200ms, request_deadline: 500ms}\n")
    here, there = key_in(SLOT, "here"), key_in(SLOT, "there")
    with proxy.connect() as client:
        client.call("MSET", here, 1, there, 2)
        move = SlotMove(cluster, SLOT).open()
        move.move(there)
        reply = client.call("SINTER", here, there)
        assert isinstance(reply, Err) and "not executed" in reply, reply
        assert client.call("PING") == b"PONG"


def test_moved_patches_the_map_at_once(fresh_cluster, slotway):
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config=QUIET)
    key = key_in(SLOT, "patched")
    with proxy.connect() as client:
        client.call("SET", key, 0)
        SlotMove(cluster, SLOT).run()
        assert client.call("INCR", key) == 1
        after_first = seen(proxy, "moved")
        assert after_first >= 1
        assert [client.call("INCR", key) for _ in range(50)] == list(range(2, 52))
        assert seen(proxy, "moved") == after_first, "a known move costs no second redirect"


def test_order_of_one_key_through_a_move(fresh_cluster, slotway):
    """A pipeline that is on its way while the slot changes hands takes effect in the order sent."""
    cluster = fresh_cluster(3)
    proxy = slotway(cluster.seeds, config=QUIET)
    key = key_in(SLOT, "order")
    for turn in range(6):
        with proxy.connect() as client:
            client.call("DEL", key)
            batch = [("APPEND", key, f"{number},") for number in range(3000)]
            replies = []
            writer = threading.Thread(target=lambda: replies.extend(client.pipeline(batch)))
            writer.start()
            SlotMove(cluster, SLOT).run()
            writer.join()
            applied = [number for number, reply in enumerate(replies) if not isinstance(reply, Err)]
            assert client.call("GET", key) == "".join(f"{number}," for number in applied).encode(), turn
            refused = [reply for reply in replies if isinstance(reply, Err)]
            assert all("not executed" in reply for reply in refused), refused[:3]
        # Nodes that have not heard of one move when the next begins may each take the other for the owner, for good.
        until(lambda: checks_out(cluster), "the nodes to agree")


def checks_out(cluster):
    done = subprocess.run(["redis-cli", "--cluster", "check", cluster.seeds[0]], capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def test_reshard_under_load(fresh_cluster, slotway):
    cluster = fresh_cluster(3, 1)
    proxy = slotway(cluster.seeds[:2])
    source, target = cluster.masters()[:2]
    keys = spread_keys(120, "reshard")
    with Load(proxy, keys) as load:
        until(lambda: load.rounds > 8, "the load to run")
        for giver, taker in ((source, target), (target, source)):
            until(lambda: checks_out(cluster), "the nodes to agree")
            done = subprocess.run(
                ["redis-cli", "--cluster", "reshard", giver.address, "--cluster-from", giver.id, "--cluster-to", taker.id,
                 "--cluster-slots", "1000", "--cluster-yes"], capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        rounds = load.rounds
        until(lambda: load.rounds > rounds + 8, "the load to run on")
    load.check(proxy.connect())
    assert seen(proxy, "moved") > 0
    assert proxy.metric("slotway_failures_total", side="upstream") == 0


def script_error(text):
    return f"redis.call('INCR', KEYS[1]); return redis.error_reply('{text}')"


def test_a_script_that_says_moved_runs_once_and_leads_nowhere(cluster, raw, plain, decoy):
    slot, key = SLOT, key_in(SLOT, "script")
    other = cluster.other_master(slot)
    texts = [f"MOVED {slot} 127.0.0.1:{decoy.port}", f"ASK {slot} 127.0.0.1:{decoy.port}", f"MOVED 1 127.0.0.1:{decoy.port}",
             f"MOVED {slot} {other.address}", f"ASK {slot} {other.address}", "MOVED", "MOVED x y", "ASK 1", "TRYAGAIN mine",
             "CLUSTERDOWN mine", "LOADING mine", "READONLY mine", "MASTERDOWN mine"]
    for count, text in enumerate(texts, 1):
        reply = raw.call("EVAL", script_error(text), 1, key)
        assert reply == plain.call("EVAL", script_error(text), 1, key), "the script's own error reaches the client as it is"
        assert raw.call("GET", key) == b"%d" % count, f"ran more than once: {text}"
    assert not decoy.was_called()
    assert raw.call("SET", key_in(slot, "after"), 1) == b"OK"
    assert cluster.owner_of(slot).call("EXISTS", key_in(slot, "after")) == 1


def test_a_script_is_followed_when_its_slot_really_moved(fresh_cluster, slotway):
    cluster = fresh_cluster(2)
    proxy = slotway(cluster.seeds, config=QUIET)
    key = key_in(SLOT, "script")
    with proxy.connect() as client:
        client.call("SET", key, 0)
        SlotMove(cluster, SLOT).run()
        assert client.call("EVAL", "return redis.call('INCR', KEYS[1])", 1, key) == 1
        assert client.call("GET", key) == b"1"
