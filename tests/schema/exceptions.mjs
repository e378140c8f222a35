// Files that the loader refuses and no schema can: the message, why a schema cannot, and the text of such a file.
const text = (members) => `{ "name": "x", ${members} }`;
const headers = (members) => text(`"rules": [{ "response": { "status": 503, "headers": { ${members} } } }]`);
const lead = (more) => JSON.stringify({ linkedin_url: 'https://linkedin.com/in/jane', type: 'work', ...more });

export const exceptions = [
  {
    says: /^duplicate key ".*"/,
    why: 'a schema sees a document in which one of the two is left',
    text: text('"credits": 1, "credits": 2'),
  },
  {
    says: /^duplicate header ".*"/,
    why: 'a schema tells keys by their letters, not by their lower case',
    text: headers('"X-A": "1", "x-a": "2"'),
  },
  {
    says: /^duplicate username ".*"/,
    why: 'a schema knows neither letter case nor percent-encoding',
    text: text('"profiles": { "jane": {}, "J%41NE": {} }'),
  },
  {
    says: /^the file has an enrichment with this _id already/,
    why: 'a schema finds only elements that are equal in all',
    text: text(`"enrichments": [${['507f1f77bcf86cd79943901a', '507F1F77BCF86CD79943901A'].map((_id) => lead({ _id }))}]`),
  },
  {
    says: /^found \d+ with "charge"; expected at most \d+, the credits of/,
    why: 'a schema does not compare a number with a length',
    text: text(`"credits": 0, "enrichments": [${lead({ status: 'completed', charge: true })}]`),
  },
  {
    says: /^found ".*"; expected a linkedin.com\/in\/<username> URL/,
    why: 'a pattern would be even longer if it knew . and .. and the lengths of host names',
    text: text(`"enrichments": [${lead({ linkedin_url: 'https://linkedin.com/in/..' })}]`),
  },
  {
    says: /^expected an absolute http or https URI; it /,
    why: 'a pattern of all URLs would be too long',
    text: text(`"enrichments": [${lead({ callback_url: 'http://app/a b' })}]`),
  },
  {
    says: /^duplicate team ".*"/,
    why: 'a schema finds only elements that are equal in all',
    text: text('"teams": [{ "name": "a", "api_keys": ["k"] }, { "name": "a", "api_keys": ["l"] }]'),
  },
  {
    says: /^this API key is listed twice in the file/,
    why: 'a schema does not look from one team into another',
    text: text('"teams": [{ "name": "a", "api_keys": ["k"] }, { "name": "b", "api_keys": ["k"] }]'),
  },
  {
    says: /^found ".*"; expected the file's name/,
    why: 'a schema sees no file name',
    text: '{ "name": "y" }',
  },
  {
    says: /^found ".*"; expected a time after ".*", when the window begins/,
    why: 'a schema does not compare two values',
    text: text('"schedule": [{ "at": "2s", "until": "2000ms", "response": { "status": 503 } }]'),
  },
  {
    says: /^found ".*"; expected ".*" or more, because of "(median|p99)"/,
    why: 'a schema does not compare two values',
    text: text('"lookup": { "jitter": { "median": "2s", "p99": "1s", "max": "500ms" } }'),
  },
  {
    says: /^found \d+; expected \d+ or more, because of "at_least"/,
    why: 'a schema does not compare two values',
    text: text('"expect": { "requests": { "at_least": 2, "at_most": 1 } }'),
  },
  {
    says: /^found \S+; expected a whole number, without point or exponent/,
    why: 'to a schema 3.0 and 3e0 are 3',
    text: text('"credits": 3.0'),
  },
  {
    says: /^found -0; expected a whole number/,
    why: 'to a schema -0 is 0',
    text: text('"credits": -0'),
  },
  {
    says: /^found 18446744073709551616; expected a whole number/,
    why: 'in JavaScript 2^64 is the nearest number to 2^64 - 1',
    text: text('"seed": 18446744073709551616'),
  },
  {
    says: /^the string contains half of a surrogate pair/,
    why: 'JavaScript takes half a surrogate pair',
    text: text('"description": "\\ud800"'),
  },
  {
    says: /^arrays and objects are nested more than 64 levels deep/,
    why: 'a schema does not count levels where what may stand is free',
    text: text(`"errors": { "500": { "a": ${'['.repeat(70)}${']'.repeat(70)} } }`),
  },
  {
    says: /^the file is larger than 1 MB/,
    why: 'a schema does not see how long a file is',
    text: text(`"description": "${'x'.repeat(1_000_000)}"`),
  },
];
