"""The tools that come with Redis: redis-cli and redis-benchmark, pointed at the proxy without telling them."""
import re
import subprocess

import pytest

from harness.resp import encode
from harness.wait import PATIENCE_S, SANITIZED

LOADED = 20_000 if SANITIZED else 200_000


def tool(*args, data=None):
    done = subprocess.run(args, input=data, capture_output=True, timeout=10 * PATIENCE_S, check=False)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout.decode("utf-8", "replace")


def cli(proxy, *args, data=None):
    return tool("redis-cli", "-p", str(proxy.port), *args, data=data)


def mixed_commands(count):
    makers = [
        lambda n: encode("SET", f"load:{n}", n), lambda n: encode("INCR", f"count:{n % 1000}"),
        lambda n: encode("LPUSH", f"list:{n % 500}", n), lambda n: encode("HSET", f"hash:{n % 500}", f"f{n}", n),
        lambda n: encode("MSET", f"a:{n}", n, f"b:{n}", n), lambda n: encode("SADD", f"set:{n % 100}", n),
        lambda n: encode("GET", f"load:{n - 6}"), lambda n: encode("MGET", f"a:{n}", f"b:{n}", f"load:{n}"),
        lambda n: encode("ZADD", f"zset:{n % 100}", n, f"m{n}"), lambda n: encode("EXPIRE", f"load:{n - 9}", 1000),
    ]
    return b"".join(makers[number % len(makers)](number) for number in range(count))


def test_pipe_loads_mixed_commands(proxy):
    text = cli(proxy, "--pipe", data=mixed_commands(LOADED))
    assert f"errors: 0, replies: {LOADED}" in text, text[-2000:]


def test_plain_cli(proxy):
    assert cli(proxy, "set", "cli", "hello") == "OK\n"
    assert cli(proxy, "get", "cli") == "hello\n"
    assert cli(proxy, data=b"mset x 1 y 2\nmget x y\n") == "OK\n1\n2\n"


def test_resp3_falls_back(proxy):
    """redis-cli -3 is told NOPROTO and goes on in RESP2."""
    assert "PONG" in cli(proxy, "-3", "ping")


@pytest.mark.parametrize("options", [["-P", "16"], ["-P", "1"], ["-P", "16", "-r", "100000"]], ids=" ".join)
def test_benchmark(proxy, options):
    text = tool("redis-benchmark", "-p", str(proxy.port), "-t", "get,set,mset,lpush,incr", "-n", str(LOADED // 10), "-c", "20",
                "-q", *options)
    rates = re.findall(r"(\w+)[^:\r\n]*: ([\d.]+) requests per second", text)
    assert {"GET", "SET", "MSET", "LPUSH", "INCR"} <= {name for name, _ in rates}, text[-2000:]
    assert "Error" not in text
