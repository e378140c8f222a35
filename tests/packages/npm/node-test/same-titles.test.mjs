import { describe } from 'node:test';
import { test } from 'enrichment-mock/node-test';

import { sameTitles } from '../suites.cjs';

sameTitles({ describe, test });
