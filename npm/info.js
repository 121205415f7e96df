// What a model says of itself, which a module gives as bytes and numbers: see src/wasm/describe.rs, the other half.

/** What a model says of itself, from its strings and its numbers. */
export function infoOf(strings, numbers) {
  const decoder = new TextDecoder();
  let at = 0;
  let from = 0;
  const number = () => numbers[at++];
  const string = () => decoder.decode(strings.subarray(from, (from += number())));
  const list = (length, each) => Array.from({ length }, each);
  const [classes, sets, features, grown, known] = list(5, number);
  const confidences = list(classes, number);
  const documents = list(sets, number);
  const [folds, accuracy, macro_f1, log_loss, calibration_error] = list(5, number);
  const [link, version, recipe, date, licence] = list(5, string);
  const labels = list(classes, string);
  return {
    labels,
    features,
    link,
    thresholds: {
      confidence: Object.fromEntries(labels.map((label, place) => [label, confidences[place]])),
      known,
    },
    version,
    recipe,
    date,
    licence,
    data: documents.map((count) => ({ name: string(), sha256: string(), documents: count })),
    grown,
    scores: folds === 0 ? null : { folds, accuracy, macro_f1, log_loss, calibration_error },
  };
}
