"""What the kernel says of processes: CPU time and memory."""
import os
import time
from dataclasses import dataclass

TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process and all that come from it, such as the child of a script that does not exec."""
    pids = [pid]
    for thread in _threads(pid):
        children = _text(f"/proc/{pid}/task/{thread}/children").split()
        pids += [descendant for child in children for descendant in family(int(child))]
    return pids


def _threads(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


@dataclass(frozen=True)
class Clock:
    """CPU time of processes up to a moment. The scheduler's sum (ns) is exact; the ticks tell user from system."""
    at: float
    user_ticks: int
    system_ticks: int
    exact_us: float

    @staticmethod
    def read(pids):
        user = system = 0
        exact = 0.0
        for pid in pids:
            fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
            if fields:
                user, system = user + int(fields[11]), system + int(fields[12])
            exact += sum(int((_text(f"/proc/{pid}/task/{thread}/schedstat").split() or [0])[0])
                         for thread in _threads(pid)) / 1000
        return Clock(time.monotonic(), user, system, exact)

    def since(self, before):
        """(user, system) in microseconds."""
        user, system = self.user_ticks - before.user_ticks, self.system_ticks - before.system_ticks
        exact = self.exact_us - before.exact_us
        if exact <= 0:
            return user * TICK_US, system * TICK_US
        share = user / (user + system) if user + system else 0.5
        return exact * share, exact * (1 - share)


def memory_kib(pids, what):
    """VmRSS (resident now) or VmHWM (its peak), summed."""
    total = 0
    for pid in pids:
        for line in _text(f"/proc/{pid}/status").splitlines():
            if line.startswith(what + ":"):
                total += int(line.split()[1])
    return total


def forget_peak(pids):
    """Lets VmHWM begin anew."""
    for pid in pids:
        try:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        except OSError:
            pass
