"""The scikit-learn side of `cargo xtask bench score`, and the headlines that it scores.

headlines CSV COUNT OUT TEXTS     OUT: the labelled headlines of CSV, or generated ones where CSV is
                                  "-"; TEXTS: COUNT of their texts, one a line
predict DATA TEXTS ROUNDS OUT     seconds of predict_proba for all texts; the probabilities to OUT
"""

import csv
import itertools
import json
import sys
import time

COMPANIES = "Bitcoin Ethereum Solana Cardano Ripple Coinbase Binance Tether Polygon Avalanche".split()
OBJECTS = "withdrawals exchange network wallet lawsuit fund token mining rules upgrade users".split()
VERBS = {
    "positive": "rallies soars gains launches wins raises recovers surges".split(),
    "negative": "falls crashes halts loses freezes warns slumps faces".split(),
    "neutral": "meets explains plans reports hosts updates names moves".split(),
}
ENDS = ["after upbeat report", "as investors wait", "on Monday", "says chief executive", "– report"]


def headlines(source, count, out, texts):
    if source == "-":
        import random

        draw = random.Random(1)
        rows = []
        for _ in range(int(count)):
            label = draw.choice(list(VERBS))
            words = [draw.choice(COMPANIES), draw.choice(VERBS[label])]
            words += [draw.choice(OBJECTS), "and", draw.choice(OBJECTS)]
            rows.append((f"{' '.join(words)} {draw.randint(1, 99)}% {draw.choice(ENDS)}", label))
    else:
        with open(source, encoding="utf-8", newline="") as file:
            rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    rows = [(" ".join(text.split()), label) for text, label in rows]
    with open(out, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    with open(texts, "w", encoding="utf-8") as file:
        for text, _ in itertools.islice(itertools.cycle(rows), int(count)):
            file.write(text + "\n")
    return {"headlines": len(rows)}


def predict(data, texts, rounds, out):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    with open(data, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(texts, encoding="utf-8") as file:
        batch = file.read().splitlines()
    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=2),
        ),
        LogisticRegression(tol=1e-8, max_iter=10_000),
    ).fit([row["text"] for row in rows], [row["label"] for row in rows])
    model.predict_proba(batch)
    seconds = []
    for _ in range(int(rounds)):
        start = time.perf_counter()
        probabilities = model.predict_proba(batch)
        seconds.append(time.perf_counter() - start)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(probabilities.tolist(), file)
    return {"seconds": seconds, "features": int(model[-1].n_features_in_)}


if __name__ == "__main__":
    verbs = {"headlines": headlines, "predict": predict}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
