// A JSON value → the lists in it, each as a table with a heading.

/** Objects within objects are columns of their own, so deep. */
const DEEPEST = 3;
/** Columns are those of so many rows. */
const JUDGED = 100;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a column of a nested value is called: "title" of "title.rendered", "node.title" and the like. */
const segments = (name) => name.split('.');

/**
 * The lists in a value that may hold headlines, the likeliest first: `{ path, rows, heading }`, and
 * `sure` where it, or one of its columns, is called as texts are. Of the others those with the longest
 * texts come first.
 */
export function listsIn(value, isText) {
  const lists = [...found(value, '', isText)].filter(({ rows }) => rows.length > 0);
  for (const list of lists) {
    const [names, ...body] = list.heading ? list.rows : [[], ...list.rows];
    const called = list.objects ? names : [list.path];
    list.sure = called.some((name) => segments(name).some(isText));
    const sample = body.slice(0, JUDGED);
    const longest = (row) => Math.max(...row.map((cell) => cell.length));
    list.length = sample.reduce((sum, row) => sum + longest(row), 0) / (sample.length || 1);
  }
  return lists.sort((one, other) => other.sure - one.sure || other.length - one.length);
}

function* found(value, path, isText) {
  if (Array.isArray(value)) {
    yield { path, ...tableOf(value) };
  } else if (isObject(value)) {
    const rows = written(value, isText);
    if (rows) {
      yield { path, rows, heading: true, objects: true };
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      yield* found(inner, path ? `${path}.${name}` : name, isText);
    }
  }
}

/** A table that is written as one object, in any of the ways that pandas has. */
function written(value, isText) {
  const [names, inside] = [Object.keys(value), Object.values(value)];
  const { columns, data } = value;
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray)) {
    return [columns.map(String), ...data.map((row) => row.map(cellOf))];
  }
  const all = (test) => inside.length > 0 && inside.every(test);
  if (names.some(isText) && (all(Array.isArray) || all(isObject))) {
    const keys = Object.keys(inside[0]);
    if (inside.every((column) => Object.keys(column).length === keys.length)) {
      return [names, ...keys.map((key) => inside.map((column) => cellOf(column[key])))];
    }
  }
  if (all(isObject) && inside.every((row) => Object.keys(row).some(isText))) {
    return tableOf(inside).rows;
  }
  return undefined;
}

/** A list as a table: of objects with their names, of rows as they are, of all else in one column. */
function tableOf(values) {
  if (values.some(Array.isArray)) {
    return { rows: values.map((row) => [row].flat().map(cellOf)), heading: false, objects: false };
  }
  if (!values.some(isObject)) {
    const isList = values.some((value) => typeof value === 'string');
    const rows = isList ? [['text'], ...values.map((text) => [cellOf(text)])] : [];
    return { rows, heading: true, objects: false };
  }
  const flat = values.map((value) => (isObject(value) ? flattened(value) : { text: value }));
  const columns = new Set(flat.slice(0, JUDGED).flatMap(Object.keys));
  const rows = flat.map((row) => [...columns].map((name) => cellOf(row[name])));
  return { rows: columns.size > 0 ? [[...columns], ...rows] : [], heading: true, objects: true };
}

function flattened(value, prefix = '', depth = 1) {
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) =>
      isObject(inner) && depth < DEEPEST
        ? flattened(inner, `${prefix}${name}.`, depth + 1)
        : { [prefix + name]: inner },
    ),
  );
}

const cellOf = (value) =>
  value === undefined || value === null || typeof value === 'object' ? '' : String(value);

/** The column called as texts are, whole names first, or −1. */
export function textColumnOf(names, isText) {
  const whole = names.findIndex(isText);
  return whole >= 0 ? whole : names.findIndex((name) => segments(name).some(isText));
}
