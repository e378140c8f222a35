import { test } from 'enrichment-mock/vitest';

import { killed } from '../suites.cjs';

killed(test);
