"""./dev bench: all that the project measures of itself, several times, against floors and against
a stored run."""

import argparse
import dataclasses
import datetime
import json
import os
import re
import subprocess
import sys
import time

import figures
import floors
import machine
import plan
import readings
import stored
import tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def options():
    p = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    p.add_argument("--full", action="store_true", help="longer, and all benchmarks")
    p.add_argument("--large", action="store_true",
                   help="on 10 million events and 100,000 unfinished executions")
    p.add_argument("--rounds", type=int, help="each measure so often")
    p.add_argument("--seconds", type=float, help="for each row and floor")
    p.add_argument("--only", default="", metavar="REGEX", help="measures whose name matches")
    p.add_argument("--list", action="store_true", help="show their names")
    p.add_argument("--save", metavar="NAME", help="keep the run as build/bench/NAME.json")
    p.add_argument("--as-baseline", action="store_true", help="keep it as bench/baseline.json")
    p.add_argument("--against", metavar="NAME",
                   help="a run that was saved, or a file; default: bench/baseline.json")
    p.add_argument("--show", metavar="NAME", help="a stored run; measure nothing")
    p.add_argument("--readme", action="store_true", help="print it as README.md has it")
    for place, default in (("build", "build/release"), ("shelf", "build/bench"),
                           ("baseline", "bench/baseline.json")):
        p.add_argument(f"--{place}", default=os.path.join(ROOT, default), help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.as_baseline and o.only:
        p.error("a baseline has all measures: --as-baseline without --only")
    return o


def shelf_of(o):
    return stored.Shelf(o.shelf, o.baseline)


def earlier(o):
    """The run to compare with; None, which is said where one was asked for."""
    before = shelf_of(o).find(o.against)
    if o.against is not None and before is None:
        say(f"there is no run '{o.against}'")
    return before


def setting_of(o):
    s = dataclasses.replace(plan.FULL if o.full or o.large else plan.SHORT)
    s.rounds = o.rounds or s.rounds
    if o.seconds:
        s.seconds = s.floor_seconds = o.seconds
    if o.large:
        s.unfinished = 100_000
        os.environ["PITWALL_BENCH_LARGE"] = "1"
    return s


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def take(measure, directory):
    """{name: value}, and whether it went well, else why not is said. One that has an objection to
    what it measured has measured all the same."""
    environment = {**os.environ, "PITWALL_BENCH_DIR": directory, **measure.environment}
    try:
        done = subprocess.run(measure.command, cwd=directory, env=environment,
                              capture_output=True, text=True, check=False)
    except OSError as e:
        say(f"{measure.name} FAILED: {e}")
        return {}, False
    if done.returncode != 0:
        say(f"{measure.name} FAILED: {' '.join(measure.command)} ended with {done.returncode}\n"
            f"{(done.stderr or done.stdout)[-2_000:]}")
    try:
        return measure.read(done.stdout), done.returncode == 0
    except (ValueError, KeyError) as e:
        if done.returncode == 0:
            say(f"{measure.name} FAILED: cannot be read: {e!r}")
        return {}, False


def run(measures, rounds, directory):
    """What each round has found, and the names of what failed."""
    found, failed = [], set()
    for i in range(rounds):
        one, said = {}, None
        for m in measures:
            if m.name != said:
                say(f"round {i + 1} of {rounds}: {m.name}")
            said = m.name
            values, good = take(m, directory)
            if not good:
                failed.add(m.name)
            one.update(values)
        found.append(one)
    return found, failed


def show(o, result, before):
    if o.readme:
        print("\n".join(machine.words(result["machine"]) + tables.for_readme(result["figures"])))
        return
    changes, same = {}, True
    if before is not None:
        same = machine.is_same(result["machine"], before["machine"])
        changes = figures.compare(result["figures"], before["figures"], same)
    print("\n".join(machine.words(result["machine"]) + [""]
                    + tables.of_figures(result["figures"], changes) + [""]
                    + tables.against_floor(result["figures"]) + tables.legend(not same)))
    if before is not None:
        print(f"Stored run: {before['began']}, revision {before['machine']['revision']}, "
              f"fdatasync {before['machine']['sync_us']:.0f} us, "
              f"load {before['machine']['load_before']}.")


def measure(o):
    setting = setting_of(o)
    chosen = [m for m in plan.measures(ROOT, os.path.abspath(o.build), setting)
              if re.search(o.only, m.name)]
    if o.list or not chosen:
        names = dict.fromkeys(m.name for m in chosen)
        print("\n".join(names) or f"no measure matches '{o.only}'")
        return 0 if chosen else 64
    directory = os.path.abspath(os.environ.get("PITWALL_BENCH_DIR") or o.shelf)
    os.makedirs(directory, exist_ok=True)
    where = machine.describe(ROOT, o.build, directory)
    for line in machine.words(where):
        say(line)
    began = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    rounds, failed = run(chosen, setting.rounds, directory)
    where["load_after"] = machine.load()
    result = {"began": began, "machine": where, "setting": dataclasses.asdict(setting),
              "figures": figures.gather(rounds, floors.floor_of, readings.unit_of)}
    result = stored.rounded(result)  # As what is stored: nothing differs by its last digits.
    before = earlier(o)
    shelf_of(o).keep(result, o.save, o.as_baseline and not failed)
    show(o, result, before)
    if failed:
        say(f"FAILED: {', '.join(sorted(failed))}")
    return 1 if failed else 0


def main():
    o = options()
    if o.show is None:
        return measure(o)
    result = shelf_of(o).find(o.show)
    if result is None:
        print(f"there is no run '{o.show}'", file=sys.stderr)
        return 66
    show(o, result, earlier(o))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
