"""Where and of what a report was made: the machine, its kernel, the versions, the day, the command line."""
import datetime
import os
import platform
import shlex

from bench.targets import first_line


def describe(targets, pace, arguments, methods):
    """Names and texts, in the order of the report."""
    about = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(["tests/bench/run.sh", *arguments]),
        "machine": f"{_cpu()}, {os.cpu_count()} CPUs, {_memory_gib():.0f} GiB",
        "kernel": platform.platform(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "?"),
        "servers": first_line(["redis-server", "--version"]),
        "pace": f"{pace.rounds} rounds of {pace.seconds:g} s after {pace.warmup:g} s of warm-up, targets in turn",
        **methods,
    }
    return about | {target.name: target.version() for target in targets}


def _cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
