"""How time and memory grow: with rows, features, classes, and the length of texts.

growth.py UNDERTONE FOLDER SVG [--largest ROWS]

Prints a Markdown table and draws it. Each point is a process of its own, one thread each; its seconds and its peak of
memory are what the system says. Texts are generated: words drawn by Zipf's law from as many as are wanted, three in ten
from a few that a class has for itself; the same texts each time. FOLDER takes the largest file, 60 bytes a row.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

WORDS_A_ROW = 10
WORDS = 20_000
# How many words a class has for itself, and the share of its texts' words that are of these.
OWN_WORDS, OWN_SHARE = 100, 0.3
ROWS = [10**power for power in range(3, 8)]
# More rows than these are not held in memory.
HELD_ROWS = 10**6
FEATURES = [10**power for power in range(4, 8)]
FEATURE_TOKENS = 10**7
CLASSES = [2, 5, 10, 20, 50, 100, 200]
CLASS_ROWS = 20_000
LENGTHS = [10**power for power in range(1, 7)]
LENGTH_WORDS = 3 * 10**6
CHUNK = 10**6


def texts_of(rows, words, classes, length, random):
    """Numbers of classes, and the words of a text each."""
    labels = random.integers(classes, size=rows)
    # Uniform in the logarithm of its rank: Zipf's law.
    tokens = np.exp(random.random((rows, length)) * np.log(words)).astype(np.int64) - 1
    own = words + labels[:, None] * OWN_WORDS + random.integers(OWN_WORDS, size=(rows, length))
    return labels, np.where(random.random((rows, length)) < OWN_SHARE, own, tokens)


def write(path, parts):
    with open(path, "w", encoding="utf-8") as file:
        file.write("label,text\n")
        for labels, tokens in parts:
            names, inverse = np.unique(tokens, return_inverse=True)
            spelt = np.array([f"w{name:x}" for name in names], dtype=object)[inverse.reshape(tokens.shape)]
            file.writelines(f"c{label:03},{' '.join(text)}\n" for label, text in zip(labels, spelt, strict=True))


def drawn(path, rows, words=WORDS, classes=3, length=WORDS_A_ROW):
    random = np.random.default_rng(1)
    step = max(1, CHUNK * WORDS_A_ROW // length)
    write(path, (texts_of(min(step, rows - at), words, classes, length, random) for at in range(0, rows, step)))


def each_word_as_often(path, words):
    """Rows of two classes in which each of so many words is as often as the others."""
    tokens = np.arange(FEATURE_TOKENS) % words
    np.random.default_rng(1).shuffle(tokens)
    tokens = tokens.reshape(-1, 2 * WORDS_A_ROW)
    # The class is that of most words, where half of the words are of each.
    labels = (tokens % 2).mean(axis=1) > 0.5
    step = CHUNK // 2
    write(path, ((labels[at : at + step].astype(int), tokens[at : at + step]) for at in range(0, len(tokens), step)))


def measure(*command):
    """Seconds and peak of a process, by a Python without NumPy: a child begins with its parent's peak."""
    script = Path(__file__).with_name("train.py")
    done = subprocess.run([sys.executable, script, "measure", *map(str, command)], check=True, capture_output=True)
    return json.loads(done.stdout)


class Growth:
    def __init__(self, program, folder):
        self.program, self.folder = str(program), folder
        self.data, self.model, self.out = folder / "growth.csv", folder / "growth.bin", folder / "growth.out"
        self.panels = {}

    def note(self, panel, series, size, *command):
        found = measure(self.program, *command)
        self.panels.setdefault(panel, {}).setdefault(series, []).append((size, found["seconds"], found["peak"]))
        print(f"{panel} {size}, {series}: {found}", file=sys.stderr, flush=True)

    def training(self, *options):
        return ["train", "--data", self.data, "--folds=0", "--threads=1", "--out", self.model, *options]

    def train(self, panel, size, *options, series="train, L-BFGS"):
        self.note(panel, series, size, *self.training(*options))

    def predict(self, panel, size, series="predict"):
        self.note(
            panel, series, size,
            "predict", "--model", self.model, "--input", self.data, "--text-column=text",
            "--threads=1", "--format=csv", "--prefix=found_", "--output", self.out,
        )  # fmt: skip
        self.out.unlink()

    def run(self, largest):
        for rows in [rows for rows in ROWS if rows <= largest]:
            drawn(self.data, rows)
            if rows <= HELD_ROWS:
                self.train("rows", rows)
            self.train("rows", rows, "--solver=sgd", series="train, SGD")
            self.predict("rows", rows)
        for words in FEATURES:
            each_word_as_often(self.data, words)
            self.train("features", words, "--token-pattern", r"\w+")
            self.note("features", "open, and score one text", words, "predict", "--model", self.model, "w1 w2")
        for classes in CLASSES:
            drawn(self.data, CLASS_ROWS, classes=classes)
            self.train("classes", classes)
            self.predict("classes", classes)
        drawn(self.data, 10**4)
        measure(self.program, *self.training())
        for length in LENGTHS:
            drawn(self.data, LENGTH_WORDS // length, length=length)
            self.predict("words a text", length, series=f"predict, {LENGTH_WORDS:,} words in all")
        self.data.unlink()
        self.model.unlink()


def table(panels):
    yield "| | from | to | seconds | exponent | peak, MiB | exponent |"
    yield "|---|---|---|---|---|---|---|"
    for panel, by_series in panels.items():
        for series, points in by_series.items():
            sizes, seconds, peaks = (np.array(values) for values in zip(*points, strict=True))
            cells = [f"{panel}: {series}", f"{sizes[0]:,}", f"{sizes[-1]:,}"]
            for values, form in [(seconds, "{:.2f}"), (peaks / 2**20, "{:.0f}")]:
                # Between the last two points: 1 is linear.
                exponent = np.log(values[-1] / values[-2]) / np.log(sizes[-1] / sizes[-2])
                cells += [", ".join(form.format(value) for value in values), f"{exponent:.2f}"]
            yield f"| {' | '.join(cells)} |"


def draw(panels, path):
    import matplotlib

    matplotlib.use("svg")
    # The same file for the same figures.
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 8})
    import matplotlib.pyplot as plot

    figure, axes = plot.subplots(2, len(panels), figsize=(11, 5.6), sharex="col", sharey="row")
    for column, (panel, by_series) in zip(axes.T, panels.items(), strict=True):
        for series, points in by_series.items():
            sizes, seconds, peaks = zip(*points, strict=True)
            column[0].plot(sizes, seconds, marker="o", markersize=3, label=series)
            column[1].plot(sizes, [peak / 2**20 for peak in peaks], marker="o", markersize=3)
            # A line of slope 1 through the largest.
            for axis, values in zip(column, (seconds, [peak / 2**20 for peak in peaks]), strict=True):
                line = [values[-1] * size / sizes[-1] for size in sizes]
                axis.plot(sizes, line, color="#bbbbbb", linestyle=":", linewidth=1, zorder=0)
        column[0].legend(frameon=False, fontsize=7)
        column[1].set_xlabel(panel)
        for axis in column:
            axis.set(xscale="log", yscale="log")
            axis.minorticks_off()
            axis.grid(alpha=0.3)
    axes[0, 0].set(ylabel="seconds", ylim=(3e-3, 1e3))
    axes[1, 0].set(ylabel="peak memory, MiB", ylim=(3, 2e4))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("undertone", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--largest", type=int, default=ROWS[-1])
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    growth = Growth(arguments.undertone.resolve(), arguments.folder)
    growth.run(arguments.largest)
    print("\n".join(table(growth.panels)))
    draw(growth.panels, arguments.picture)


if __name__ == "__main__":
    main()
