// How sure the mood of a list can be, taking its lines as a sample of the news.

/** The normal distribution's two-sided 95 % quantile. */
const Z = 1.959964;

/** The Wilson score interval (1927) of a share, 95 %. */
export function wilson(hits, total) {
  if (total === 0) {
    return [0, 1];
  }
  const share = hits / total;
  const z2 = (Z * Z) / total;
  const middle = (share + z2 / 2) / (1 + z2);
  const reach = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total));
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}

/** The Bonett-Price interval (2012) of the difference of two shares of one list, 95 %. */
export function difference(more, less, total) {
  const up = (more + 1) / (total + 2);
  const down = (less + 1) / (total + 2);
  const middle = up - down;
  const reach = Z * Math.sqrt((up + down - middle ** 2) / (total + 2));
  return [Math.max(-1, middle - reach), Math.min(1, middle + reach)];
}
