"""One redis-server process: a node of a cluster, or a server of its own to compare with."""
import os
import signal
import subprocess

from harness.ports import free_port
from harness.resp import Closed, Connection, encode
from harness.wait import until

COMMON = {
    "bind": "127.0.0.1", "protected-mode": "no", "save": '""', "appendonly": "no", "daemonize": "no",
    "repl-diskless-sync-delay": "0", "enable-debug-command": "yes", "hz": "50",
}
CLUSTER = {
    "cluster-enabled": "yes", "cluster-config-file": "nodes.conf", "cluster-node-timeout": "2000",
    "cluster-require-full-coverage": "no", "cluster-allow-replica-migration": "no",
    "cluster-replica-validity-factor": "0",
}


class Node:
    """Started at once; `call` keeps a connection of its own and opens it again when it was lost. With an `inner_port` it
    listens there, and who stands at `port`, which it announces, is not its business."""

    def __init__(self, folder, options, port=None, inner_port=None):
        self.port = port or free_port()
        self._inner_port = inner_port or self.port
        self.folder = os.path.join(str(folder), str(self.port))
        self.options = {**COMMON, **options, "port": str(self._inner_port)}
        self.process = None
        self._connection = None
        os.makedirs(self.folder, exist_ok=True)
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        arguments = ["redis-server"]
        for name, value in self.options.items():
            arguments += [f"--{name}", *([""] if value == '""' else value.split(" "))]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(arguments, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait_started(self):
        until(lambda: self.call("PING") == b"PONG", f"redis-server on port {self.port}")
        return self

    def call(self, *args):
        """A reply of this very node. Raises OSError or Closed when it is not there."""
        try:
            if self._connection is None:
                self._connection = Connection(self._inner_port)
            return self._connection.call(*args)
        except (OSError, Closed):
            self._connection = None
            raise

    def hang_up(self):
        """The next call makes a connection of its own."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def call_all(self, commands):
        """Its replies to commands that are written at once. They should be few enough for the sockets' buffers."""
        self.call("PING")
        self._connection.send_raw(b"".join(encode(*command) for command in commands))
        return [self._connection.read() for _ in commands]

    def info(self, section):
        """INFO <section> as a dict of texts."""
        lines = self.call("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def cluster_info(self):
        return dict(line.split(":", 1) for line in self.call("CLUSTER", "INFO").decode().splitlines())

    @property
    def id(self):
        return self.call("CLUSTER", "MYID").decode()

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9, and gone when this returns."""
        self.resume()
        self.process.kill()
        self.process.wait()
        self._connection = None

    def running(self):
        return self.process.poll() is None

    def stop(self):
        if self.running():
            self.kill()
