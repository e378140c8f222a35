import { describe } from 'vitest';
import { test } from 'enrichment-mock/vitest';

import { sameTitles } from '../suites.cjs';

sameTitles({ describe, test });
