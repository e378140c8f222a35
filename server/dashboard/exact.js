// Parses JSON so that request and response bodies show numbers as they were sent: 1.10, 1e3, 23 digits. A browser
// without JSON.rawJSON shows the nearest number.
const canKeep = typeof JSON.rawJSON === 'function';

// Finds numbers that JSON.stringify may write differently.
const DOUBTFUL = /[:,[]\s*-?(?:0[,\]}\s]|\d+\.\d*0|\d+(?:\.\d+)?[eE]|[\d.]{16})/;

const keep = (key, value, { source } = {}) =>
  typeof value === 'number' && JSON.stringify(value) !== source ? JSON.rawJSON(source) : value;

// Turns raw numbers outside of bodies back into numbers.
function countable(value, key) {
  if (value === null || typeof value !== 'object' || key === 'body' || key === 'answer') return value;
  if (JSON.isRawJSON(value)) return Number(value.rawJSON);
  for (const [name, inner] of Object.entries(value)) value[name] = countable(inner, name);
  return value;
}

export const parse = (text) =>
  canKeep && DOUBTFUL.test(text) ? countable(JSON.parse(text, keep)) : JSON.parse(text);
