"""Where a run was made, and how long its disk takes."""

import os
import platform
import statistics
import subprocess
import time


def lines_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError:
        return []


def after_colon(path, key):
    return next((line.split(":", 1)[1].strip() for line in lines_of(path) if line.startswith(key)),
                "")


def said(*command, at=None):
    """The first line that a program says, or nothing."""
    try:
        done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else ""


def compiler(build):
    for line in lines_of(os.path.join(build, "CMakeCache.txt")):
        if line.startswith("CMAKE_CXX_COMPILER:"):
            return said(line.split("=", 1)[1], "--version")
    return ""


def load():
    return round(os.getloadavg()[0], 1)


def describe(root, build, directory):
    memory = after_colon("/proc/meminfo", "MemTotal").split()
    return {
        "cpu": after_colon("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory[0]) / 2**20) if memory else 0,
        "kernel": platform.release(),
        "file_system": said("stat", "-f", "-c", "%T", directory),
        "compiler": compiler(build),
        "revision": said("git", "describe", "--always", "--dirty", "--abbrev=12", at=root),
        "load_before": load(),
        "sync_us": sync_us(directory),
    }


def is_same(one, other):
    """Whether figures themselves can be compared, and not only ratios to floors."""
    return all(one.get(key) == other.get(key) for key in ("cpu", "cores", "memory_gib"))


def sync_us(directory, count=200):
    """Median time of writing 512 bytes and fdatasync."""
    path = os.path.join(directory, "sync-probe")
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    took = []
    try:
        for _ in range(count):
            began = time.perf_counter()
            os.write(file, bytes(512))
            os.fdatasync(file)
            took.append(time.perf_counter() - began)
    finally:
        os.close(file)
        os.unlink(path)
    return round(statistics.median(took) * 1e6, 1)


def words(m):
    return [
        f"{m['cores']} cores of {m['cpu']}, {m['memory_gib']} GiB, Linux {m['kernel']}",
        f"{m['compiler'] or 'unknown compiler'}; revision {m['revision'] or 'unknown'}",
        f"fdatasync of 512 bytes: {m['sync_us']:.0f} us (median of 200) on {m['file_system']}; "
        f"load {m['load_before']} before"
        + (f", {m['load_after']} after" if "load_after" in m else ""),
    ]
