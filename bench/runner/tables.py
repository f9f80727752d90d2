"""What a run says, for people: a table of all figures, and the table of README.md."""

from figures import group_of

MODES = ("memory", "async", "sync")
CONCURRENCIES = (1, 10, 50, 200, 1000)


def number(value):
    """Four digits that count, no exponents."""
    size = abs(value)
    digits = 0 if size >= 1_000 else 1 if size >= 100 else 2 if size >= 10 else 3
    return f"{value:.{digits}f}" if size >= 0.001 or value == 0 else f"{value:.2g}"


def spread(summary):
    return f"{number(summary['least'])}-{number(summary['most'])}"


def change_words(change):
    if change is None:
        return ""
    mark = {"better": " better", "worse": " WORSE", "": ""}[change["verdict"]]
    return f"{change['percent']:+.0f} %{mark}"


def cells(name, figure, changes):
    ratio = figure.get("ratio")
    return [
        name, number(figure["median"]), figure["unit"], spread(figure),
        number(ratio["median"]) if ratio else "", spread(ratio) if ratio else "",
        change_words(changes.get("figure")), change_words(changes.get("ratio"))]


HEAD = ["FIGURE", "MEDIAN", "", "LEAST-MOST", "x FLOOR", "LEAST-MOST", "CHANGE", "OF x FLOOR"]
TO_THE_RIGHT = {1, 3, 4, 5}


def aligned(rows, right):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        " ".join(cell.rjust(w) if i in right else cell.ljust(w)
                 for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
        for row in rows]


def of_figures(figures, changes):
    """A line for each; a blank one between what different programs measured."""
    rows = [HEAD] + [cells(name, f, changes.get(name, {})) for name, f in figures.items()]
    lines = aligned(rows, TO_THE_RIGHT)
    out = [lines[0]]
    for before, name, line in zip([None, *figures], figures, lines[1:]):
        if before is None or group_of(before) != group_of(name):
            out.append("")
        out.append(line)
    return out


def against_floor(figures):
    """Whole executions, in short: how many times their floor they cost. The aim is three."""
    rows = [["EXECUTIONS, x FLOOR", "AT ONCE", "RATE", "p50", "CPU"]]
    for mode in MODES:
        for concurrency in CONCURRENCIES:
            each = [figures.get(f"executions/{mode}/{concurrency}/{key}", {}).get("ratio")
                    for key in ("per_second", "p50_us", "cpu_us")]
            if all(each):
                rows.append([mode, str(concurrency)] + [f"{r['median']:.1f}" for r in each])
    return aligned(rows, {1, 2, 3, 4}) + [""] if len(rows) > 1 else []


def legend(machines_differ):
    return [
        "x FLOOR: how many times its floor a figure costs (1: as much); which is whose: "
        "bench/runner/floors.py.",
        "CHANGE: of the median against the stored run; better or WORSE where no value of one run "
        "lies among the other's.",
    ] + (["The stored run is another machine's: only ratios to floors are compared."]
         if machines_differ else [])


def for_readme(figures):
    """The table of `pitwall bench`, of medians over the rounds; and what stands below it."""
    row = "{:<8} {:>11} {:>12} {:>10} {:>10} {:>10} {:>10}"
    out = [row.format("DURABLE", "CONCURRENCY", "PER SECOND", "p50 us", "p95 us", "p99 us",
                      "CPU us") + "  FAILURES"]
    for mode in MODES:
        for concurrency in CONCURRENCIES:
            name = f"executions/{mode}/{concurrency}/"
            if name + "per_second" not in figures:
                continue
            take = [figures[name + key]["median"]
                    for key in ("per_second", "p50_us", "p95_us", "p99_us", "cpu_us")]
            out.append(row.format(mode, concurrency, *(f"{v:.0f}" for v in take[:4]),
                                  f"{take[4]:.1f}") + "         0")
    return out + halts_for_readme(figures) + idle_for_readme(figures)


def halts_for_readme(figures):
    out = []
    for at in ("idle", "under_200", "own_200"):
        name = f"halts/sync/{at}/"
        if name + "closed_p50_us" not in figures:
            continue
        c50, c99, a50, a99, f50, f99 = (
            figures[name + key]["median"] for key in (
                "closed_p50_us", "closed_p99_us", "acknowledged_p50_us", "acknowledged_p99_us",
                "fdatasync_us", "fdatasync_p99_us"))
        out.append(f"{at.replace('_', ' '):<10}closed after p50 {c50:.0f}, p99 {c99:.0f} us; "
                   f"acknowledged after p50 {a50:.0f}, p99 {a99:.0f} us; "
                   f"fdatasync beside it p50 {f50:.0f}, p99 {f99:.0f} us")
    return out


def idle_for_readme(figures):
    hosts = [name.split("/")[1] for name in figures
             if name.startswith("idle/") and name.endswith("/cpu_percent")]
    return [f"{host:<14}{figures[f'idle/{host}/cpu_percent']['median']:>8.2f} % of a core "
            f"{figures[f'idle/{host}/rss_mib']['median']:>8.1f} MiB" for host in hosts]
