"""The program under test as a process: started on free ports, watched, stopped with SIGTERM and held to exit code 0."""
import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

from harness.ports import free_port
from harness.resp import Connection
from harness.wait import PATIENCE_S, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("SLOTWAY_BIN", os.path.join(ROOT, "build/release/slotway"))
SANITIZER_REPORT = re.compile(r"AddressSanitizer|ThreadSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:")
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def run_binary(*args, env=None, timeout=PATIENCE_S):
    """The program run to its end: CompletedProcess with text."""
    return subprocess.run([BINARY, *args], env=clean_env(env), capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, check=False)


def clean_env(extra=None):
    """This environment without settings of Slotway's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLOTWAY_")}
    return {**kept, **(extra or {})}


class Slotway:
    """`config` is YAML text without listeners and admin section; flags win over it. With listen=() it has the listeners,
    too, and PORT in it stands for this proxy's port. `bare` = (port, admin port) starts
    it without any flag: `env` tells it everything, those ports too. `descriptors`: it may open no more files."""

    def __init__(self, folder, seeds=(), config=None, args=(), env=None, listen=None, ready=True, bare=None,
                 descriptors=None):
        self.port, self.admin_port = bare or (free_port(), free_port())
        self.log_path = os.path.join(str(folder), f"slotway-{self.port}.log")
        command = [BINARY] if descriptors is None else ["prlimit", f"--nofile={descriptors}", BINARY]
        if not bare:
            command += ["run", "--admin", f"127.0.0.1:{self.admin_port}"]
            for bind in [f"127.0.0.1:{self.port}"] if listen is None else listen:
                command += ["--listen", bind]
        for seed in seeds:
            command += ["--upstream", seed]
        if config is not None:
            path = os.path.join(str(folder), f"slotway-{self.port}.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config.replace("PORT", str(self.port)))
            command += ["--config", path]
        self._command, self._env = [*command, *args], clean_env(env)
        open(self.log_path, "wb").close()
        self._start()
        if ready:
            self.wait_ready()

    def _start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self._command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: not self.running() or self.http("/healthz")[0] == 200, "the admin port to answer")
        assert self.running(), f"exited with {self.process.returncode}:\n{self.log()}"

    def restart(self):
        """Told to leave, and started again at the same ports."""
        self.stop()
        self._start()
        self.wait_ready()

    def running(self):
        return self.process.poll() is None

    def wait_ready(self):
        until(lambda: self.http("/readyz")[0] == 200, "/readyz to say yes")

    def http(self, path):
        """(status, body) of a GET on the admin port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def connect(self, **options):
        return Connection(self.port, **options)

    def call(self, *args):
        """One command on a connection of its own."""
        with self.connect() as connection:
            return connection.call(*args)

    def samples(self):
        """/metrics as a list of (name, labels, value)."""
        rows = []
        for line in self.http("/metrics")[1].splitlines():
            if match := SAMPLE.match(line):
                rows.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
        return rows

    def metric(self, name, **labels):
        """The sum over all samples of this name that have these labels; 0 when there are none."""
        return sum(value for sample, has, value in self.samples()
                   if sample == name and labels.items() <= has.items())

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def events(self):
        """The log of `format: json` as dicts."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def memory_bytes(self, field):
        """What /proc says: "RssAnon" now, "VmHWM" the most that was ever resident (or since forget_peak())."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(f"{field}:"))

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Told to leave, it leaves in time with exit code 0, and no sanitizer had anything to say."""
        if self.running():
            self.send_signal(number)
        self.check_left()

    def check_left(self):
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not leave in {PATIENCE_S} s:\n{self.log()[-4000:]}") from None
        log = self.log()
        assert not SANITIZER_REPORT.search(log), log[-20000:]
        assert code == 0, f"exit code {code}:\n{log[-4000:]}"
