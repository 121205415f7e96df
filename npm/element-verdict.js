// What a prediction looks like, and which words decided it.

/** A weaker pull, in logits, is not worth a line. */
const WEAKEST_PULL = 0.05;
/** So many words say enough. */
const MOST_WORDS = 5;

/** The labels that are good and bad news, if their names say so. */
export function scaleOf({ labels, info: { link } }) {
  const up = labels.find((label) => /^(pos|bull)/i.test(label));
  const down = labels.find((label) => /^(neg|bear)/i.test(label));
  return up !== undefined && down !== undefined && link !== 'independent' ? [up, down] : undefined;
}

/**
 * The labels that are given, whether that is in doubt, and by what shape and tone, a class of the style, it is told;
 * the probability where one label is given.
 */
export function verdictOf({ label, labels, confidence, probabilities, foreign }, classifier, minConfidence) {
  if (labels) {
    const given = labels.filter((name) => probabilities[name] >= minConfidence);
    return foreign ? DOUBT : { labels: given, unsure: false, tone: 'other', shape: given.length > 0 ? '◆' : '○' };
  }
  const least = Math.max(minConfidence, classifier.info.thresholds.confidence[label] ?? 0);
  if (foreign || confidence < least) {
    return DOUBT;
  }
  const scale = scaleOf(classifier);
  const at = scale?.indexOf(label);
  const [tone, shape] = scale ? (LOOKS[at] ?? ['flat', '●']) : ['other', '◆'];
  return { labels: [label], unsure: false, tone, shape, confidence };
}

const LOOKS = [
  ['up', '▲'],
  ['down', '▼'],
];
const DOUBT = { labels: [], unsure: true, tone: 'doubt', shape: '?' };

/**
 * The words that pulled most, from the strongest on, in logits: towards the first end of the scale, or, without one,
 * for `chosen` as compared with the other labels.
 */
export function pulls({ contributions, labels: several }, scale, chosen) {
  const sums = new Map();
  for (const { text, weights } of contributions) {
    const key = text.toLowerCase();
    const sum = sums.get(key) ?? { word: text, pull: 0 };
    sum.pull += pullOf(weights, scale, chosen, several !== undefined);
    sums.set(key, sum);
  }
  return [...sums.values()]
    .filter(({ pull }) => Math.abs(pull) >= WEAKEST_PULL)
    .sort((one, other) => Math.abs(other.pull) - Math.abs(one.pull))
    .slice(0, MOST_WORDS);
}

function pullOf(weights, scale, chosen, isBySelf) {
  if (scale) {
    return weights[scale[0]] - weights[scale[1]];
  }
  const { [chosen]: own, ...others } = weights;
  const all = Object.values(others);
  return isBySelf || all.length === 0 ? own : own - all.reduce((sum, weight) => sum + weight, 0) / all.length;
}
