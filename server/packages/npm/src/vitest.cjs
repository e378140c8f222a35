'use strict';
throw new Error('enrichment-mock/vitest needs import, as Vitest itself does: require() cannot load it');
