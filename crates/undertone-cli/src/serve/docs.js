// Shows /openapi.json, and sends requests. Everything is shown as text.

/** An element with children and properties. */
function element(name, children = [], properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** The schema that a `$ref` points at, or the schema itself. */
function resolved(api, schema) {
  const reference = schema?.$ref;
  if (reference === undefined) return schema ?? {};
  return resolved(api, api.components.schemas[reference.split('/').at(-1)]);
}

/** A schema in words: `string`, `list of string`, `PredictRequest`. */
function named(schema) {
  if (schema === undefined) return 'anything';
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return choices.map(named).join(' or ');
  const types = [schema.type ?? 'anything'].flat();
  const items = { array: () => `list of ${named(schema.items)}` };
  return types
    .map((type) => {
      if (type === 'object' && schema.additionalProperties) {
        return `object of ${named(schema.additionalProperties)}`;
      }
      return items[type]?.() ?? type;
    })
    .join(' or ');
}

function table(heading, rows) {
  const body = rows.map(([name, type, about]) =>
    element('tr', [
      element('td', [element('code', [name])]),
      element('td', [type]),
      element('td', [about ?? '']),
    ]),
  );
  return element('table', [element('caption', [heading]), ...body]);
}

/** Every object that a schema leads to, once, each as a table of its fields. */
function tables(api, schema, seen = new Set()) {
  if (schema === undefined) return [];
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  const own = resolved(api, schema);
  if (schema.$ref !== undefined) {
    if (seen.has(schema.$ref)) return [];
    seen.add(schema.$ref);
  }
  const fields = Object.entries(own.properties ?? {});
  const made = [];
  if (fields.length > 0) {
    const rows = fields.map(([name, field]) => [
      own.required?.includes(name) ? `${name} *` : name,
      named(field),
      field.description,
    ]);
    made.push(table(named(schema), rows));
  }
  const inner = [
    ...choices,
    ...(own === schema ? [] : (own.oneOf ?? own.anyOf ?? [])),
    ...fields.map(([, field]) => field),
    own.items,
  ];
  return made.concat(inner.flatMap((next) => tables(api, next, seen)));
}

/** A JSON value to begin with: the schema's example, or its fields' examples. */
function example(api, schema) {
  const own = resolved(api, schema);
  if (own.example !== undefined) return own.example;
  const fields = Object.entries(own.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, field.example ?? '']));
}

function tryIt(api, path, method, operation, key) {
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const inputs = [];
  const body = element('textarea', [], { rows: 4, spellcheck: false });
  if (schema !== undefined) {
    body.value = JSON.stringify(example(api, schema), null, 2);
    inputs.push(element('label', ['Body', body]));
  }
  const options = (operation.parameters ?? []).map((parameter) => {
    const isSwitch = [parameter.schema?.type].flat().includes('boolean');
    const input = element('input', [], { type: isSwitch ? 'checkbox' : 'text' });
    inputs.push(element('label', isSwitch ? [input, ` ${parameter.name}`] : [parameter.name, input]));
    return [parameter.name, () => (isSwitch ? String(input.checked || '') : input.value)];
  });
  const answer = element('pre', [], { hidden: true });
  answer.setAttribute('role', 'status');
  const send = element('button', ['Send'], { type: 'button' });
  send.addEventListener('click', async () => {
    const chosen = options.map(([name, value]) => [name, value()]).filter(([, value]) => value !== '');
    const query = new URLSearchParams(chosen).toString();
    const request = { method: method.toUpperCase(), headers: {} };
    if (schema !== undefined) {
      request.headers['Content-Type'] = 'application/json';
      request.body = body.value;
    }
    if (key.value !== '') request.headers['X-API-Key'] = key.value;
    answer.hidden = false;
    try {
      const response = await fetch(path + (query === '' ? '' : `?${query}`), request);
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      const shown = type.startsWith('application/json')
        ? JSON.stringify(JSON.parse(text), null, 2)
        : text;
      answer.textContent = `${response.status} ${response.statusText}\n${shown}`;
    } catch (error) {
      answer.textContent = `no answer: ${error.message}`;
    }
  });
  return [...inputs, send, answer];
}

function section(api, path, method, operation, key) {
  const request = operation.requestBody?.content?.['application/json']?.schema;
  const parameters = (operation.parameters ?? []).map((parameter) => [
    `?${parameter.name}`,
    named(parameter.schema),
    parameter.description,
  ]);
  const answers = Object.entries(operation.responses).map(([status, response]) => [
    status,
    Object.values(response.content ?? {}).map(({ schema }) => named(schema)).join(),
    response.description,
  ]);
  const schemas = Object.values(operation.responses)
    .flatMap((response) => Object.values(response.content ?? {}))
    .map(({ schema }) => schema);
  const types = Object.values(operation.responses).flatMap(({ content }) => Object.keys(content ?? {}));
  const seen = new Set();
  return element('section', [
    element('h2', [element('b', [`${method.toUpperCase()} ${path}`]), ` ${operation.summary ?? ''}`]),
    ...(parameters.length > 0 ? [table('Options', parameters)] : []),
    ...tables(api, request, seen),
    table('Answers', answers),
    ...schemas.flatMap((schema) => tables(api, schema, seen)),
    // An answer without end can't be shown.
    ...(types.includes('text/event-stream') ? [] : tryIt(api, path, method, operation, key)),
  ]);
}

const shown = document.getElementById('document');
try {
  const response = await fetch('/openapi.json');
  if (!response.ok) throw new Error(`status ${response.status}`);
  const api = await response.json();
  const key = element('input', [], { type: 'text', autocomplete: 'off', spellcheck: false });
  const sections = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.responses !== undefined)
      .map(([method, operation]) => section(api, path, method, operation, key)),
  );
  shown.replaceChildren(
    element('h1', [`${api.info.title} API ${api.info.version}`]),
    element('p', [api.info.description ?? '']),
    element('p', ['For programs: ', element('a', ['openapi.json'], { href: '/openapi.json' })]),
    element('label', ['API key, where the server asks for one', key]),
    ...sections,
  );
} catch (error) {
  shown.textContent = `The description could not be loaded: ${error.message}`;
}
