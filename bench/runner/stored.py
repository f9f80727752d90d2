"""Runs on the disk: one figure a line, so that they can be read and compared as text."""

import json
import os


class Shelf:
    """Where runs are kept: by name in a directory, and the one that is checked in."""

    def __init__(self, directory, baseline):
        self.directory = directory
        self.baseline = baseline

    def path_of(self, name):
        """A name's, or a file's own; of None the baseline's."""
        if name is None:
            return self.baseline
        return name if os.path.isfile(name) else os.path.join(self.directory, name + ".json")

    def find(self, name):
        """None where there is none."""
        path = self.path_of(name)
        if not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def keep(self, result, name, as_baseline):
        """As LAST, and what else was asked for."""
        names = ["LAST"] + ([name] if name else [])
        paths = [os.path.join(self.directory, n + ".json") for n in names]
        if as_baseline:
            paths.append(self.baseline)
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text_of(result))


def rounded(value):
    """Numbers to five digits that count."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    return value


def text_of(result):
    lines = [f"{json.dumps(key)}: {json.dumps(value)}"
             for key, value in result.items() if key != "figures"]
    each = [f"{json.dumps(name)}: {json.dumps(figure)}"
            for name, figure in result["figures"].items()]
    return "{" + ",\n".join(lines) + ',\n"figures": {\n' + ",\n".join(each) + "}}\n"
