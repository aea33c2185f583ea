"""The scripts that a person runs: the demo cluster, and the quickstart told to stop."""
import glob
import os
import re
import signal
import subprocess

import pytest

from harness.proxy import ROOT, clean_env
from harness.resp import Connection
from harness.wait import PATIENCE_S, until

pytestmark = pytest.mark.release_only
DEMO = os.path.join(ROOT, "deploy/demo_cluster.sh")
QUICKSTART = os.path.join(ROOT, "deploy/quickstart.sh")


def alive(pid):
    """Ended but not waited for (a container's first process may not) counts as gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return ") Z " not in file.read()
    except OSError:
        return False


def test_demo_cluster_starts_and_leaves_nothing(tmp_path):
    folder = tmp_path / "demo"
    try:
        subprocess.run([DEMO, "start", str(folder)], check=True, timeout=4 * PATIENCE_S, stdin=subprocess.DEVNULL)
        seeds = (folder / "seeds").read_text().split()
        pids = [int((folder / seed.split(":")[1] / "pid").read_text()) for seed in seeds]
        assert len(seeds) == 6
        for seed in seeds:
            with Connection(int(seed.split(":")[1])) as node:
                info = node.call("CLUSTER", "INFO").decode()
                assert "cluster_state:ok" in info and "cluster_size:3" in info
                assert node.call("CONFIG", "GET", "cluster-require-full-coverage")[1] == b"no"
    finally:
        subprocess.run([DEMO, "stop", str(folder)], check=True, timeout=4 * PATIENCE_S, stdin=subprocess.DEVNULL)
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_quickstart_told_to_stop_cleans_up(tmp_path, number, code):
    env = clean_env({"TMPDIR": str(tmp_path)})
    with open(tmp_path / "output", "w+", encoding="utf-8") as output:
        # Where the tests run in the background Ctrl-C is ignored, and a shell cannot trap what it was told to ignore.
        script = subprocess.Popen([QUICKSTART], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  start_new_session=True,
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        try:
            until(lambda: "Now you:" in said(output) or script.poll() is not None, "the tour to end", timeout=10 * PATIENCE_S)
            assert script.poll() is None, said(output)
            pids = [int(file.read_text()) for file in tmp_path.glob("slotway-demo.*/cluster/*/pid")]
            port = int(re.search(r"redis-cli -p (\d+)\n", said(output)).group(1))
            with Connection(port) as client:
                assert client.call("PING") == b"PONG"
            # Ctrl-C in a terminal goes to all of its processes.
            os.killpg(script.pid, number)
            assert script.wait(4 * PATIENCE_S) == code, said(output)
        finally:
            if script.poll() is None:
                script.terminate()
    assert len(pids) == 6 and not any(alive(pid) for pid in pids)
    assert not glob.glob(f"{tmp_path}/slotway-demo.*")


def test_quickstart_cleans_up_after_a_step_that_fails(tmp_path):
    """The nodes run, but redis-cli cannot make a cluster of them."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "redis-cli").write_text('#!/bin/sh\n[ "$3" = ping ] && echo PONG || { echo broken on purpose; exit 1; }\n')
    (tools / "redis-cli").chmod(0o755)
    env = clean_env({"TMPDIR": str(tmp_path), "PATH": f"{tools}:{os.environ['PATH']}"})
    done = subprocess.run([QUICKSTART, "--once"], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=10 * PATIENCE_S, check=False)
    assert done.returncode != 0
    assert "failed" in done.stderr and "broken on purpose" in done.stderr
    assert not glob.glob(f"{tmp_path}/slotway-demo.*")
    assert not any(name.startswith(f"{tmp_path}/slotway-demo.") for name in map(folder_of, running()))


def running():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def folder_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def said(output):
    with open(output.name, encoding="utf-8") as file:
        return file.read()


def test_packages_has_nothing_to_do_a_second_time():
    done = subprocess.run([os.path.join(ROOT, "deploy/packages.sh"), "--print", "build", "demo", "test"],
                          capture_output=True, text=True, check=True)
    assert done.stdout == ""
