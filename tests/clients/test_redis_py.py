"""redis-py as the legacy application uses it: a plain client that has never heard of a cluster."""
import threading

import pytest
import redis


@pytest.fixture
def client(proxy):
    with redis.Redis(port=proxy.port, decode_responses=True, socket_timeout=30) as made:
        yield made


def test_everyday_commands(client):
    assert client.ping()
    assert client.set("name", "value", ex=100)
    assert client.get("name") == "value"
    assert client.mset({f"key:{n}": n for n in range(100)})
    assert client.mget([f"key:{n}" for n in range(100)]) == [str(n) for n in range(100)]
    assert client.hset("user:1", mapping={"name": "Ada", "born": 1815}) == 2
    assert client.hgetall("user:1") == {"name": "Ada", "born": "1815"}
    assert client.zadd("board", {"a": 1, "b": 2}) == 2
    assert client.zrange("board", 0, -1, withscores=True) == [("a", 1.0), ("b", 2.0)]
    assert client.delete(*[f"key:{n}" for n in range(100)], "none") == 100
    assert client.dbsize() == 3


def test_pipelines_without_transaction(client):
    pipe = client.pipeline(transaction=False)
    for number in range(2000):
        pipe.set(f"pipe:{number}", number)
        pipe.get(f"pipe:{number}")
    assert pipe.execute() == [value for number in range(2000) for value in (True, str(number))]


def test_errors_in_a_pipeline_stay_at_their_place(client):
    pipe = client.pipeline(transaction=False)
    pipe.set("text", "abc").incr("text").get("text")
    replies = pipe.execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], redis.ResponseError) and replies[2] == "abc"


def test_pool_and_threads(proxy):
    pool = redis.ConnectionPool(port=proxy.port, max_connections=16, socket_timeout=30)
    wrong = []

    def work(me):
        mine = redis.Redis(connection_pool=pool)
        for number in range(300):
            mine.set(f"thread:{me}:{number}", f"{me}-{number}")
            if mine.get(f"thread:{me}:{number}") != f"{me}-{number}".encode():
                wrong.append((me, number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.disconnect()
    assert not wrong


def test_scripts(client):
    bump = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert [bump(keys=[f"script:{n}"], args=[n]) for n in range(50)] == list(range(50))


def test_client_name_and_database_zero(proxy):
    with redis.Redis(port=proxy.port, db=0, client_name="legacy", decode_responses=True) as named:
        assert named.client_getname() == "legacy"
        assert "legacy" in {row["name"] for row in named.client_list()}


def test_what_a_cluster_cannot_do_is_an_exception(client):
    with pytest.raises(redis.ResponseError, match="CROSSSLOT"):
        client.rename("a", "b")
    assert client.ping()


def test_health_checks_and_reconnects(proxy):
    with redis.Redis(port=proxy.port, health_check_interval=1, retry_on_timeout=True) as checked:
        me = checked.client_id()
        with redis.Redis(port=proxy.port) as other:
            assert other.client_kill_filter(_id=me) == 1
        assert checked.set("after", 1), "the pool opens a new connection"
