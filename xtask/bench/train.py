"""The scikit-learn side of `cargo xtask bench train`, and what Python measures better than Rust.

fit DATA REPEATS COEFFICIENTS   warm fits, and the objective of both sides by one formula
process DATA OUT                the whole script: import, read, fit, write
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
    verbs = {"fit": fit, "process": process, "grow": grow, "measure": measure}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
