"""System calls per request of a target and of its Redis servers, in a pass of its own: counting slows them down."""
import os
import re
import signal
import subprocess
import time

from bench import load, sample

KINDS = {
    "read": ("read", "readv", "recvfrom", "recvmsg", "recvmmsg"),
    "write": ("write", "writev", "sendto", "sendmsg", "sendmmsg"),
    "epoll_wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "epoll_ctl": ("epoll_ctl",),
}
EVERY = "raw_syscalls:sys_enter"
INSTRUCTIONS = "instructions:u"
START_S = 30
END_S = 0.05     # how long before the load's end counting stops


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
    return StraceCounter if _there("strace") else None


def _there(program):
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.environ.get("PATH", "").split(":"))


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

    def begin(self):
        command = ["strace", "-f", "-c", "-o", self._path, *(word for pid in self._pids for word in ("-p", str(pid)))]
        self._strace = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self._strace.stderr.readline()   # "attached"

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
        process.wait(START_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measure(counter, running, scenario, seconds, warmup, folder, events=()):
    """A dict of counts per request; Redis servers' ones begin with redis_. Connecting is not counted, it is over then."""
    counters = {}
    try:
        if running.pids:
            counters[""] = counter(running.pids, folder, events)
        counters["redis_"] = counter(running.store.pids, folder)
        return _count(counters, running, scenario, seconds, warmup)
    finally:
        for each in counters.values():
            each.close()


def _count(counters, running, scenario, seconds, warmup):
    began, ended = {}, {}
    with load.run_for(running.way, scenario, seconds, warmup) as work:
        time.sleep(warmup + sample.SETTLE_S)
        for prefix, each in counters.items():
            each.begin()
            began[prefix] = time.monotonic()
        time.sleep(max(seconds - sample.SETTLE_S - END_S, 0.05))
        for prefix, each in counters.items():
            each.end()
            ended[prefix] = time.monotonic()
        answer = work.finish()
    per_request = {}
    for prefix, each in counters.items():
        each.close()
        requests = max(answer["ops_per_second"] * (ended[prefix] - began[prefix]), 1)
        per_request |= {prefix + kind: count / requests for kind, count in each.counts().items()}
    return per_request
