"""System calls per request of a target and of its Redis servers, in a pass of its own: counting slows them down."""
import contextlib
import os
import re
import shutil
import signal
import subprocess

from bench import load

KINDS = {
    "read": ("read", "readv", "recvfrom", "recvmsg", "recvmmsg"),
    "write": ("write", "writev", "sendto", "sendmsg", "sendmmsg"),
    "epoll_wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "epoll_ctl": ("epoll_ctl",),
}
EVERY = "raw_syscalls:sys_enter"
INSTRUCTIONS = "instructions:u"
SHORTER = 4     # times shorter is the short run than the long one
STOP_S = 30


def perf_understands(event):
    """Whether perf can count this here."""
    try:
        done = subprocess.run(["perf", "stat", "-x,", "-e", event, "true"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and "<not supported>" not in done.stderr


def choose_counter():
    """perf, strace or None: what works on this machine."""
    if perf_understands(EVERY) and perf_understands("syscalls:sys_enter_epoll_wait"):
        return PerfCounter
    return StraceCounter if shutil.which("strace") else None


class PerfCounter:
    """Counters are opened by the constructor and count between begin() and end()."""
    name = "perf stat (kernel tracepoints)"

    def __init__(self, pids, folder, events=()):
        self._path = os.path.join(folder, f"perf-{pids[0]}.csv")
        names = [f"syscalls:sys_enter_{call}" for calls in KINDS.values() for call in calls] + [EVERY, *events]
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        command = ["perf", "stat", "-x,", "-o", self._path, "-e", ",".join(names), "-p", ",".join(map(str, pids)),
                   "--delay", "-1", "--control", f"fd:{orders},{answers}"]
        self._perf = subprocess.Popen(command, pass_fds=(orders, answers), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(orders)
        os.close(answers)
        self._order("disable")   # answered when all counters are open

    @classmethod
    def held(cls, folder):
        """The kernel takes long to switch tracepoints on and off; while this is open, they stay on."""
        return contextlib.closing(cls([os.getpid()], folder))

    def _order(self, word):
        os.write(self._orders, word.encode() + b"\n")
        if not os.read(self._answers, 16):
            raise OSError("perf stat left")

    def begin(self):
        self._order("enable")

    def end(self):
        self._order("disable")

    def close(self):
        if self._perf.returncode is None:
            _interrupt(self._perf)
            os.close(self._orders)
            os.close(self._answers)

    def counts(self):
        """By kind of call, `all` and the other events; after close()."""
        by_event = {}
        with open(self._path, encoding="utf-8") as file:
            for line in file:
                fields = line.strip().split(",")
                if len(fields) > 2 and not line.startswith("#"):
                    by_event[fields[2]] = float(fields[0]) if fields[0].replace(".", "").isdecimal() else 0.0
        counts = {kind: sum(by_event.get(f"syscalls:sys_enter_{call}", 0) for call in calls) for kind, calls in KINDS.items()}
        counts["all"] = by_event.get(EVERY, 0)
        if INSTRUCTIONS in by_event:
            counts["instructions"] = by_event[INSTRUCTIONS]
        return counts


class StraceCounter:
    """Slow: what it watches runs several times slower, which changes how well it batches. For want of perf."""
    name = "strace -c (slows what it counts, so that it batches differently)"
    LINE = re.compile(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$")

    def __init__(self, pids, folder, _=()):
        self._pids = pids
        self._path = os.path.join(folder, f"strace-{pids[0]}.txt")
        self._strace = None

    @staticmethod
    def held(_):
        """Nothing to keep open."""
        return contextlib.nullcontext()

    def begin(self):
        command = ["strace", "-f", "-c", "-o", self._path, *(word for pid in self._pids for word in ("-p", str(pid)))]
        self._strace = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True)
        for _ in self._pids:
            self._strace.stderr.readline()   # "attached", one for each process

    def end(self):
        _interrupt(self._strace)

    def close(self):
        if self._strace:
            _interrupt(self._strace)
            self._strace.stderr.close()

    def counts(self):
        by_call = {}
        with open(self._path, encoding="utf-8") as file:
            for line in file:
                if found := self.LINE.match(line.rstrip()):
                    by_call[found[2]] = int(found[1])
        counts = {kind: sum(by_call.get(call, 0) for call in calls) for kind, calls in KINDS.items()}
        counts["all"] = by_call.get("total", 0)
        return counts


def _interrupt(process):
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measure(counter, running, scenario, seconds, folder, events=()):
    """A dict of counts per request; Redis servers' ones begin with redis_. What connecting costs is in both a short and
    a long run, so that their difference is without it."""
    short, long = (_run(counter, running, scenario, length, folder, events) for length in (seconds / SHORTER, seconds))
    requests = long.pop("requests") - short.pop("requests")
    if requests <= 0:
        raise OSError("the longer run had fewer requests")
    return {kind: max(count - short[kind], 0) / requests for kind, count in long.items()}


def _run(counter, running, scenario, seconds, folder, events):
    counters = {"redis_": counter(running.store.pids, folder)}
    try:
        if running.pids:
            counters[""] = counter(running.pids, folder, events)
        for each in counters.values():
            each.begin()
        with load.run_for(running.way, scenario, seconds, warmup=0) as work:
            counts = {"requests": work.finish()["requests"]}
        for each in counters.values():
            each.end()
    finally:
        for each in counters.values():
            each.close()
    return counts | {prefix + kind: count for prefix, each in counters.items() for kind, count in each.counts().items()}
