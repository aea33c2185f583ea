"""User-space instructions per request by callgrind, where the machine has no counter of its own for them."""
import glob
import os
import re
import shutil
import subprocess

from bench import load

WARMUP_REQUESTS = 2000
CONTROL_S = 120
TOTALS = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


def available():
    return shutil.which("callgrind_control") is not None


def wrapper(folder):
    """What goes before a target's command. It stays asleep until told; a script's program is followed."""
    return ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--trace-children=yes",
            f"--callgrind-out-file={folder}/callgrind.%p"]


def measure(running, scenario, requests, folder):
    """The difference of a longer and a shorter run, per request: what connecting costs is in both."""
    load.run_requests(running.way, scenario, WARMUP_REQUESTS)
    _control("--instr=on", running)
    counts = []
    for amount in (requests, 3 * requests):
        load.run_requests(running.way, scenario, amount)
        before = set(_parts(folder, running))
        _control("--dump", running)
        counts.append(sum(map(_total, set(_parts(folder, running)) - before)))
    _control("--instr=off", running)
    if counts[1] <= counts[0]:
        raise load.LoadFailed("callgrind counted nothing")
    return (counts[1] - counts[0]) / (2 * requests)


def _control(order, running):
    for pid in running.pids:
        subprocess.run(["callgrind_control", order, str(pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=CONTROL_S, check=False)


def _parts(folder, running):
    return [path for pid in running.pids for path in glob.glob(os.path.join(folder, f"callgrind.{pid}.*"))]


def _total(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        found = TOTALS.findall(file.read())
    return int(found[-1]) if found else 0
