"""Runs scenarios and prints one table: what the clients saw through the proxy, and beside it what they see straight at the
cluster, which is what Redis itself loses."""
import argparse
import os
import shutil
import sys
import time

from chaos import scenarios
from chaos.run import run
from chaos.schedule import Schedule
from chaos.verdict import LONGEST_PAUSE_ASIDE_S, broken_promises, longest_pause_allowed_s
from harness.proxy import ROOT

HEAD = ("scenario", "way", "operations", "unknown", "partial", "refused", "strange", "closed", "longest pause", "outage", "twice", "lost",
        "misordered", "mismatched", "missed", "again")

ONE_MORE_TRY_S = 1.3  # timeouts.connect and timeouts.reconnect_max, and a moment


def main():
    options = _read(sys.argv[1:])
    shutil.rmtree(options.out, ignore_errors=True)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    notes, broken = [], []
    for scenario, seed, way in _runs(options):
        name = f"{scenario.name}, seed {seed}, {way}"
        begun = time.monotonic()
        found = run(scenario, seed, os.path.join(options.out, f"{scenario.name}-{seed}-{way}"), straight=way == "straight",
                    workers=options.workers, ordering=options.ordering, replay=options.replay)
        print(_row(scenario, way, found), flush=True)
        notes.append(_notes(f"{name}, {time.monotonic() - begun:.0f} s: {scenario.what}", found))
        if way == "slotway":
            broken += [f"{name}: {each}" for each in [*broken_promises(scenario, found), *_too_long(scenario, found)]]
    print("\n" + "\n".join([*notes, *(f"BROKEN: {each}" for each in broken)]))
    sys.exit(1 if broken else 0)


def _runs(options):
    for scenario in options.scenarios:
        for seed in range(options.seed, options.seed + options.times):
            yield scenario, seed, options.way
            if options.straight and scenario.straight:
                yield scenario, seed, "straight"


def _too_long(scenario, found):
    allowed_s = longest_pause_allowed_s(scenario, found)
    late = [f"commands refused for {found.late_s:.2f} s when all was well again"] if found.late_s > ONE_MORE_TRY_S else []
    pauses = ((found.pause_s, allowed_s, found.slowest), (found.aside_s, LONGEST_PAUSE_ASIDE_S, found.slow_aside))
    return late + [f"a pause of {pause_s:.2f} s, longer than {most_s:.2f} s ({who})" for pause_s, most_s, who in pauses
                   if pause_s > most_s]


def _read(arguments):
    parser = argparse.ArgumentParser(prog="tests/chaos/run.sh", description="What clients see while the cluster is moved, "
                                     "broken and mended under them. Exits with 1 when a promise was broken.")
    parser.add_argument("--scenarios", default=",".join(each.name for each in scenarios.ALL), metavar="A,B",
                        help="of " + ", ".join(each.name for each in scenarios.ALL) + " (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn is the same for the same seed (default 1)")
    parser.add_argument("--times", type=int, default=1, help="seeds from --seed on (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="of the proxy (default 2)")
    parser.add_argument("--ordering", choices=("key", "strict"), help="of the proxy's listener (default: the scenario's own)")
    parser.add_argument("--straight", action="store_true", help="each scenario straight at the cluster, too")
    parser.add_argument("--replay", metavar="FILE", help="a schedule.jsonl: the same scenario, seed, workers, "
                        "ordering and clients, and the same acts at the same times")
    parser.add_argument("--out", metavar="FOLDER",
                        help="for schedules and logs (build/chaos; of a replay build/chaos-replay); emptied first")
    options = parser.parse_args(arguments)
    options.way = "slotway"
    options.out = options.out or os.path.join(ROOT, "build/chaos-replay" if options.replay else "build/chaos")
    try:
        if options.replay:
            options.replay = Schedule(options.replay)
            for name, value in options.replay.run.items():
                setattr(options, "scenarios" if name == "scenario" else name, value)
        options.scenarios = scenarios.choose(options.scenarios.split(","))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return options


def _row(scenario, way, found):
    errors = (found.errors[kind] for kind in ("unknown", "partial", "refused", "strange"))
    cells = (scenario.name, way, f"{found.operations:,}", *errors, found.disconnects, f"{found.pause_s:.2f} s",
             f"{found.outage_s:.2f} s", found.duplicated, found.lost, found.misordered, found.mismatched,
             *(("-", "-") if way == "straight" else (found.missed, found.again)))
    return "| " + " | ".join(map(str, cells)) + " |"


def _notes(head, found):
    lines = [head]
    lines += [f"    {count} x {text}" for text, count in found.texts.most_common(8)]
    lines += [f"    {detail}" for detail in sorted(found.details, key=lambda detail: detail.startswith("lost"))[:12]]
    return "\n".join(lines)


main()
