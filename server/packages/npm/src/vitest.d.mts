import type { TestAPI } from 'vitest';
import type { Fixtures, SuiteOptions } from './suite.cjs';

export type { Fixtures, SuiteOptions } from './suite.cjs';

/** Vitest's `test` with the fixtures `mock` and `team`. */
export const test: TestAPI<Fixtures>;

/** The same with another scenario or mock. */
export function createTest(options?: SuiteOptions): TestAPI<Fixtures>;
