import { describe, expect } from 'vitest';
import { test } from 'enrichment-mock/vitest';

import { failing, retried } from '../suites.cjs';

const equal = (actual, expected) => expect(actual).toBe(expected);
failing({ test, equal, testWithin: (timeout, title, body) => test(title, { timeout }, body) });
describe('again', { retry: 1 }, () => retried({ test, equal }));
