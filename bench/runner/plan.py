"""What is measured, with which program, and how long. One round does all of it once."""

import dataclasses
import os
import typing

import readings
import tables


@dataclasses.dataclass
class Setting:
    """How long a run takes."""
    rounds: int
    seconds: float      # Each row of `pitwall bench`.
    floor_seconds: float
    min_time: float     # Each of Google Benchmark's own.
    halts: int
    deaths: int
    idle_seconds: int
    unfinished: int
    full: bool = False


SHORT = Setting(3, 0.5, 0.3, 0.05, 100, 3, 3, 10_000)
FULL = Setting(5, 2, 1, 0.2, 1_000, 10, 30, 10_000, full=True)


@dataclasses.dataclass
class Measure:
    name: str
    command: list
    read: typing.Callable
    environment: dict = dataclasses.field(default_factory=dict)


def google(build, name, stem, setting, only=None):
    command = [f"{build}/bench/bench_{stem}", "--benchmark_format=json",
               f"--benchmark_min_time={setting.min_time}"]
    if only is not None:
        command.append(f"--benchmark_filter={only}")
    prefix = "floor" if stem == "floor" else name
    return Measure(name, command, lambda text: readings.google(text, prefix))


def shortened(only, setting):
    """What --full leaves out, if anything."""
    return None if setting.full else only


def bench(build, name, read, setting, *arguments):
    command = [f"{build}/pitwall", "bench", "--json", "--seconds", str(setting.seconds),
               "--data-dir", "bench-data", *arguments]
    return Measure(name, command, read)


def floors(build, name, setting, only):
    one = google(build, name, "floor", setting, only)
    one.environment["PITWALL_BENCH_SECONDS"] = str(setting.floor_seconds)
    return one


def executions(build, setting):
    """Each row right after its floor: a disk is not the same a minute later."""
    for mode in tables.MODES:
        for concurrency in tables.CONCURRENCIES:
            yield floors(build, "executions", setting, f"^execution/{mode}/{concurrency}/")
            yield bench(build, "executions", readings.executions, setting, "--durability", mode,
                        "--concurrency", str(concurrency), "--halts", "0")


def recovery(build, setting):
    return Measure("recovery", [f"{build}/tests/test_process", "[unfinished]"], readings.recovery,
                   {"PITWALL_UNFINISHED": str(setting.unfinished)})


def measures(root, build, setting):
    return [
        floors(build, "floor", setting, "-^execution/"),
        *executions(build, setting),
        bench(build, "halts", readings.halts, setting, "--concurrency", "200", "--halts",
              str(setting.halts)),
        google(build, "journal", "storage", setting),
        bench(build, "viewers", readings.viewers, setting, "--clients", "0,1,50,1000",
              "--rounds", "1"),
        bench(build, "workers", readings.workers, setting, "--workers", "0,1,2", "--concurrency",
              "1,200", "--durability", "memory,sync", "--rounds", "1", "--deaths",
              str(setting.deaths)),
        recovery(build, setting),
        google(build, "history", "history", setting,
               shortened("^(start/orderly/(0|300000)|start/killed/300000|events/deep)/", setting)),
        google(build, "retention", "retention", setting, shortened("^commit/sync/", setting)),
        google(build, "resilience", "resilience", setting),
        google(build, "run", "run", setting),
        Measure("idle", [os.path.join(root, "bench", "idle"), f"{build}/pitwall",
                         str(setting.idle_seconds)], readings.idle),
    ]
