require('../suites.cjs').notStarted(require('enrichment-mock/jest').createTest);
