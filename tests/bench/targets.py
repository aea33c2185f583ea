"""What is measured: proxies, the relay, and the way straight to the cluster. All start, answer and stop the same way."""
import os
import shlex
import signal
import subprocess

from bench import process
from harness import proxy
from harness.ports import free_port
from harness.resp import Connection, Err
from harness.wait import until

STOP_S = 5
START_S = 30


class NotStarted(Exception):
    """A target that is not there or does not answer; the text says why."""


class Running:
    """One started target: where the load goes to, and the processes whose cost is the target's."""

    def __init__(self, way, store, port=None, program=None):
        self.way = way
        self.store = store
        self.port = port
        self._program = program

    @property
    def pids(self):
        return process.family(self._program.pid) if self._program else []

    def prepare(self, scenario):
        """The servers hold the scenario's keys."""
        way = ["--target", self.store.addresses[0], "--cluster"] if self.store.clustered else self.way
        self.store.prepare(scenario, way)

    def stop(self):
        if not self._program:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._program.pid, number)
                self._program.wait(STOP_S)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._program.wait()


class Proxy:
    """A program before a store. A subclass says before which, and how its command reads."""

    def __init__(self, name):
        self.name = name

    def takes(self, scenario):
        return True

    def store(self, stores, scenario):
        return stores.cluster(scenario.masters)

    def command(self, store, port, folder):
        raise NotImplementedError

    def environment(self, slowed):
        """What its process gets beside the usual. `slowed`: it runs under a tool that makes it many times slower."""
        return {}

    def version(self):
        return ""

    def port(self):
        return free_port()

    def start(self, stores, scenario, folder, before=()):
        """Answers PING and GET when this returns. `before` are words that go before its command."""
        store = self.store(stores, scenario)
        port = self.port()
        folder = os.path.join(folder, f"{self.name}-{port}")
        os.makedirs(folder, exist_ok=True)
        log_path = os.path.join(folder, "log")
        try:
            with open(log_path, "wb") as log:
                program = subprocess.Popen([*before, *self.command(store, port, folder)], cwd=folder, stdout=log, stderr=log,
                                           stdin=subprocess.DEVNULL, start_new_session=True,
                                           env=proxy.clean_env(self.environment(slowed=bool(before))))
        except OSError as error:
            raise NotStarted(str(error)) from None
        running = Running(["--target", f"127.0.0.1:{port}"], store, port, program)
        try:
            until(lambda: program.poll() is not None or _answers(port), "PING and GET to be answered", START_S)
        except AssertionError as error:
            running.stop()
            raise NotStarted(f"{error}; {_end_of(log_path)}") from None
        except BaseException:
            running.stop()
            raise
        if program.poll() is not None:
            running.stop()
            raise NotStarted(f"exit code {program.returncode}; {_end_of(log_path)}")
        return running


class Slotway(Proxy):
    def __init__(self, workers):
        super().__init__(f"slotway{workers}")
        self._workers = workers

    def command(self, store, port, folder):
        seeds = [word for address in store.addresses[:2] for word in ("--upstream", address)]
        return [proxy.BINARY, "run", "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{free_port()}",
                "--workers", str(self._workers), *seeds]

    # Under callgrind every request takes longer than the slow log's threshold, and noting it would be counted with it.
    def environment(self, slowed):
        return {"SLOTWAY_SLOW_LOG_THRESHOLD": "1h"} if slowed else {}

    def version(self):
        return first_line([proxy.BINARY, "--version"])


class Twemproxy(Proxy):
    """It knows no clusters, transactions or RESP3: three plain servers, keys spread by its own hash."""
    CONFIG = """bench:
  listen: 127.0.0.1:{port}
  hash: fnv1a_64
  distribution: ketama
  redis: true
  server_connections: 1
  servers:
{servers}
"""

    def takes(self, scenario):
        return scenario.group != "j" and scenario.one_command and not scenario.resp3

    def store(self, stores, scenario):
        return stores.plain(3)

    def command(self, store, port, folder):
        servers = "\n".join(f"   - {address}:1" for address in store.addresses)
        config = _write(folder, "nutcracker.yml", self.CONFIG.format(port=port, servers=servers))
        return ["nutcracker", "-c", config, "-p", os.path.join(folder, "pid"), "-o", os.path.join(folder, "nutcracker.log"),
                "-a", "127.0.0.1", "-s", str(free_port())]

    def version(self):
        return first_line(["nutcracker", "-V"])


class Haproxy(Proxy):
    """Bytes passed on before one plain server, one thread: what a relay costs that understands nothing."""
    CONFIG = """global
  nbthread 1
  maxconn 6000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:{port}
  server redis {server}
"""

    def takes(self, scenario):
        return scenario.group != "j"

    def store(self, stores, scenario):
        return stores.plain(1)

    def command(self, store, port, folder):
        config = _write(folder, "haproxy.cfg", self.CONFIG.format(port=port, server=store.addresses[0]))
        return ["haproxy", "-db", "-q", "-f", config]

    def version(self):
        return first_line(["haproxy", "-v"])


class Command(Proxy):
    """Any other program, as told by name=command:port."""

    def __init__(self, text):
        name, equals, rest = text.partition("=")
        command, colon, port = rest.rpartition(":")
        if not (name and equals and command and colon and (port == "{port}" or port.isdecimal())):
            raise ValueError(f"not name=command:port: {text}")
        super().__init__(name)
        self._words = shlex.split(command)
        self._port = port
        self._text = command

    def port(self):
        return free_port() if self._port == "{port}" else int(self._port)

    def command(self, store, port, folder):
        values = {"{nodes}": ",".join(store.addresses), "{port}": str(port), "{folder}": folder}
        return [_filled(word, values) for word in self._words]

    def version(self):
        return self._text


class Direct:
    """The load generator straight to the cluster's masters: no target process at all."""
    name = "direct"

    def takes(self, scenario):
        return scenario.single_slot and not scenario.idle

    def start(self, stores, scenario, _, before=()):
        store = stores.cluster(scenario.masters)
        return Running(["--target", store.addresses[0], "--cluster"], store)

    def version(self):
        return "the load generator straight to the cluster"


OWN = {"slotway1": lambda: Slotway(1), "slotway2": lambda: Slotway(2), "twemproxy": lambda: Twemproxy("twemproxy"),
       "haproxy": lambda: Haproxy("haproxy"), "direct": Direct}


def first_line(command):
    """What a program says first, mostly its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return next(iter((done.stdout + done.stderr).strip().splitlines()), "")


def _answers(port):
    with Connection(port, timeout=STOP_S) as connection:
        return connection.call("PING") == b"PONG" and not isinstance(connection.call("GET", "key:000000000000"), Err)


def _end_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return " / ".join(file.read().strip().splitlines()[-3:]) or "it said nothing"


def _write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _filled(word, values):
    for name, value in values.items():
        word = word.replace(name, value)
    return word
