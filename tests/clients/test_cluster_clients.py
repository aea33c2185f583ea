"""Libraries that insist on a cluster, before a listener with `facade: cluster`: the proxy is the only node they see."""
import pytest
import redis
from redis.cluster import RedisCluster

from harness.wait import PATIENCE_S
from test_redis_tools import tool

LISTENER = "listeners: [{bind: '127.0.0.1:PORT', facade: cluster}]\n"


@pytest.fixture
def facade(cluster, slotway):
    return slotway(cluster.seeds[:1], config=LISTENER, listen=())


@pytest.fixture
def client(facade):
    made = RedisCluster(host="127.0.0.1", port=facade.port, decode_responses=True, socket_timeout=PATIENCE_S)
    yield made
    made.close()


def test_redis_py_sees_one_node(client, facade):
    info = client.cluster_info()
    assert info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384"
    assert [node.port for node in client.get_nodes()] == [facade.port]
    nodes = client.cluster_nodes()
    assert list(nodes) == [f"127.0.0.1:{facade.port}"]
    assert client.cluster_slots()[(0, 16383)]["primary"] == ("127.0.0.1", facade.port)
    assert client.info()["cluster_enabled"] == 1


def test_redis_py_works(client):
    assert client.set("name", "value") and client.get("name") == "value" and client.delete("name") == 1
    assert client.set("{tag}a", 1) and client.set("{tag}b", 2)
    assert client.mget("{tag}a", "{tag}b") == ["1", "2"]
    pipe = client.pipeline()
    for number in range(100):
        pipe.set(f"{{tag}}{number}", number)
        pipe.get(f"{{tag}}{number}")
    assert pipe.execute() == [value for number in range(100) for value in (True, str(number))]
    assert client.mset_nonatomic({f"k{number}": number for number in range(50)})
    assert client.mget_nonatomic([f"k{number}" for number in range(50)]) == [str(number) for number in range(50)]
    assert client.dbsize() == 152
    assert client.cluster_countkeysinslot(client.keyslot("{tag}a")) == 102
    assert "{tag}a" in client.cluster_get_keys_in_slot(client.keyslot("{tag}a"), 200)


def test_redis_py_reads_from_replicas(facade):
    """There are none, and it says READONLY to the proxy."""
    with RedisCluster(host="127.0.0.1", port=facade.port, read_from_replicas=True) as client:
        assert client.set("k", "v") and client.get("k") == b"v"
        assert client.readonly()


def test_announced_address(cluster, slotway):
    proxy = slotway(cluster.seeds[:1], listen=(), config="listeners: [{bind: '127.0.0.1:PORT', facade: cluster, "
                                                         "announce: 'localhost:PORT'}]\n")
    with proxy.connect() as raw:
        assert raw.call("CLUSTER", "SLOTS")[0][2][:2] == [b"localhost", proxy.port]
    with RedisCluster(host="127.0.0.1", port=proxy.port) as client:
        assert [node.host for node in client.get_nodes()] == ["localhost"] or client.get_nodes()[0].host == "127.0.0.1"
        assert client.set("k", "v")


def test_redis_cli(facade):
    def cli(*args, data=None):
        return tool("redis-cli", "-c", "-p", str(facade.port), *args, data=data)

    assert cli("set", "cli", "hello") == "OK\n"
    assert cli(data=b"set a 1\nset b 2\nmget a b\nget cli\n") == "OK\nOK\n1\n2\nhello\n"
    assert "[OK] All 16384 slots covered." in tool("redis-cli", "--cluster", "check", f"127.0.0.1:{facade.port}")


def test_a_plain_client_works_there_too(facade):
    with redis.Redis(port=facade.port) as client:
        assert client.mset({"x": 1, "y": 2}) and client.mget("x", "y") == [b"1", b"2"]
