require('../suites.cjs').sameTitles({ describe, test: require('enrichment-mock/jest').test });
