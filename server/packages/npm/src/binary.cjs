// Finds the program. Each platform has it in a package of its own, and npm installs the one that fits.
'use strict';
const { createRequire } = require('node:module');
const path = require('node:path');

const { MockStartError } = require('./errors.cjs');
const { optionalDependencies } = require('../package.json');

const packageOf = (platform) => `enrichment-mock-${platform}`;

const ELSEWHERE = `Use a mock that runs elsewhere, such as the container image: set ENRICHMENT_MOCK_URL to its URL. \
Or build the program from source, and set ENRICHMENT_MOCK_BINARY to its path.`;

// The path of the program. `binary` and the variable ENRICHMENT_MOCK_BINARY override the installed one.
function findBinary(binary = process.env.ENRICHMENT_MOCK_BINARY, platform = `${process.platform}-${process.arch}`) {
  if (binary) return binary;
  const name = packageOf(platform);
  if (!(name in optionalDependencies)) {
    const known = Object.keys(optionalDependencies).map((each) => each.slice(packageOf('').length));
    throw new MockStartError(`enrichment-mock has no program for ${platform}, only for ${known.join(', ')}. ${ELSEWHERE}`);
  }
  try {
    return path.join(path.dirname(createRequire(__filename).resolve(`${name}/package.json`)), 'bin', 'enrichment-mock');
  } catch {
    throw new MockStartError(`The package ${name}, which has the program for this platform, is not installed. Either \
optional dependencies are switched off (--omit=optional), or node_modules was copied from another platform. Remove \
node_modules and install again. ${ELSEWHERE}`);
  }
}

module.exports = { findBinary };
