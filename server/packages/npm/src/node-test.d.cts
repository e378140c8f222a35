import type { TestContext } from 'node:test';
import type { Fixtures, SuiteOptions } from './suite.cjs';

export type { Fixtures, SuiteOptions } from './suite.cjs';

/** The options of node:test, which not all releases of its types export. */
export interface TestOptions {
  concurrency?: boolean | number;
  only?: boolean;
  plan?: number;
  signal?: TestContext['signal'];
  skip?: boolean | string;
  timeout?: number;
  todo?: boolean | string;
}

type Body = (fixtures: Fixtures, context: TestContext) => unknown;

interface Declare {
  (name: string, test: Body): Promise<void>;
  (name: string, options: TestOptions, test: Body): Promise<void>;
}

export interface Test extends Declare {
  only: Declare;
  skip: Declare;
  todo: Declare;
}

/** The `test` of node:test, whose function gets `{ mock, team }` and then the context. */
export const test: Test;

/** The same with another scenario or mock. */
export function createTest(options?: SuiteOptions): Test;
