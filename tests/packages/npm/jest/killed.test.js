require('../suites.cjs').killed(require('enrichment-mock/jest').test);
