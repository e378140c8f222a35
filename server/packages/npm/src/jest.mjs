import entry from './jest.cjs';

export const { createTest, test } = entry;
