"""Scores a column of a Spark DataFrame with Undertone's native core, on every executor.

    from undertone_spark import score

    scored = score(spark.read.parquet("news"), "title")
    scored.select("title", "label", "confidence").show()

Each task starts one `undertone predict` and passes its rows through it as Arrow batches. Rows stay
in order. A null has null as its answer. A text that is not UTF-8, which Spark's strings may hold,
has no answer either, and its reason in the column `error`.

This file is all there is: `spark.sparkContext.addPyFile("undertone_spark.py")` brings it to the
executors. It needs PySpark 3.4 or newer and pyarrow.
"""

import json
import os
import subprocess
import tempfile
import threading
from collections import deque

import pyarrow as pa
from pyspark import SparkFiles
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

__all__ = ["score"]


def score(df, column, *, undertone="undertone", model=None, prefix=""):
    """`df` with the columns `label`, `confidence`, one for each label's probability, and `error`.

    column     the name of the column with the texts, of type string or binary
    undertone  the executable: a path, or a name that is looked for among the files of
               `spark.sparkContext.addFile` and then in PATH, here and on every executor
    model      a model.bin, found in the same way, in place of the one inside the executable
    prefix     put before the names of the new columns
    """
    field = df.schema[column]
    if field.dataType.typeName() not in ("string", "binary"):
        raise TypeError(
            f"expected texts in column {column!r}, found {field.dataType.simpleString()}; "
            "cast it to string"
        )
    labels = _labels(undertone, model)
    answers = [StructField(prefix + "label", StringType())]
    answers += [StructField(prefix + name, DoubleType()) for name in ["confidence", *labels]]
    answers += [StructField(prefix + "error", StringType())]
    taken = sorted({field.name for field in answers} & set(df.columns))
    if taken:
        raise ValueError(
            f"the answer's columns {', '.join(taken)} are in the DataFrame already; "
            "give a prefix, for example prefix='undertone_'"
        )

    def score_task(batches):
        return _score_batches(batches, column, _command(undertone, model, column, prefix))

    return df.mapInArrow(score_task, StructType([*df.schema.fields, *answers]))


def _labels(undertone, model):
    """The model's labels, in the order of the columns."""
    command = [_found(undertone), "predict", "--format=json", *_model(model), ""]
    answer = subprocess.run(command, capture_output=True, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"{command[0]}: {answer.stderr.decode(errors='replace').strip()}")
    return list(json.loads(answer.stdout)[0]["probabilities"])


def _command(undertone, model, column, prefix):
    # Spark runs as many tasks as it has cores: each of them has one to itself.
    options = ["--input=-", "--input-format=arrow", f"--text-column={column}", "--keep="]
    options += [f"--prefix={prefix}", "--format=arrow", "--threads=1"]
    return lambda: [_found(undertone), "predict", *options, *_model(model)]


def _model(model):
    return [] if model is None else [f"--model={_found(model)}"]


def _found(name):
    """The path of a file that came with the job, else the name as it is."""
    try:
        path = SparkFiles.get(name)
    except (AttributeError, AssertionError):  # No Spark is running in this process.
        return name
    # Paths stay what they are, and names that nobody added are left to PATH.
    return path if os.path.isfile(path) else name


def _score_batches(batches, column, command):
    """Batches of rows, each followed by its answers' columns."""
    first = next(batches, None)
    if first is None:
        return
    # As bytes, because Spark's strings need not be UTF-8. Only the texts go through the pipe.
    schema = pa.schema([pa.field(column, pa.binary())])

    def texts(batch):
        return pa.record_batch([batch.column(column).cast(pa.binary())], schema)

    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(
            command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages
        )
        sent = deque()
        failures = []

        def feed():
            # Ends of its own when the process does: the pipe is broken then.
            try:
                with process.stdin, pa.ipc.new_stream(process.stdin, schema) as stream:
                    batch = first
                    while batch is not None:
                        if batch.num_rows:
                            sent.append(batch)
                            stream.write_batch(texts(batch))
                        batch = next(batches, None)
            except BrokenPipeError:
                pass
            except BaseException as error:  # Raised again where the task can see it.
                failures.append(error)
                process.kill()

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            yield from _joined(sent, process.stdout)
        except GeneratorExit:  # Spark wants no more rows.
            raise
        except (pa.ArrowInvalid, OSError, EOFError) as error:
            # The process has more to say about its end than the stream that broke off.
            failures.append(error)
        finally:
            process.stdout.close()
            if process.poll() is None and failures:
                process.kill()
        feeder.join()
        code = process.wait()
        messages.seek(0)
        message = messages.read().decode(errors="replace").strip()
        if code != 0 or failures:
            cause = failures[0] if failures else None
            raise RuntimeError(f"undertone ended with {code}: {message or cause}") from cause


def _joined(sent, answers):
    """`undertone predict` may answer a batch in several pieces, but never two batches in one."""
    with pa.ipc.open_stream(answers) as stream:
        rows, start = None, 0
        for answer in stream:
            if rows is None:
                rows, start = sent.popleft(), 0
            own = rows.slice(start, answer.num_rows)
            names = rows.schema.names + answer.schema.names
            yield pa.RecordBatch.from_arrays(own.columns + answer.columns, names)
            start += answer.num_rows
            if start == rows.num_rows:
                rows = None
        if sent or rows is not None:
            raise EOFError("it answered fewer rows than it was given")
