"""What repeated runs say together: median, spread, ratio to a floor, change against another run.

A figure is {"unit", "values", "median", "least", "most"}, and where it has a floor also {"floor",
"ratio": the same of how many times its floor it costs}: 1 is the floor itself. Values of one round
stand at the same place in all figures, so a ratio compares what was measured together.
"""

import statistics

# Of these more is better, of all others less: rates, and viewers who have every event.
MORE_IS_BETTER = ("per_second", "complete")
# Fewer values say nothing of how far they spread.
ENOUGH = 3


def more_is_better(name):
    return name.rsplit("/", 1)[-1].endswith(MORE_IS_BETTER)


def group_of(name):
    return name.split("/")[0]


def summary(values):
    return {
        "values": values,
        "median": statistics.median(values),
        "least": min(values),
        "most": max(values),
    }


def times_floor(name, value, floor):
    """How many times its floor this costs; None where one of them is nothing."""
    if not value or not floor:
        return None
    return floor / value if more_is_better(name) else value / floor


def ratios(name, values, floors):
    pairs = [times_floor(name, v, f) for v, f in zip(values, floors)]
    return [p for p in pairs if p is not None]


def gather(rounds, floor_of, unit_of):
    """Of rounds [{name: value}]: {name: figure}, groups and their names as they came up."""
    names = list(dict.fromkeys(name for one in rounds for name in one))
    groups = list(dict.fromkeys(group_of(name) for name in names))
    names.sort(key=lambda name: groups.index(group_of(name)))
    figures = {}
    for name in names:
        having = [one for one in rounds if name in one]
        figure = {"unit": unit_of(name), **summary([one[name] for one in having])}
        floor = floor_of(name, names)
        if floor is not None:
            both = [one for one in having if floor in one]
            against = ratios(name, [one[name] for one in both], [one[floor] for one in both])
            if against:
                figure["floor"] = floor
                figure["ratio"] = summary(against)
        figures[name] = figure
    return figures


def change(now, before, more):
    """Of two summaries: {"percent", "verdict"}; None where the earlier one was nothing."""
    if not before["median"]:
        return None
    percent = (now["median"] / before["median"] - 1) * 100
    return {"percent": percent, "verdict": verdict(now, before, more)}


def verdict(now, before, more):
    """"better" or "worse" where no value of one run is among those of the other, else ""."""
    if min(len(now["values"]), len(before["values"])) < ENOUGH:
        return ""
    if now["least"] > before["most"]:
        return "better" if more else "worse"
    if now["most"] < before["least"]:
        return "worse" if more else "better"
    return ""


def compare(now, before, same_machine):
    """Of two runs' figures: {name: {"figure": change, "ratio": change}}. Figures themselves say
    something on the same machine only; ratios to floors on any."""
    found = {}
    for name, figure in now.items():
        other = before.get(name)
        if other is None:
            continue
        one = {}
        if same_machine:
            one["figure"] = change(figure, other, more_is_better(name))
        if "ratio" in figure and "ratio" in other and figure["floor"] == other["floor"]:
            one["ratio"] = change(figure["ratio"], other["ratio"], False)
        one = {key: c for key, c in one.items() if c is not None}
        if one:
            found[name] = one
    return found
