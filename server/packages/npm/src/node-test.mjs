import entry from './node-test.cjs';

export const { createTest, test } = entry;
