"""Applications of other languages, unmodified: by a listener as it is, where what crosses slots is refused and says what to
set, and by one with a keyspace of its own, where they find one Redis."""
import os
import shutil
import subprocess

import pytest

from harness.program import APPS, Program
from harness.wait import PATIENCE_S, until

NODE = os.path.join(os.path.dirname(APPS), "node")
TAGGED = "workers: 2\nlisteners: [{bind: '127.0.0.1:PORT', keyspace: {hash_tag: app1}}]\n"
TAG = b"{app1}:"


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """A folder with the programs and what npm installs for them."""
    folder = tmp_path_factory.mktemp("node") / "programs"
    shutil.copytree(NODE, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def hiredis(tmp_path_factory):
    program = tmp_path_factory.mktemp("hiredis") / "hiredis_app"
    subprocess.run(["cc", os.path.join(APPS, "hiredis_app.c"), "-o", program, "-lhiredis"], check=True)
    return program


@pytest.fixture
def run(tmp_path):
    def lines_of(proxy, *command):
        with Program(tmp_path, "app", proxy, *command) as program:
            until(lambda: program.process.poll() is not None, "it to end", 3 * PATIENCE_S)
            assert program.process.returncode == 0, program.log()
            return dict(line.partition(" ")[::2] for line in program.log().splitlines())

    return lines_of


@pytest.fixture
def tagged(cluster, slotway):
    """Such a proxy, behind which nothing may be found without the tag."""
    yield slotway(cluster.seeds, config=TAGGED, listen=())
    keys = [key for each in cluster.masters() for key in each.call("KEYS", "*")]
    assert all(key.startswith(TAG) for key in keys), keys


@pytest.fixture
def bare(cluster, slotway):
    return slotway(cluster.seeds)


# What they print that does not depend on the setting.
JAVASCRIPT = {"mget": "true", "scan": "true", "stream": '[["events",1]]', "heard": '[["news","hello"]]', "flush": '["OK",0]',
              "end": ""}
IOREDIS = {**JAVASCRIPT, "pipeline": "true", "blpop": '["queue:low","job"]', "watched": "[5]"}
NODE_REDIS = {**JAVASCRIPT, "incr": "true", "blpop": '{"key":"queue:low","element":"job"}',
              "hash": '{"name":"Ann","town":"Oslo"}'}
PHPREDIS = {"visits": "200", "sessions": "50", "pipeline": "20100", "mget": "20100", "blpop": '["queue:low","job"]',
            "scan": "200", "flush": "[true,0]", "end": ""}
HIREDIS = {"pipeline": "124750", "binary": "OK", "length": "6", "mget": "3", "blpop": "2", "flush": "OK", "dbsize": "0"}
# What crosses slots.
SCRIPTS = '[["s","1"],["s","2"],["s","3"]]'


def refused(lines, *names):
    """What became of these was a line that says so; the others are given back."""
    assert all("refused: " in lines[name] for name in names), lines
    return {name: value for name, value in lines.items() if name not in names}


def test_ioredis(tagged, node, run):
    lines = run(tagged, "node", node / "ioredis_app.js")
    assert lines == {**IOREDIS, "transaction": '["OK",1,1]', "script": SCRIPTS}


def test_ioredis_without_a_setting(bare, node, run):
    assert refused(run(bare, "node", node / "ioredis_app.js"), "transaction", "script") == IOREDIS


def test_node_redis(tagged, node, run):
    lines = run(tagged, "node", node / "node_redis_app.js")
    assert lines == {**NODE_REDIS, "transaction": '["OK",1,1]', "script": SCRIPTS}


def test_node_redis_without_a_setting(bare, node, run):
    assert refused(run(bare, "node", node / "node_redis_app.js"), "transaction", "script") == NODE_REDIS


def test_bullmq(tagged, node, run):
    """Its scripts build the names of keys from their arguments."""
    lines = run(tagged, "node", node / "bullmq_app.js")
    wanted = {"results": "true", "each": "once true", "flow": "14 [ 2, 4 ]", "left": "0 0 0 0", "end": ""}
    assert {name: lines.get(name) for name in wanted} == wanted


def test_bullmq_is_told_what_it_lacks(bare, node, tmp_path):
    with Program(tmp_path, "app", bare, "node", node / "bullmq_app.js") as program:
        until(lambda: program.process.poll() is not None, "it to give up")
        assert "CROSSSLOT" in program.log() and "set keyspace.hash_tag" in program.log()


def test_phpredis_with_its_session_handler(tagged, run):
    lines = run(tagged, "php", os.path.join(APPS, "session.php"))
    assert lines == {**PHPREDIS, "transaction": "[true,1,1]", "script": '["s","x"]'}


def test_phpredis_without_a_setting(bare, run):
    assert refused(run(bare, "php", os.path.join(APPS, "session.php")), "transaction", "script") == PHPREDIS


def test_hiredis(tagged, hiredis, run):
    assert run(tagged, hiredis) == {**HIREDIS, "transaction": "2", "script": "1", "sinterstore": "0"}


def test_hiredis_without_a_setting(bare, hiredis, run):
    assert refused(run(bare, hiredis), "transaction", "script", "sinterstore") == HIREDIS
