// The schema itself: well-formed, and useful for an editor.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keys, newAjv, schema } from './schema.mjs';

test('the schema is valid in draft 2020-12, also for a strict validator', () => {
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  const ajv = newAjv();
  assert.ok(ajv.validateSchema(schema), ajv.errorsText());
  ajv.compile(schema);
});

test('every key has a title and a description', () => {
  assert.ok(keys.length > 80, `only ${keys.length} keys`);
  for (const [name, { title, description }] of [['the file', schema], ...keys]) {
    assert.match(title ?? '', /^[A-Z][\w -]+$/, `the title of ${name}`);
    assert.match(description ?? '', /^\S.+\.$/, `the description of ${name}`);
  }
});

test('every default is a valid value of its key', () => {
  const withDefault = keys.filter(([, value]) => 'default' in value);
  assert.ok(withDefault.length > 30);
  for (const [name, value] of withDefault) {
    const validate = newAjv().compile({ ...value, $defs: schema.$defs });
    assert.ok(validate(value.default), `${name}: ${JSON.stringify(validate.errors)}`);
  }
});
