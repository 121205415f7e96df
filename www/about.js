// What the model is, and what this very page load took.

import { byId, element } from './element.js';
import { grownBy } from './learnt.js';
import { count, many, percent } from './numbers.js';

export function showModel(model) {
  const { scores, data, features, grown, date, version, licence, link } = model.classifier.info;
  const several = link === 'independent';
  const before = grown > 0 ? `, ${many(grown, 'word')} of them by earlier corrections` : '';
  const facts = [
    ['Labels', model.classifier.labels.join(', ') + (several ? ', any number of them' : '')],
    ['Features', count(features) + before],
    ['Grown by', grownBy(model) || 'nothing that you taught'],
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
