"""Other classifiers on the headlines that were read: the same texts and labels for all of them.

split DATA_FOLDER FOLDER        FOLDER: what is trained on and what is tested, in the forms that each reads
train UNDERTONE FOLDER          models of Undertone, fastText, Vowpal Wabbit and scikit-learn, each trained in one
                                thread; prints seconds, bytes after brotli, and accuracy
time FOLDER TEXTS ROUNDS        seconds in which the latter three score all texts, in rounds in which they take turns
curve UNDERTONE FOLDER PEERS SVG    accuracy by bytes, a Markdown table; draws it. PEERS: what peers.mjs printed

Run in the root of the repository. A fifth of the headlines that were read is tested, whole sources at a time, and
what is trained on is all that model.toml names but these, their near copies and their rewrites (data/groups.tsv).
One fold: which of two is ahead by a point or more it tells, and no finer.

The others get the labels of the shipped model's training, and what they have for the rest: Vowpal Wabbit the
weights, all of them a minimal pair twice, and of the pool the likeliest label. Their settings are those that did
best of a few that were tried on this fold, which favours them.
"""

import csv
import functools
import hashlib
import json
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import brotli

LABELS = ["negative", "neutral", "positive"]
PARTS = 5
# How often Undertone's recipe counts a minimal pair.
PAIR_WEIGHT = 2
# Undertone: a recipe, and how many features it keeps.
SMALL, SHIPPED = "recipes/small.toml", "model.toml"
UNDERTONES = [(SMALL, 600), (SMALL, 1200), (SMALL, 3600), (SHIPPED, 5000), (SHIPPED, 10_000)]
UNDERTONES += [(SHIPPED, 15_000), (SHIPPED, 33_000), (SHIPPED, 80_000)]
# fastText: width of its vectors, and how many words and pairs of words are left in a .ftz.
FASTTEXT_CUTOFFS = [(10, 500), (10, 2000), (10, 8000), (20, 8000), (20, 20_000)]
FASTTEXT = dict(wordNgrams=2, epoch=5, lr=0.1, minCount=2, bucket=200_000, thread=1, verbose=0)
# The model of the table, and of what is timed.
FASTTEXT_DIM, FASTTEXT_CUTOFF = 20, 8000
VOWPAL_WABBIT = "--oaa 3 --loss_function logistic --holdout_off"
# The first is the model of the table, and of what is timed; the others have few slots for words to share.
WABBITS = ["--ngram 2 --passes 5 -b 20 --l2 1e-7", "--passes 3 -b 16", "--passes 3 -b 14", "--passes 3 -b 12"]


def packed(path):
    content = Path(path).read_bytes()
    # The highest takes half a minute for ten megabytes, which no page would load.
    return len(brotli.compress(content, quality=11 if len(content) < 2**20 else 6, lgwin=24))


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(text):
    """The tokens of the shipped recipe, for those who split at spaces."""
    return " ".join(re.findall(r"\w+|[$%!?&]", text.lower()))


def write_csv(path, names, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def split(data, folder):
    data, folder = Path(data), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open("data/groups.tsv", encoding="utf-8") as file:
        groups = dict(line.rstrip("\n").split("\t") for line in file)

    def group(row):
        key = hashlib.sha256(row["text"].encode()).hexdigest()[:16]
        return groups.get(key, key)

    read = rows_of(data / "headlines-read.csv")
    part_of, sizes = {}, [0] * PARTS
    for source, count in sorted(Counter(row["source"] for row in read).items(), key=lambda one: (-one[1], one[0])):
        part_of[source] = min(range(PARTS), key=lambda part: sizes[part])
        sizes[part_of[source]] += count
    # Not the part of the largest source, which is a third of all.
    is_tested = lambda row: part_of[row["source"]] == PARTS - 1
    tested = [row for row in read if is_tested(row)]
    seen = {group(row) for row in tested}
    fresh = lambda rows: [row for row in rows if group(row) not in seen]
    kept = {
        "read": fresh(row for row in read if not is_tested(row)),
        "pool": fresh(rows_of(data / "headlines-pool.csv")),
        "own": fresh(rows_of("data/headlines.csv")),
        "pairs": fresh(rows_of("data/pairs.csv")),
    }
    for name, rows in kept.items():
        write_csv(folder / f"{name}.csv", list(rows[0]), rows)
    write_csv(folder / "test.csv", ["text", "label"], tested)
    write_csv(folder / "undisputed.csv", ["text", "label"], [row for row in tested if float(row["weight"]) == 1])

    training = [(row, float(row.get("weight", 1)) if name == "read" else 1) for name in kept for row in kept[name]]
    training += [(row, 1) for row in kept["pairs"]] * (PAIR_WEIGHT - 1)
    # One order for those who learn row after row.
    training.sort(key=lambda one: hashlib.sha256(one[0]["text"].encode()).digest())
    lines = [f"__label__{row['label']} {plain(row['text'])}\n" for row, _ in training]
    (folder / "train.txt").write_text("".join(lines), encoding="utf-8")
    # Nothing that its format gives a meaning.
    vw = [f"{1 + LABELS.index(row['label'])} {weight} | {plain(row['text'])}\n" for row, weight in training]
    (folder / "train.vw").write_text("".join(vw), encoding="utf-8")
    listed = lambda rows: json.dumps([[row["text"], row["label"], float(row.get("weight", 1))] for row in rows])
    (folder / "train.json").write_text(listed(row for row, _ in training), encoding="utf-8")
    (folder / "test.json").write_text(listed(tested), encoding="utf-8")
    return {"trained": len(training), "tested": len(tested)}


class Test:
    """What is tested, and how many of a list of labels are right."""

    def __init__(self, folder):
        self.rows = json.loads((Path(folder) / "test.json").read_text(encoding="utf-8"))
        self.texts = [text for text, _, _ in self.rows]

    def scores(self, found):
        right = [(label == one, weight) for (_, label, weight), one in zip(self.rows, found, strict=True)]
        undisputed = [is_right for is_right, weight in right if weight == 1]
        return {
            "accuracy": sum(is_right for is_right, _ in right) / len(right),
            "undisputed": sum(undisputed) / len(undisputed),
        }


def recipe(folder, source, features, path):
    """A recipe on what is trained on here, without cross-validation."""
    text = Path(source).read_text(encoding="utf-8").replace('"../data/', '"data/')
    text = re.sub(r"sha256 = .*\n", "", text).replace("folds = 5", "folds = 0")
    text = text[: text.index("[thresholds]")].replace('calibration = "vector"', 'calibration = "none"')
    text = re.sub(r"features = \d+", f"features = {features}", text)
    for name, ours in [("headlines-read", "read"), ("headlines-pool", "pool"), ("data/headlines", "own"), ("data/pairs", "pairs")]:
        text = text.replace(f'"{name}.csv"', f'"{(Path(folder) / ours).resolve()}.csv"')
    text = text.replace('fold_column = "source"\n', "").replace('"data/', f'"{Path("data").resolve()}/')
    path.write_text(text, encoding="utf-8")


def undertone(program, folder, source, features, out):
    path = Path(folder) / "recipe.toml"
    recipe(folder, source, features, path)

    def run(*arguments):
        done = subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    began = time.perf_counter()
    run("train", "--json", "--threads=1", "--recipe", path, "--out", out)
    seconds = time.perf_counter() - began
    accuracy = lambda name: run("evaluate", "--json", "--model", out, "--data", Path(folder) / name)["accuracy"]
    return {
        "seconds": seconds,
        "bytes": packed(out),
        "accuracy": accuracy("test.csv"),
        "undisputed": accuracy("undisputed.csv"),
    }


def fasttext_labels(model, texts):
    # Not model.predict, which NumPy 2 breaks.
    found, _ = model.f.multilinePredict([f"{plain(text)}\n" for text in texts], 1, 0.0, "strict")
    return [best[0].removeprefix("__label__") if best else "" for best in found]


@functools.cache
def fasttext_trained(folder, dim):
    """Trains and writes a model, once. Seconds, and its file."""
    import fasttext

    path = str(Path(folder) / f"fasttext-{dim}.bin")
    began = time.perf_counter()
    fasttext.train_supervised(f"{folder}/train.txt", dim=dim, **FASTTEXT).save_model(path)
    return time.perf_counter() - began, path


def fasttext_model(folder, dim, cutoff, test):
    import fasttext

    seconds, path = fasttext_trained(folder, dim)
    model = fasttext.load_model(path)
    if cutoff:
        began = time.perf_counter()
        model.quantize(f"{folder}/train.txt", cutoff=cutoff, retrain=True, qnorm=True, thread=1, epoch=2, lr=0.1)
        seconds += time.perf_counter() - began
        path = str(Path(folder) / "fasttext.ftz")
        model.save_model(path)
    return {"seconds": seconds, "bytes": packed(path), **test.scores(fasttext_labels(model, test.texts))}


def wabbit(folder, test, setting=WABBITS[0]):
    import vowpalwabbit

    path = Path(folder) / "model.vw"
    (Path(folder) / "train.vw.cache").unlink(missing_ok=True)
    began = time.perf_counter()
    vowpalwabbit.Workspace(f"{VOWPAL_WABBIT} {setting} -d {folder}/train.vw -c -f {path} --quiet").finish()
    seconds = time.perf_counter() - began
    model = vowpalwabbit.Workspace(f"-i {path} -t --quiet")
    found = [LABELS[model.predict(f"| {plain(text)}") - 1] for text in test.texts]
    model.finish()
    return {"seconds": seconds, "bytes": packed(path), **test.scores(found)}


def scikit_learn(folder, test):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = json.loads((Path(folder) / "train.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\w+|[$%!?&]"),
        LogisticRegression(C=4, max_iter=1000),
    ).fit([text for text, _, _ in rows], [label for _, label, _ in rows])
    seconds = time.perf_counter() - began
    path = Path(folder) / "sklearn.pickle"
    path.write_bytes(pickle.dumps(model))
    return {"seconds": seconds, "bytes": packed(path), **test.scores(model.predict(test.texts))}


def train(program, folder):
    test = Test(folder)
    ours = lambda name, source, features: undertone(program, folder, source, features, Path(folder) / name)
    return {
        "Undertone": ours("undertone.bin", SHIPPED, 15_000),
        "Undertone, small": ours("small.bin", SMALL, 3600),
        "fastText": fasttext_model(folder, FASTTEXT_DIM, None, test),
        "fastText, .ftz": fasttext_model(folder, FASTTEXT_DIM, FASTTEXT_CUTOFF, test),
        "Vowpal Wabbit": wabbit(folder, test),
        "scikit-learn": scikit_learn(folder, test),
    }


def timed(folder, path, rounds):
    """Seconds of those of Python, in rounds in which they take turns; a first one warms up."""
    import fasttext
    import vowpalwabbit

    folder, texts = Path(folder), Path(path).read_text(encoding="utf-8").splitlines()
    # In lower case and split at spaces before the clock runs, as these two want them.
    lines = [f"{plain(text)}\n" for text in texts]
    (folder / "texts.vw").write_text("".join(f"| {line}" for line in lines), encoding="utf-8")
    (folder / "nothing.vw").write_text("")
    whole, small = (fasttext.load_model(str(folder / name)) for name in [f"fasttext-{FASTTEXT_DIM}.bin", "fasttext.ftz"])
    pipeline = pickle.loads((folder / "sklearn.pickle").read_bytes())

    def seconds_of(way):
        began = time.perf_counter()
        way()
        return time.perf_counter() - began

    def wabbit(name):
        # Its own driver reads a file, several times as fast as Python hands it lines.
        vowpalwabbit.Workspace(f"-i {folder}/model.vw -t -d {folder}/{name} -p /dev/null --quiet").finish()

    ways = {
        "fastText": lambda: seconds_of(lambda: whole.f.multilinePredict(lines, 1, 0.0, "strict")),
        "fastText, .ftz": lambda: seconds_of(lambda: small.f.multilinePredict(lines, 1, 0.0, "strict")),
        # Without the time to open the model.
        "Vowpal Wabbit": lambda: seconds_of(lambda: wabbit("texts.vw")) - seconds_of(lambda: wabbit("nothing.vw")),
        "scikit-learn": lambda: seconds_of(lambda: pipeline.predict_proba(texts)),
    }
    seconds = {name: [] for name in ways}
    for number in range(int(rounds) + 1):
        for name, way in ways.items():
            one = way()
            if number:
                seconds[name].append(one)
    return seconds


# What is drawn beside what; two more classifiers would need two more of each.
STYLES = {
    "Undertone": dict(color="#0b6e4f", marker="o", linewidth=2.2),
    "fastText .ftz": dict(color="#c4520b", marker="s"),
    "bayes": dict(color="#3f51a3", marker="^"),
    "Vowpal Wabbit": dict(color="#8a2a6d", marker="v"),
    "lexicons": dict(color="#555555", marker="x", linestyle="none"),
}


def draw(series, path):
    import matplotlib

    matplotlib.use("svg")
    # The same file for the same figures.
    matplotlib.rcParams.update({"svg.hashsalt": "curve", "svg.fonttype": "none", "font.family": "sans-serif"})
    import matplotlib.pyplot as plot

    figure, axes = plot.subplots(figsize=(8, 4.8))
    for name, points in series.items():
        if points:
            points = sorted(points)
            axes.plot([size for size, _ in points], [accuracy for _, accuracy in points], label=name, **STYLES[name])
    axes.set_xscale("log")
    ticks = [3e3, 1e4, 3e4, 1e5, 3e5, 1e6]
    axes.set_xticks(ticks, [f"{tick / 1000:g} KB" for tick in ticks])
    axes.set_xlim(2.5e3, 1.1e6)
    axes.set(xlabel="the model after brotli", ylabel="accuracy, all headlines of the tested sources")
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")


def curve(program, folder, packages, picture):
    test, folder = Test(folder), Path(folder)
    print("| | setting | model after brotli | all | the undisputed |\n|---|---|---|---|---|")
    series = {name: [] for name in STYLES}

    def point(name, what, setting, found):
        series[name].append((found["bytes"], found["accuracy"]))
        print(f"| {what} | {setting} | {found['bytes']:,} | {found['accuracy']:.3f} | {found['undisputed']:.3f} |", flush=True)

    for source, features in UNDERTONES:
        found = undertone(program, folder, source, features, folder / "curve.bin")
        point("Undertone", f"Undertone, `{source}`", f"{features:,} features", found)
    for dim, cutoff in FASTTEXT_CUTOFFS:
        found = fasttext_model(folder, dim, cutoff, test)
        point("fastText .ftz", "fastText `.ftz`", f"{dim} dimensions, cutoff {cutoff:,}", found)
    for setting in WABBITS:
        point("Vowpal Wabbit", "Vowpal Wabbit", f"`{setting}`", wabbit(folder, test, setting))
    for found in json.loads(Path(packages).read_text(encoding="utf-8")):
        if "words" in found:
            point("bayes", "`bayes`", f"{found['words']:,} words", found)
        elif "accuracy" in found:
            point("lexicons", f"`{found['name']}`", "with its code", found)
    draw(series, picture)


if __name__ == "__main__":
    verbs = {"split": split, "train": train, "time": timed, "curve": curve}
    found = verbs[sys.argv[1]](*sys.argv[2:])
    if found is not None:
        print(json.dumps(found))
