"""Soaks the program for long and prints what it held. Exits with 1 when something was not given back, or went wrong."""
import argparse
import os
import shutil
import sys

from harness.proxy import ROOT
from soak.soak import MIB, soak


def main():
    parser = argparse.ArgumentParser(prog="tests/soak/run.sh", description="Full load for long, with clients that come and go.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2, help="of the proxy (default 2)")
    parser.add_argument("--seed", type=int, default=1, help="of what the visitors do (default 1)")
    options = parser.parse_args()
    folder = os.path.join(ROOT, "build/soak")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    print("| minute | requests | resident MiB | buffered MiB | clients | open files |\n" + "|---" * 6 + "|")
    found = soak(folder, options.minutes * 60, options.workers, options.seed, lambda sample: print(_row(sample), flush=True))
    print("\nWith nobody there, after the first tenth of the time and in the end:\n")
    for rest in found.rests:
        print(_row(rest))
    broken = [*found.broken(), *found.grown()]
    print(f"\n{found.visits:,} visits, {len(found.errors)} errors\n" + "\n".join(f"BROKEN: {each}" for each in broken))
    sys.exit(1 if broken else 0)


def _row(sample):
    cells = (f"{sample.at_s / 60:.1f}", f"{sample.requests:,}", f"{sample.resident / MIB:.1f}", f"{sample.buffered / MIB:.2f}",
             sample.clients, sample.files)
    return "| " + " | ".join(map(str, cells)) + " |"


main()
