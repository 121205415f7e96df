"""The Flask + scikit-learn twin of `cargo xtask bench serve`, as a tutorial would write it.

fit DATA OUT     fits TfidfVectorizer and LogisticRegression, and keeps them
gunicorn serve:app with TWIN=OUT serves them
"""

import csv
import os
import pickle
import sys


def fit(data, out):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    with open(data, encoding="latin1", newline="") as file:
        labels, texts = zip(*csv.reader(file))
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, labels)
    with open(out, "wb") as file:
        pickle.dump(model, file)


def create_app(path):
    from flask import Flask, jsonify, request

    with open(path, "rb") as file:
        model = pickle.load(file)
    labels = list(model.classes_)
    app = Flask(__name__)

    @app.post("/predict")
    def predict():
        (row,) = model.predict_proba([request.get_json()["text"]])
        probabilities = dict(zip(labels, map(float, row)))
        return jsonify(prediction=labels[row.argmax()], probabilities=probabilities)

    @app.get("/health")
    def health():
        return jsonify(status="ok")

    return app


if __name__ == "__main__":
    fit(*sys.argv[2:])
else:
    app = create_app(os.environ["TWIN"])
