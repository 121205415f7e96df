"""A search within a size: `undertone train --tune --max-size` beside fastText's autotune.

size.py UNDERTONE WORK_FOLDER [--trials N] [--sizes KB ...]

Prints a Markdown table. The rows are data/headlines.csv, of which a fifth is kept aside, whole groups of
data/groups.tsv at a time; run in the root of the repository with the packages of
small-requirements.txt. The built-in model was trained on these rows, so the search does without. Both search by macro-F1
or F1 in what is left: undertone by cross-validation, fastText on a tenth of it (again whole groups), for as long as
undertone took.
"""

import argparse
import csv
import hashlib
import json
import re
import subprocess
import time
from pathlib import Path

import brotli
import fasttext
import numpy as np
from sklearn.metrics import f1_score


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def grouped():
    """The rows, and the group of each."""
    with open("data/groups.tsv", encoding="utf-8") as file:
        groups = dict(line.rstrip("\n").split("\t") for line in file)
    with open("data/headlines.csv", newline="", encoding="utf-8") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    hashes = [hashlib.sha256(text.encode()).hexdigest()[:16] for text, _ in rows]
    return rows, [groups.get(key, key) for key in hashes]


def apart(rows, groups, share, seed):
    """Rows and groups in two parts, of which the second has this share of the groups."""
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    second = set(names[: round(share * len(names))])
    of = lambda wanted: [at for at, group in enumerate(groups) if (group in second) == wanted]
    return [([rows[at] for at in of(part)], [groups[at] for at in of(part)]) for part in (False, True)]


def plain(text):
    return " ".join(re.findall(r"\w+|[$%!?&]", text.lower()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("undertone", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--other-sizes", type=int, nargs="+", default=[40, 200, 1000])
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)

    (rows, groups), (aside, _) = apart(*grouped(), 0.2, 1)
    (fitted, _), (checked, _) = apart(rows, groups, 0.1, 2)
    write(folder / "train.csv", rows)
    write(folder / "test.csv", aside)
    (folder / "start.toml").write_text(
        f"folds = 3\n[[data]]\npath = 'train.csv'\n[groups]\npath = '{Path('data/groups.tsv').resolve()}'\n[[vectorizer]]\n"
    )
    for name, part in [("fitted.txt", fitted), ("checked.txt", checked)]:
        lines = [f"__label__{label} {plain(text)}\n" for text, label in part]
        (folder / name).write_text("".join(lines), encoding="utf-8")

    def undertone(*options):
        done = subprocess.run([arguments.undertone.resolve(), *options], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    truth = [label for _, label in aside]
    print(f"| {len(rows):,} rows, {len(aside):,} kept aside | bytes | after brotli | accuracy | macro-F1 | search |")
    print("|---|---|---|---|---|---|")
    model = folder / "model.bin"
    began = time.monotonic()
    report = undertone(
        "train", "--json", "--recipe", folder / "start.toml", "--tune", "--no-vectors", "--metric", "macro-f1",
        "--trials", str(arguments.trials), "--max-size", f"{arguments.size}KB", "--out", model,
        "--recipe-out", folder / "found.toml",
    )  # fmt: skip
    seconds = time.monotonic() - began
    scores = undertone("evaluate", "--json", "--model", model, "--data", folder / "test.csv")
    packed = len(brotli.compress(model.read_bytes(), quality=11))
    best = next(one for one in report["search"]["trials"] if one["number"] == report["search"]["best"])
    print(
        f"| `--max-size {arguments.size}KB` | {model.stat().st_size:,} | {packed:,} | {scores['accuracy']:.3f} "
        f"| {scores['macro_f1']:.3f} | {arguments.trials} trials, {seconds:.0f} s: {best['settings']} |",
        flush=True,
    )
    for size in arguments.other_sizes:
        found = f"| fastText, `-autotune-modelsize {size}K` "
        try:
            found_model = fasttext.train_supervised(
                str(folder / "fitted.txt"),
                autotuneValidationFile=str(folder / "checked.txt"),
                autotuneDuration=int(seconds),
                autotuneModelSize=f"{size}K",
                verbose=0,
            )
        except RuntimeError as error:
            print(f"{found}| | | | | {int(seconds)} s: {error} |", flush=True)
            continue
        path = folder / f"{size}.ftz"
        found_model.save_model(str(path))
        # Not model.predict, which NumPy 2 breaks.
        best = [found_model.f.predict(plain(text) + "\n", 1, 0.0, "strict") for text, _ in aside]
        labels = [one[0][1].removeprefix("__label__") if one else "" for one in best]
        accuracy = float(np.mean(np.array(truth) == np.array(labels)))
        packed = len(brotli.compress(path.read_bytes(), quality=11))
        print(
            f"{found}| {path.stat().st_size:,} | {packed:,} | {accuracy:.3f} "
            f"| {f1_score(truth, labels, average='macro'):.3f} | {int(seconds)} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
