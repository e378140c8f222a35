import assert from 'node:assert/strict';
import { test } from 'enrichment-mock/node-test';

import { failing } from '../suites.cjs';

failing({ test, equal: assert.equal, testWithin: (timeout, title, body) => test(title, { timeout }, body) });
