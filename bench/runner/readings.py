"""From what the benchmarks print to {name: value}. Names are paths, the unit is their last word."""

import json
import re

TO_US = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}
# What Google Benchmark adds to a name by the way of measuring.
OF_THE_WAY = re.compile(r"/(iterations:\d+|manual_time|real_time|min_time:[\d.]+|repeats:\d+)")
NO_COUNTERS = {
    "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads",
    "iterations", "real_time", "cpu_time",
    # Said once more by another figure.
    "items_per_second", "s/event"}


def rows_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def as_word(counter):
    """executions/s becomes executions_per_second, bytes/execution bytes_per_execution."""
    return re.sub("/s$", "/second", counter).replace("/", "_per_")


def google(text, prefix):
    """--benchmark_format=json. A benchmark's own time is its `us`, unless it counts a median."""
    found = {}
    for one in json.loads(text[text.index("{"):])["benchmarks"]:
        if one.get("error_occurred"):
            raise ValueError(f"{one['name']}: {one.get('error_message')}")
        name = prefix + "/" + OF_THE_WAY.sub("", one["name"])
        if "p50_us" not in one and "p50_ms" not in one:
            found[name + "/us"] = one["real_time"] * TO_US[one["time_unit"]]
        for counter, value in one.items():
            if counter not in NO_COUNTERS and isinstance(value, (int, float)):
                found[name + "/" + as_word(counter)] = value
    return found


def take(row, name, keys):
    return {f"{name}/{key}": row[key] for key in keys}


def executions(text):
    """`pitwall bench --json`: the rows of executions."""
    found = {}
    for row in rows_of(text):
        if "halts" not in row:
            found.update(take(row, f"executions/{row['durability']}/{row['concurrency']}", (
                "per_second", "p50_us", "p95_us", "p99_us", "cpu_us")))
    return found


def halts(text):
    """The same: those of halts, with nothing in flight, beside 200 executions, or of these."""
    found = {}
    for row in rows_of(text):
        if "halts" in row:
            at = "idle" if row["concurrency"] == 0 else f"under_{row['concurrency']}"
            if row.get("own"):
                at = "own" + at[len("under"):]
            found.update(take(row, f"halts/{row['durability']}/{at}", (
                "closed_p50_us", "closed_p99_us", "acknowledged_p50_us", "acknowledged_p99_us",
                "fdatasync_us", "fdatasync_p99_us")))
    return found


def viewers(text):
    """`pitwall bench --clients --json`."""
    found = {}
    for row in rows_of(text):
        if "idle_connections" in row:
            found[f"viewers/idle_{row['idle_connections']}/bytes_each"] = row["bytes_each"]
            continue
        if "rounds" in row:  # Medians of the rows before.
            continue
        load = "offered_" + row["load"][:-2] if row["load"].endswith("/s") else "at_once"
        keys = ["per_second", "p50_us", "p99_us", "host_cores"]
        if row["clients"]:
            keys += ["frames_per_second", "delivered_p50_us", "delivered_p99_us", "complete", "cut"]
        found.update(take(row, f"viewers/{load}/{row['clients']}", keys))
    return found


def workers(text):
    """`pitwall bench --workers --json`."""
    found = {}
    for row in rows_of(text):
        if "deaths" in row:
            name = f"workers/{row['durability']}/death_of_one_in_{row['workers']}"
            found[name + "/elsewhere_us"] = row["elsewhere_p50_ms"] * 1e3
        else:
            name = f"workers/{row['durability']}/{row['concurrency']}/on_{row['workers']}"
            keys = ["per_second", "p50_us", "p99_us", "cpu_us"]
            found.update(take(row, name, keys + ["workers_cpu_us"] * (row["workers"] > 0)))
    return found


UNFINISHED = re.compile(
    r"(\d+) unfinished: ready after ([\d.]+) s \(empty: ([\d.]+) s\), all ended after ([\d.]+) s; "
    r"peak memory ([\d.]+) MB when ready, ([\d.]+) MB at the end")


def recovery(text):
    """The line of tests/process/recovery_scale_test.cpp."""
    line = UNFINISHED.search(text)
    if line is None:
        raise ValueError("there is no line of the recovery")
    count, ready, empty, ended, at_ready, at_end = line.groups()
    name = f"recovery/{count}"
    return {
        "recovery/0/ready_s": float(empty),
        f"{name}/ready_s": float(ready),
        f"{name}/all_ended_s": float(ended),
        f"{name}/ready_mb": float(at_ready),
        f"{name}/all_ended_mb": float(at_end)}


def idle(text):
    """bench/idle."""
    found = {}
    for line in text.splitlines()[1:]:
        name, cpu, wakes, rss = line.split()[:4]
        found.update({
            f"idle/{name}/cpu_percent": float(cpu),
            f"idle/{name}/wake_ups_per_s": float(wakes),
            f"idle/{name}/rss_mib": float(rss)})
    return found


# By how a name's last word ends; the first counts.
UNITS = (
    ("_per_second", "/s"), ("per_second", "/s"), ("per_s", "/s"), ("_per_execution", "B"),
    ("us", "us"), ("_ms", "ms"), ("percent", "%"), ("_mib", "MiB"), ("_mb", "MB"), ("_MB", "MB"),
    ("_s", "s"), ("s_per_Mevents", "s"), ("s_per_event", "s"), ("cores", "cores"),
    ("bytes_each", "B"), ("bytes", "B"), ("compacted", "B"))


def unit_of(name):
    last = name.rsplit("/", 1)[-1]
    return next((unit for end, unit in UNITS if last.endswith(end)), "")
