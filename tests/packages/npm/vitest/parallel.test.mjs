import { expect } from 'vitest';
import { test } from 'enrichment-mock/vitest';

import { parallel } from '../suites.cjs';

parallel({ test: test.concurrent, equal: (actual, expected) => expect(actual).toEqual(expected) });
