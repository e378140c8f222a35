// Writes calls as curl commands for a shell. Texts of clients are quoted so that neither the shell nor curl interprets
// them.
const CONTROL = /([\u0000-\u0008\u000b-\u001f\u007f]+)/;

const octal = (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`;

// For sh, dash, bash, zsh and ksh. Control characters are written by printf, because not every shell supports $'…'; in
// such a shell, a quote would end the text.
export function quoted(text) {
  const parts = text.split(CONTROL).map((part, i) => {
    if (i % 2 === 1) return `"$(printf '${[...part].map(octal).join('')}')"`;
    return part === '' ? '' : `'${part.replaceAll("'", "'\\''")}'`;
  });
  return parts.join('') || "''";
}

// For headers that contain a shell variable.
const variable = (header) => `"${header}"`;

// { method, url, headers: ["'name: value'"], body }, with headers that are already quoted. Everything else is quoted here.
function command({ method, url, headers = [], body }) {
  const parts = ['curl', '-s'];
  if (/[[\]{}]/.test(url)) parts.push('-g');
  if (/\/\.{1,2}(?:[/?]|$)/.test(url)) parts.push('--path-as-is');
  if (method === 'HEAD' && body === undefined) parts.push('-I');
  else if (method !== (body === undefined ? 'GET' : 'POST')) parts.push('-X', quoted(method));
  parts.push(quoted(url));
  for (const header of headers) parts.push('-H', header);
  if (body !== undefined) parts.push('--data-raw', quoted(body)); // -d would read files
  return parts.join(' ');
}

const bearer = variable('Authorization: Bearer $ADMIN_TOKEN');

// A call of the control API: { method, url, body, hasToken }.
export const curlOfControl = ({ method, url, body, hasToken }) =>
  command({ method, url, body, headers: hasToken ? [bearer] : [] });

export const keyHeader = (key) => (key === undefined ? variable('x-api-key: $API_KEY') : quoted(`x-api-key: ${key}`));

// Set by curl itself, or by the connection.
const OWN = new Set(['host', 'content-length', 'connection', 'transfer-encoding', 'accept-encoding', 'expect']);

// A call of the emulated API, from the journal; `key`: the API key, if it is known.
export function curlOfEntry(entry, origin, key) {
  const headers = Object.entries(entry.headers)
    .filter(([name]) => !OWN.has(name.toLowerCase()))
    .map(([name, value]) => (name.toLowerCase() === 'x-api-key' ? keyHeader(key) : quoted(value === '' ? `${name};` : `${name}: ${value}`)));
  const body = entry.body === undefined || typeof entry.body === 'string' ? entry.body : JSON.stringify(entry.body);
  return command({
    method: entry.method,
    url: origin + entry.path + (entry.query ? `?${entry.query}` : ''),
    headers,
    body,
  });
}

// The first request, for the empty state.
export function firstRequest(origin, key) {
  const body = JSON.stringify({ linkedin_url: 'https://www.linkedin.com/in/jane', type: 'work' });
  return command({
    method: 'POST',
    url: `${origin}/v1/api/enrichment/email`,
    body,
    headers: [keyHeader(key), quoted('content-type: application/json')],
  });
}
