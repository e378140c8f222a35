// Calls the control API. The admin token, if there is one, is stored for this tab only.
import { curlOfControl } from './curl.js';
import { parse } from './exact.js';

const TOKEN = 'admin-token';

// An error response of the API; `status` 0: there was no response.
export class CallError extends Error {
  constructor(status, body) {
    super(body?.message ?? (status ? `the server responded with status ${status}` : 'the server does not respond'));
    Object.assign(this, { status, body });
  }
}

export class Api {
  #base = new URL('./', document.baseURI);

  // Called when the server requires a token; resolves when the user has entered one.
  onTokenNeeded = async () => {};

  get origin() {
    return this.#base.origin;
  }
  get token() {
    return sessionStorage.getItem(TOKEN) ?? '';
  }
  set token(text) {
    sessionStorage.setItem(TOKEN, text);
  }

  // A call: { method, path, team, query, body (a value or a text), key }. `path` without /__admin/.
  url({ path, team, query = {} }) {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries({ ...query, team })) if (value) url.searchParams.set(name, value);
    return url;
  }

  curl(call) {
    const { method = 'GET', body } = call;
    return curlOfControl({ method, url: this.url(call).href, body: textOf(body), hasToken: this.token !== '' });
  }

  // The JSON of the response. Throws CallError.
  async call(call, signal) {
    const response = await this.open(call, signal);
    return parse(await response.text());
  }

  // A successful response. Throws CallError.
  async open(call, signal) {
    const { token } = this;
    const response = await this.#send(call, signal);
    if (response.ok) return response;
    if (response.status === 401 && response.headers.has('www-authenticate')) {
      if (token === this.token) await this.onTokenNeeded(); // otherwise a new token was entered in the meantime
      return this.open(call, signal);
    }
    throw new CallError(response.status, await response.json().catch(() => undefined));
  }

  async #send(call, signal) {
    const headers = {};
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (call.key) headers['x-api-key'] = call.key;
    try {
      return await fetch(this.url(call), {
        method: call.method ?? 'GET',
        headers,
        body: textOf(call.body),
        signal,
        cache: 'no-store',
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new CallError(0);
    }
  }
}

function textOf(body) {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}
