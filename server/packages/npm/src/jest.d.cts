import type { Fixtures, SuiteOptions } from './suite.cjs';

export type { Fixtures, SuiteOptions } from './suite.cjs';

type Declare<Arguments extends unknown[]> =
  (name: string, test: (...args: Arguments) => unknown, timeout?: number) => void;
type Spread<Row> = Row extends readonly unknown[] ? { -readonly [I in keyof Row]: Row[I] } : [Row];

export interface Test extends Declare<[fixtures: Fixtures]> {
  only: Test;
  skip: Test;
  failing: Test;
  /** The test's function gets the values of its row, and then the fixtures. */
  each<const Row>(table: readonly Row[]): Declare<[...Spread<Row>, Fixtures]>;
}

/** Jest's `test`, whose function gets `{ mock, team }`. */
export const test: Test & { todo(name: string): void };

/** The same with another scenario or mock. */
export function createTest(options?: SuiteOptions): Test & { todo(name: string): void };
