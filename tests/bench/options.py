"""The command line."""
import argparse
import os

from bench import scenarios
from bench.rounds import Pace
from bench.targets import OWN, Command
from harness.proxy import ROOT

FEWEST_ROUNDS = 3
# Fewer sizes of (j) and (k): j3 is (a) and (b) again, and k10 is (d).
QUICK_SCENARIOS = "a,b,c,d,e,f,g,h,i,j30a,j30b,k100,k1000,l,m"
QUICK = Pace(rounds=1, seconds=0.4, warmup=0.1, count_seconds=0.25, instruction_requests=2000)


def read(arguments):
    """What was asked for, with .targets, .scenarios and .pace made of it. Ends the program when that makes no sense."""
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description="What Slotway and others cost for the same work.")
    parser.add_argument("--targets", default=",".join(OWN), metavar="A,B", help=f"of {', '.join(OWN)} (default: all)")
    parser.add_argument("--target", action="append", default=[], metavar="NAME=COMMAND:PORT",
                        help="another one, before the cluster; {nodes}, {port} and {folder} are replaced; repeatable")
    parser.add_argument("--scenarios", metavar="A,B", help="letters a to m, or names such as j100b (default: all)")
    parser.add_argument("--rounds", type=int, help=f"at least {FEWEST_ROUNDS}, the default")
    parser.add_argument("--seconds", type=float, default=5, help="of each sample (default 5)")
    parser.add_argument("--reference", metavar="NAME", help="ratios are to this one (default: the first --target, or twemproxy)")
    parser.add_argument("--instructions", default="a,b", metavar="A,B",
                        help="scenarios in which callgrind counts instructions where the machine cannot (default a,b)")
    parser.add_argument("--quick", action="store_true", help="about two minutes: one short round, fewer sizes of (j) and (k)")
    parser.add_argument("--out", default=os.path.join(ROOT, "build/bench"), metavar="FOLDER", help="for the report (build/bench)")
    options = parser.parse_args(arguments)
    try:
        options.others = [Command(text) for text in options.target]
        options.targets = _own(options.targets) + options.others
        options.scenarios = scenarios.choose((options.scenarios or _every(options.quick)).split(","))
        options.reference = _reference(options)
        options.pace = _pace(options)
    except ValueError as error:
        parser.error(str(error))
    options.instructions = options.instructions.split(",")
    return options


def _every(quick):
    return QUICK_SCENARIOS if quick else ",".join(sorted({scenario.group for scenario in scenarios.ALL}))


def _own(text):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in OWN:
            raise ValueError(f"no target {name}")
    return [OWN[name]() for name in names]


def _reference(options):
    names = [target.name for target in options.targets]
    if len(set(names)) < len(names):
        raise ValueError("two targets of one name")
    if not names:
        raise ValueError("no targets")
    if options.reference and options.reference not in names:
        raise ValueError(f"--reference {options.reference} is not measured")
    usual = options.others[0].name if options.others else "twemproxy"
    return options.reference or (usual if usual in names else names[0])


def _pace(options):
    if options.quick:
        return QUICK
    rounds = options.rounds or FEWEST_ROUNDS
    if rounds < FEWEST_ROUNDS:
        raise ValueError(f"--rounds: at least {FEWEST_ROUNDS}; fewer only with --quick")
    return Pace(rounds=rounds, seconds=options.seconds, warmup=0.5, count_seconds=2, instruction_requests=20_000)
