import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { test } from 'enrichment-mock/node-test';

import { parallel } from '../suites.cjs';

describe('parallel', { concurrency: 64 }, () => parallel({ test, equal: assert.deepEqual }));
