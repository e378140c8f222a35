// The control API, which all that the page shows comes from. The token, where one is set, is kept for the tab only.
import { curlOfControl } from './curl.js';
import { parse } from './exact.js';

const TOKEN = 'admin-token';

// What the API answered instead of success; `status` 0: there was no answer.
export class CallError extends Error {
  constructor(status, body) {
    super(body?.message ?? (status ? `the server answered ${status}` : 'the server does not answer'));
    Object.assign(this, { status, body });
  }
}

export class Api {
  #base = new URL('./', document.baseURI);

  // Called when a token is asked for; resolves once there is one.
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

  // A call: { method, path, team, query, body (a value, or a text as it is), key }. `path` without /__admin/.
  url({ path, team, query = {} }) {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries({ ...query, team })) if (value) url.searchParams.set(name, value);
    return url;
  }

  curl(call) {
    const { method = 'GET', body } = call;
    return curlOfControl({ method, url: this.url(call).href, body: textOf(body), hasToken: this.token !== '' });
  }

  // Its JSON. Throws CallError.
  async call(call, signal) {
    const response = await this.open(call, signal);
    return parse(await response.text());
  }

  // Its answer, once it is one of success.
  async open(call, signal) {
    const { token } = this;
    const response = await this.#send(call, signal);
    if (response.ok) return response;
    if (response.status === 401 && response.headers.has('www-authenticate')) {
      if (token === this.token) await this.onTokenNeeded(); // else it was given meanwhile
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
