"""Few labelled headlines: `undertone train --vectors` beside plain tf-idf, scikit-learn and fastText.

small.py UNDERTONE DATA_FOLDER WORK_FOLDER [--draws N] [--only N]

Prints a Markdown table: accuracy and macro-F1 in the mean over random draws, and their standard
deviation, for training sets of 100, 300, 1,000 and 3,000 headlines. DATA_FOLDER has all-data.csv
(the Financial PhraseBank) and headlines-read.csv; run in the root of the repository. What was measured
stands in WORK_FOLDER/results.json, so that the same command goes on after the last draw that was; with
--only it makes so many.

Draws are stratified. Of the PhraseBank all other rows are tested. Of the headlines that were read, the
sources are dealt into two parts, so that no source is on both sides: training sets are drawn from the
one, and 5,000 headlines of the other are tested.

Nobody has seen what is tested: the shipped model was not trained on the PhraseBank. It was on the
headlines that were read, so there `--vectors` has another base model: one of the invented headlines
alone, and of these only such as were not made after a headline that was read.
"""

import argparse
import csv
import json
import re
import subprocess
from pathlib import Path

import fasttext
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

SIZES = [100, 300, 1000, 3000]
MOST_TESTED = 5000
GRID = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]  # undertone's
VECTORS = Path("data/vectors")


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def phrasebank(folder):
    with open(folder / "all-data.csv", encoding="latin1", newline="") as file:
        rows = [(text, label) for label, text in csv.reader(file)]
    return rows, None


def read_headlines(folder):
    with open(folder / "headlines-read.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["text"], row["label"]) for row in rows], [row["source"] for row in rows]


def draw(rows, sources, size, seed):
    """Training and tested rows."""
    random = np.random.default_rng([seed, size])
    labels = np.array([label for _, label in rows])
    side = np.ones(len(rows), bool)
    if sources is not None:
        names, counts = np.unique(sources, return_counts=True)
        taken, of_training = 0, set()
        for at in random.permutation(len(names)):
            if taken + counts[at] <= len(rows) / 2:
                taken += counts[at]
                of_training.add(names[at])
        side = np.array([source in of_training for source in sources])
    candidates = random.permutation(np.flatnonzero(side))
    training = []
    for label in np.unique(labels):
        of_label = candidates[labels[candidates] == label]
        training.extend(of_label[: round(size * len(of_label) / len(candidates))])
    rest = np.flatnonzero(~side) if sources is not None else np.setdiff1d(range(len(rows)), training)
    tested = random.permutation(rest)[:MOST_TESTED]
    return [rows[at] for at in training], [rows[at] for at in tested]


class Undertone:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def scores(self, training, tested, options=(), base=None):
        data, test = self.folder / "train.csv", self.folder / "test.csv"
        model, recipe = self.folder / "model.bin", self.folder / "recipe.toml"
        write(data, training)
        write(test, tested)
        tuned = any(option.startswith("--tune") for option in options)
        if base:
            # What --vectors stands for, with another base model.
            recipe.write_text(
                f"folds = 0\n[[data]]\npath = '{data.resolve()}'\n[[vectorizer]]\n"
                f"[vectors]\npath = '{(VECTORS / 'vectors64.i8').resolve()}'\n"
                f"words = '{(VECTORS / 'vectors64.words').resolve()}'\nscale = 0.5\n"
                f"[base]\npath = '{base.resolve()}'\n[model]\nfeatures = 10000\n"
            )
            if tuned:
                recipe.write_text(recipe.read_text().replace("folds = 0", "folds = 5"))
            source = ["--recipe", recipe]
            options = [option for option in options if option != "--vectors"]
        else:
            source = ["--data", data] + ([] if tuned else ["--folds=0"])
        self.run("train", "--json", "--out", model, *source, *options)
        report = self.run("evaluate", "--json", "--model", model, "--data", test)
        return report["accuracy"], report["macro_f1"]

    def invented(self):
        """A base model of invented headlines that were made after nobody's."""
        data, recipe = self.folder / "written.csv", self.folder / "written.toml"
        with open("data/headlines.csv", encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["origin"] == "written"]
        write(data, [(row["text"], row["label"]) for row in rows])
        lines = Path("recipes/open.toml").read_text().split("# Minimal pairs", 1)
        head = lines[0][: lines[0].index("[[data]]")].replace("folds = 5", "folds = 0")
        tail = lines[1].replace("../data/", f"{Path('data').resolve()}/").replace('"vector"', '"none"')
        recipe.write_text(f"{head}[[data]]\npath = '{data.resolve()}'\n# Minimal pairs{tail}")
        model = self.folder / "written.bin"
        self.run("train", "--json", "--recipe", recipe, "--out", model)
        return model


def of_predictions(tested, predicted):
    truth = [label for _, label in tested]
    accuracy = float(np.mean(np.array(truth) == np.array(predicted)))
    return accuracy, f1_score(truth, predicted, average="macro")


def scikit_learn(training, tested, tuned):
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
    if tuned:
        pipeline = GridSearchCV(pipeline, {"logisticregression__C": GRID}, scoring="neg_log_loss")
    pipeline.fit([text for text, _ in training], [label for _, label in training])
    return of_predictions(tested, pipeline.predict([text for text, _ in tested]))


def fast_text(training, tested, folder, vectors):
    plain = lambda text: " ".join(re.findall(r"\w+|[$%!?&]", text.lower()))
    path = folder / "fasttext.txt"
    path.write_text("".join(f"__label__{label} {plain(text)}\n" for text, label in training))
    # Word pairs, more passes and a higher rate than the defaults, as its tutorial advises for few rows.
    options = dict(wordNgrams=2, epoch=25, lr=0.5, minCount=1, bucket=200_000, thread=1, verbose=0)
    options |= dict(dim=64, pretrainedVectors=str(vectors)) if vectors else dict(dim=100)
    model = fasttext.train_supervised(str(path), **options)
    # Not model.predict, which NumPy 2 breaks.
    predicted = [model.f.predict(plain(text) + "\n", 1, 0.0, "strict") for text, _ in tested]
    labels = [best[0][1].removeprefix("__label__") if best else "" for best in predicted]
    return of_predictions(tested, labels)


def word2vec(folder):
    """The project's vectors in the form that fastText reads."""
    words = (VECTORS / "vectors64.words").read_text().splitlines()
    matrix = np.frombuffer((VECTORS / "vectors64.i8").read_bytes(), np.int8).reshape(len(words), -1)
    matrix = matrix / np.sqrt(np.square(matrix.astype(float)).sum(1).mean())
    path = folder / "vectors.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n")
        for word, row in zip(words, matrix):
            file.write(f"{word} {' '.join(f'{x:.4f}' for x in row)}\n")
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("undertone", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--only", type=int, default=10**9)
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    undertone = Undertone(arguments.undertone.resolve(), folder)
    vectors = word2vec(folder)
    invented = undertone.invented()
    kept = folder / "results.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}

    def methods(is_clean):
        base = None if is_clean else invented
        yield "`undertone train`", undertone.scores
        grid = f"--tune={','.join(map(str, GRID))}"
        yield "`--tune=0.1,…,50`", lambda a, b: undertone.scores(a, b, [grid])
        yield "`--vectors`", lambda a, b: undertone.scores(a, b, ["--vectors"], base)
        yield "`--vectors --tune=0.1,…,50`", lambda a, b: undertone.scores(a, b, ["--vectors", grid], base)
        file = f"--vectors={VECTORS / 'vectors64.i8'}"
        yield "`--vectors=FILE`, the same words without a base model", lambda a, b: undertone.scores(a, b, [file])
        if is_clean:
            yield "`--vectors`, the base model of the other table", lambda a, b: undertone.scores(a, b, [], invented)
        yield "scikit-learn", lambda a, b: scikit_learn(a, b, False)
        yield "scikit-learn, `GridSearchCV` over C", lambda a, b: scikit_learn(a, b, True)
        yield "fastText", lambda a, b: fast_text(a, b, folder, None)
        yield "fastText, `-pretrainedVectors` with the same words", lambda a, b: fast_text(a, b, folder, vectors)

    for title, (rows, sources), is_clean in [
        ("Financial PhraseBank", phrasebank(arguments.data), True),
        ("headlines that were read, other sources", read_headlines(arguments.data), False),
    ]:
        found = {}
        for seed in range(arguments.draws):
            for size in SIZES:
                key = f"{title}, {size}, {seed}"
                if key not in results:
                    if arguments.only == 0:
                        return
                    arguments.only -= 1
                    training, tested = draw(rows, sources, size, seed)
                    results[key] = {name: scores(training, tested) for name, scores in methods(is_clean)}
                    kept.write_text(json.dumps(results))
                for name, scores in results[key].items():
                    found.setdefault(name, {}).setdefault(size, []).append(scores)
        print(f"| {title} | " + " | ".join(f"{size:,}" for size in SIZES) + " |")
        print("|---" * (len(SIZES) + 1) + "|")
        for name, by_size in found.items():
            cells = []
            for size in SIZES:
                accuracy, f1 = 100 * np.array(by_size[size]).T
                cells.append(f"{accuracy.mean():.1f} ± {accuracy.std(ddof=1):.1f}, F1 {f1.mean():.1f}")
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        print()


if __name__ == "__main__":
    main()
