"""Which figure is the floor of which."""

import re

# The floor's name is the match expanded; the first that fits and was measured counts.
RULES = [(re.compile(pattern), floor) for pattern, floor in (
    # As many messages and commits, and nothing else.
    (r"executions/(memory|async|sync)/(\d+)/(per_second|p50_us|p99_us|cpu_us)",
     r"floor/execution/\1/\2/\3"),
    (r"viewers/at_once/0/(per_second|p50_us|p99_us)", r"floor/execution/sync/200/\1"),
    # The disk, right after each halt.
    (r"halts/(async|sync)/(\w+)/acknowledged_p50_us", r"halts/\1/\2/fdatasync_us"),
    (r"halts/(async|sync)/(\w+)/acknowledged_p99_us", r"halts/\1/\2/fdatasync_p99_us"),
    # There and back, where the host goes one way.
    (r"viewers/offered_\d+/\d+/delivered_(p50|p99)_us", r"floor/beast_echo/1/\1_us"),
    (r"viewers/at_once/\d+/frames_per_second", r"floor/beast_echo/64/per_second"),
    # Bare ones: RocksDB's against the disk.
    (r"floor/rocksdb_batch/sync/1/(per_second|p50_us|p99_us)", r"floor/fdatasync/\1"),
    (r"journal/commit_in_rocksdb/sync/us", r"journal/fdatasync_floor/us"),
    (r"retention/commit/(sync|async)/beside_prune/(p50_ms|p99_ms)",
     r"retention/commit/\1/alone/\2"),
    # The same without what is measured.
    (r"viewers/(\w+)/[1-9]\d*/(per_second|p50_us|p99_us)", r"viewers/\1/0/\2"),
    (r"workers/(\w+)/(\d+)/on_[1-9]\d*/(per_second|p50_us|p99_us|cpu_us)",
     r"workers/\1/\2/on_0/\3"),
    (r"recovery/[1-9]\d*/ready_s", r"recovery/0/ready_s"),
    (r"history/start/(\w+)/[1-9]\d*/us", r"history/start/orderly/0/us"),
)]


def floor_of(name, names):
    for pattern, floor in RULES:
        match = pattern.fullmatch(name)
        if match and match.expand(floor) in names:
            return match.expand(floor)
    return None
