"""python3 -m bench: reads the command line, runs, writes the report. Started by run.sh."""
import os
import resource
import shutil
import signal
import sys
import tempfile

from bench import machine, options
from bench.picture import Picture
from bench.report import Report
from bench.results import Results
from bench.rounds import Bench
from bench.stores import Stores


def main():
    asked = options.read(sys.argv[1:])
    _open_many_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = tempfile.mkdtemp(prefix="slotway-bench.")
    stores, results = Stores(folder), Results()
    bench = Bench(asked.targets, asked.scenarios, asked.pace, asked.instructions, stores, folder, results)
    interrupted = False
    try:
        bench.run()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        # What is left is quick, and leaving it out would leave servers behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        bench.stop()
        stores.stop()
        shutil.rmtree(folder, ignore_errors=True)
        _write(asked, results, machine.describe(asked.targets, asked.pace, sys.argv[1:], bench.methods))
    return 130 if interrupted else 0


def _open_many_files():
    """5,000 idle connections, and a counter for each event and thread: as many as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _write(asked, results, about):
    if not results.samples:
        print("nothing was measured", *results.troubles, sep="\n", file=sys.stderr)
        return
    os.makedirs(asked.out, exist_ok=True)
    names = [target.name for target in asked.targets]
    report = Report(results, names, asked.reference, about).text()
    for name, text in (("report.md", report), ("report.svg", Picture(results, names, asked.reference).text())):
        with open(os.path.join(asked.out, name), "w", encoding="utf-8") as file:
            file.write(text)
    results.write_json(os.path.join(asked.out, "samples.json"), about)
    print(report)
    print(f"written to {asked.out}: report.md, report.svg, samples.json", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
