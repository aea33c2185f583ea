"""Runs scenarios and prints one table: what the clients saw through the proxy, and beside it what they see straight at the
cluster, which is what Redis itself loses."""
import argparse
import os
import shutil
import sys
import time

from chaos import scenarios
from chaos.run import run
from harness.proxy import ROOT

HEAD = ("scenario", "way", "operations", "unknown", "refused", "strange", "closed", "longest pause", "twice", "lost",
        "misordered", "mismatched", "missed")


def main():
    options = _read(sys.argv[1:])
    shutil.rmtree(options.out, ignore_errors=True)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    notes, broken = [], False
    for scenario in options.scenarios:
        for seed in range(options.seed, options.seed + options.times):
            for way in ("slotway", "straight") if options.straight and scenario.straight else ("slotway",):
                folder = os.path.join(options.out, f"{scenario.name}-{seed}-{way}")
                begun = time.monotonic()
                found = run(scenario, seed, folder, straight=way == "straight", workers=options.workers)
                print(_row(scenario, way, found), flush=True)
                notes.append(_notes(scenario, seed, way, found, time.monotonic() - begun))
                broken |= way == "slotway" and _breaks(scenario, found)
    print("\n" + "\n".join(notes))
    sys.exit(1 if broken else 0)


def _read(arguments):
    parser = argparse.ArgumentParser(prog="tests/chaos/run.sh", description="What clients see while the cluster is moved, "
                                     "broken and mended under them. Exits with 1 when a promise was broken.")
    parser.add_argument("--scenarios", default=",".join(each.name for each in scenarios.ALL), metavar="A,B",
                        help="of " + ", ".join(each.name for each in scenarios.ALL) + " (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn is the same for the same seed (default 1)")
    parser.add_argument("--times", type=int, default=1, help="seeds from --seed on (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="of the proxy (default 2)")
    parser.add_argument("--straight", action="store_true", help="each scenario straight at the cluster, too")
    parser.add_argument("--out", default=os.path.join(ROOT, "build/chaos"), metavar="FOLDER",
                        help="for schedules and logs (build/chaos); emptied first")
    options = parser.parse_args(arguments)
    try:
        options.scenarios = scenarios.choose(options.scenarios.split(","))
    except ValueError as error:
        parser.error(str(error))
    return options


def _row(scenario, way, found):
    cells = (scenario.name, way, f"{found.operations:,}", *(found.errors[kind] for kind in ("unknown", "refused", "strange")),
             found.disconnects, f"{found.pause_s:.2f} s", found.duplicated, found.lost, found.misordered, found.mismatched,
             found.missed)
    return "| " + " | ".join(map(str, cells)) + " |"


def _notes(scenario, seed, way, found, took_s):
    lines = [f"{scenario.name}, seed {seed}, {way}, {took_s:.0f} s: {scenario.what}"]
    lines += [f"    {count} x {text}" for text, count in found.texts.most_common(8)]
    lines += [f"    {detail}" for detail in found.details[:8]]
    return "\n".join(lines)


def _breaks(scenario, found):
    disturbed = found.errors or found.lost or (found.disconnects and not scenario.cuts)
    return found.broken() or found.errors["strange"] or (scenario.quiet and disturbed)


main()
