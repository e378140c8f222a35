// scenarios/scenario.schema.json: its keys, its problems with a document, and its schemas for a place in one.
import { readFileSync } from 'node:fs';

import Ajv from 'ajv/dist/2020.js';

const file = new URL('../../scenarios/scenario.schema.json', import.meta.url);
export const schema = JSON.parse(readFileSync(file, 'utf8'));

export function newAjv() {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addKeyword('patternErrorMessage');  // Visual Studio Code shows it instead of the pattern
  return ajv;
}

const validate = newAjv().compile(schema);

// The schema's problems with the document; empty if it accepts it.
export const complaints = (document) => (validate(document) ? [] : [...validate.errors]);

function* keysWithin(found, where) {
  // Objects without additionalProperties only say which keys go together.
  const named = 'additionalProperties' in found ? { ...found.properties, ...found.patternProperties } : {};
  for (const [key, value] of Object.entries(named)) {
    yield [`${where}/${key}`, value];
    yield* keysWithin(value, `${where}/${key}`);
  }
  const unnamed = [found.items, found.additionalProperties, ...(found.anyOf ?? [])];
  for (const value of unnamed) if (typeof value === 'object') yield* keysWithin(value, where);
}

// Every key of the schema and the schema of its value, which distinguishes it from others of the same name:
// ['callback/timeout', { ... }]. Keys of the top level begin with a slash.
export const keys =
  [['', schema], ...Object.entries(schema.$defs)].flatMap(([name, root]) => [...keysWithin(root, name)]);

const resolved = (found) =>
  found.$ref === undefined ? found : { ...resolved(schema.$defs[found.$ref.slice('#/$defs/'.length)]), ...found };

const choices = (found) => [resolved(found), ...(resolved(found).anyOf ?? []).map(resolved)];

function within(found, name) {
  for (const choice of found === undefined ? [] : choices(found)) {
    const pattern = Object.entries(choice.patternProperties ?? {}).find(([text]) => new RegExp(text, 'u').test(name));
    const next = choice.properties?.[name] ?? pattern?.[1] ?? choice.items ?? choice.additionalProperties;
    if (typeof next === 'object') return next;
  }
  return undefined;
}

// The schema of the value at a path, the one in `keys` if the path ends in a key; undefined where the schema says
// nothing, as within a body.
export const schemaAt = (path) => path.reduce(within, schema);

// The keys that an object at this path may have, with the schemas of their values; undefined if they are free.
export function keysAt(path) {
  const found = schemaAt(path);
  const closed = found ? choices(found).filter((one) => one.additionalProperties === false && one.properties) : [];
  return closed.length === 0 ? undefined : Object.assign({}, ...closed.map(({ properties }) => properties));
}
