// What the model is, and what this very page load took.

import { byId, element } from './element.js';
import { count, percent } from './numbers.js';

export function showModel(info) {
  const { scores, data, labels, features, date, version, licence } = info;
  const several = info.link === 'independent';
  const facts = [
    ['Labels', labels.join(', ') + (several ? ', any number of them' : '')],
    ['Features', count(features)],
    ['Trained', [date, version && `by Undertone ${version}`].filter(Boolean).join(', ')],
    ['Licence', licence || 'not said'],
    [
      'On',
      data.map((set) => `${set.name} (${count(set.documents)} headlines)`).join(', ') || 'nothing named',
    ],
    [
      'Measured',
      scores
        ? `${several ? 'subset ' : ''}accuracy ${percent(scores.accuracy, 1)}, macro-F1 ${percent(scores.macro_f1, 1)}, ` +
          `calibration error ${percent(scores.calibration_error, 1)}, ` +
          `in ${scores.folds}-fold cross-validation`
        : 'not: it was trained without cross-validation',
    ],
  ];
  showFacts('model-facts', facts);
}

/** `firstScore` in ms, `speed` in words. */
export function showPageLoad({ firstScore, speed }) {
  const loaded = [
    ...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource'),
  ].filter(({ name }) => name.startsWith(location.origin));
  const sum = (key) => loaded.reduce((total, entry) => total + entry[key], 0);
  const kilobytes = (bytes) => `${count(Math.round(bytes / 1000))} KB`;
  showFacts('load-facts', [
    ['Files', `${loaded.length}, all from ${location.host}`],
    ['Over the network', kilobytes(sum('transferSize'))],
    ['Unpacked', kilobytes(sum('decodedBodySize'))],
    ['First score', firstScore ? `${Math.round(firstScore)} ms after the page was asked for` : 'none yet'],
    ['Scoring', speed || 'none yet'],
    ['Without a network', navigator.serviceWorker?.controller ? 'ready' : 'from the next visit on'],
  ]);
}

function showFacts(id, facts) {
  byId(id).replaceChildren(
    ...facts.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]),
  );
}
