import { createTest } from 'enrichment-mock/node-test';

import { notStarted } from '../suites.cjs';

notStarted(createTest);
