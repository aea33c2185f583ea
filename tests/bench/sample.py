"""One sample: one run of the load before one target, with the cost of everybody who took part."""
import time

from bench import load, process

SETTLE_S = 0.02   # after the warm-up, so that the first reading of the CPU clocks lies in the measurement
IDLE_WARMUP_REQUESTS = 2000


def measure(running, scenario, seconds, warmup):
    """A dict of numbers; CPU times in microseconds per request."""
    groups = {"cpu": running.pids, "redis": running.store.pids}
    process.forget_peak(running.pids)
    with load.run_for(running.way, scenario, seconds, warmup) as work:
        time.sleep(warmup + SETTLE_S)
        before = {name: process.Clock.read(pids) for name, pids in groups.items()}
        answer = work.finish()
    sample = {"ops": answer["ops_per_second"], "p50": answer["p50_us"], "p99": answer["p99_us"],
              "p999": answer["p999_us"], "max": answer["max_us"], "requests": answer["requests"], "errors": answer["errors"]}
    for name, pids in groups.items():
        # Nobody works after the end, so the second reading may be late; the first one says how much lay behind it.
        user, system = process.Clock.read(pids).since(before[name])
        left = answer["started_us"] / 1e6 + answer["seconds"] - before[name].at
        requests = max(answer["requests"] * left / answer["seconds"], 1)
        sample |= {f"{name}_user": user / requests, f"{name}_system": system / requests}
    requests = max(answer["requests"], 1)
    sample |= {"load_user": answer["user_us"] / requests, "load_system": answer["system_us"] / requests}
    return _with_sums(sample) | _memory(running)


def measure_idle(running, scenario):
    """Resident memory that each of many idle connections adds, in bytes."""
    load.run_requests(running.way, scenario, IDLE_WARMUP_REQUESTS)
    before = process.memory_kib(running.pids, "VmRSS")
    with load.Load(running.way, ["--idle", scenario.idle]) as held:
        held.first_line()
        after = process.memory_kib(running.pids, "VmRSS")
        sample = {"idle_bytes": max(after - before, 0) * 1024 / scenario.idle} | _memory(running)
        held.finish()
    return sample


def _with_sums(sample):
    for name in ("cpu", "redis", "load"):
        sample[name] = sample[f"{name}_user"] + sample[f"{name}_system"]
    sample["total"] = sample["cpu"] + sample["redis"] + sample["load"]
    return sample


def _memory(running):
    return {"peak_kib": process.memory_kib(running.pids, "VmHWM"), "resident_kib": process.memory_kib(running.pids, "VmRSS")}
