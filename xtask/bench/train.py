"""The scikit-learn side of `cargo xtask bench train`, and what Python measures better than Rust.

fit DATA REPEATS COEFFICIENTS   warm fits, and the objective of both sides by one formula
process DATA OUT                the whole script: import, read, fit, write
own ALL TRAINING TESTED         data/headlines.csv in the form of the PhraseBank; a fifth of its groups to TESTED
fasttext TRAINING TESTED        seconds of its training in one thread, and its accuracy
grow DATA FACTOR OUT            FACTOR times the rows, each word drawn from those of its label
measure COMMAND...              seconds and peak memory of a process
"""

import csv
import json
import sys
import time


def read(path):
    with open(path, encoding="latin1", newline="") as file:
        labels, texts = zip(*csv.reader(file))
    return list(texts), list(labels)


def fit_once(texts, labels):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer()
    rows = vectorizer.fit_transform(texts)
    return vectorizer, rows, LogisticRegression().fit(rows, labels)


def objective(rows, right, coefficients, bias):
    """C * sum of -ln p + |W|^2 / 2 at C = 1; coefficients are K by V."""
    import numpy as np
    from scipy.special import logsumexp

    scores = rows @ coefficients.T + bias
    loss = logsumexp(scores, axis=1) - scores[np.arange(len(right)), right]
    return float(loss.sum() + 0.5 * (coefficients**2).sum())


def fit(data, repeats, coefficients):
    import numpy as np

    texts, labels = read(data)
    fit_once(texts, labels)
    seconds = []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        _, rows, model = fit_once(texts, labels)
        seconds.append(time.perf_counter() - start)
    right = np.searchsorted(model.classes_, labels)
    with open(coefficients, encoding="utf-8") as file:
        ours = json.load(file)
    bias = np.array(ours["bias"])
    ours = np.array(ours["coefficients"]).reshape(-1, len(bias)).T
    return {
        "seconds": seconds,
        "iterations": int(model.n_iter_[0]),
        "objective": objective(rows, right, model.coef_, model.intercept_),
        "our_objective": objective(rows, right, ours, bias),
    }


def process(data, out):
    import pickle

    vectorizer, _, model = fit_once(*read(data))
    with open(out, "wb") as file:
        pickle.dump((vectorizer, model), file)
    return {}


def own(everything, training, tested):
    import hashlib

    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    with open("data/groups.tsv", encoding="utf-8") as file:
        groups = dict(line.rstrip("\n").split("\t") for line in file)
    parts = {everything: [], training: [], tested: []}
    with open("data/headlines.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = digest(row["text"])[:16]
            is_tested = int(digest(groups.get(key, key)), 16) % 5 == 0
            # latin1 as the PhraseBank is: a dash of typographers is none of its characters, and no word.
            text = row["text"].encode("latin1", "replace").decode("latin1")
            for path in everything, tested if is_tested else training:
                parts[path].append((row["label"], text))
    for path, rows in parts.items():
        with open(path, "w", encoding="latin1", newline="") as file:
            csv.writer(file).writerows(rows)
    return {path: len(rows) for path, rows in parts.items()}


def fasttext(training, tested):
    import re
    import tempfile

    import fasttext

    plain = lambda text: " ".join(re.findall(r"\w+", text.lower()))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, label in zip(*read(training), strict=True):
            file.write(f"__label__{label} {plain(text)}\n")
        file.flush()
        start = time.perf_counter()
        # As it comes, but for one thread.
        model = fasttext.train_supervised(file.name, thread=1, verbose=0)
        seconds = time.perf_counter() - start
    texts, labels = read(tested)
    # Not model.predict, which NumPy 2 breaks.
    found, _ = model.f.multilinePredict([f"{plain(text)}\n" for text in texts], 1, 0.0, "strict")
    right = sum(bool(best) and best[0] == f"__label__{label}" for best, label in zip(found, labels, strict=True))
    return {"seconds": seconds, "accuracy": right / len(labels)}


def grow(data, factor, out):
    import random

    texts, labels = read(data)
    words = {label: [] for label in labels}
    for text, label in zip(texts, labels):
        words[label].extend(text.split())
    draw = random.Random(1)
    with open(out, "w", encoding="latin1", newline="") as file:
        writer = csv.writer(file)
        for _ in range(int(factor)):
            for text, label in zip(texts, labels):
                # A quarter of other labels' words: classes that overlap, as real ones do.
                bag = words[label if draw.random() < 0.75 else draw.choice(labels)]
                writer.writerow((label, " ".join(draw.choices(bag, k=len(text.split())))))
    return {}


def measure(*command):
    import os
    import subprocess

    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: failed with status {status}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "peak": usage.ru_maxrss * unit}


if __name__ == "__main__":
    verbs = {"fit": fit, "process": process, "own": own, "fasttext": fasttext, "grow": grow, "measure": measure}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
