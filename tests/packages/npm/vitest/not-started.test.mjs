import { createTest } from 'enrichment-mock/vitest';

import { notStarted } from '../suites.cjs';

notStarted(createTest);
