import { test } from 'enrichment-mock/node-test';

import { killed } from '../suites.cjs';

killed(test);
