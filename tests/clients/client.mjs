// The enrichment API as an app calls it: one method per endpoint, one HTTP request per call, checked results,
// typed errors. The caller retries.
import { ShapeError, checkAccepted, checkContentType, checkCredits, checkPoll } from './shapes.mjs';

// The API responded, but not with success. `message` is the API's message if it sent one.
export class ApiError extends Error {
  name = 'ApiError';
  retryable = false;
  constructor({ status, body, headers }) {
    super(body?.message ?? `HTTP status ${status}`);
    Object.assign(this, { status, body, headers });
  }
}

export class InvalidRequestError extends ApiError { name = 'InvalidRequestError'; }
export class UnauthorizedError extends ApiError { name = 'UnauthorizedError'; }
export class InsufficientCreditsError extends ApiError { name = 'InsufficientCreditsError'; }
export class UnknownEnrichmentError extends ApiError { name = 'UnknownEnrichmentError'; }

export class RateLimitedError extends ApiError {
  name = 'RateLimitedError';
  retryable = true;
}

export class ServerError extends ApiError {
  name = 'ServerError';
  retryable = true;
}

// A success that cannot be read: not JSON, or not declared as JSON. The request has probably taken effect.
export class UnreadableAnswerError extends Error {
  name = 'UnreadableAnswerError';
  retryable = true;
  mayHaveArrived = true;
}

// No response, or half of one. `mayHaveArrived` is false if the request certainly never reached the API.
export class ConnectionError extends Error {
  name = 'ConnectionError';
  retryable = true;
  constructor(cause) {
    const code = cause.cause?.code;
    super(cause.name === 'TimeoutError' ? 'timed out' : (cause.cause?.message || code || cause.message), { cause });
    this.mayHaveArrived = code !== 'ECONNREFUSED';
  }
}

const ERRORS = new Map([
  [400, InvalidRequestError], [401, UnauthorizedError], [402, InsufficientCreditsError],
  [404, UnknownEnrichmentError], [429, RateLimitedError],
]);

function toError(answer) {
  const type = ERRORS.get(answer.status) ?? (answer.status >= 500 ? ServerError : ApiError);
  const error = new type(answer);
  error.retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'));
  return error;
}

// Seconds or a date, as HTTP allows; undefined if it is missing or cannot be read.
export function parseRetryAfter(header, now = Date.now()) {
  if (!header) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkReadable(what, { headers, text }, body) {
  try {
    checkContentType(what, headers.get('content-type'));
    if (body === undefined) throw new ShapeError(`${what}: no JSON: ${text.slice(0, 200)}`);
  } catch (error) {
    throw new UnreadableAnswerError(error.message);
  }
}

export class EnrichmentClient {
  #baseUrl;
  #apiKey;
  #timeoutMs;
  #onAnswer;

  // `onAnswer` is called with every response: { method, path, status, headers }. Without `apiKey` the header is left
  // out.
  constructor({ baseUrl, apiKey, timeoutMs = 10_000, onAnswer = () => {} }) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    this.#timeoutMs = timeoutMs;
    this.#onAnswer = onAnswer;
  }

  async requestEnrichment({ linkedin_url, type, callback_url, external_id }) {
    const body = checkAccepted(await this.#call('POST', '/v1/api/enrichment/email', 201,
      { linkedin_url, type, callback_url, external_id }));
    if (body.linkedin_url !== linkedin_url) throw new ShapeError(`accepted ${body.linkedin_url} for ${linkedin_url}`);
    return body;
  }

  async getEnrichment(id) {
    const body = checkPoll(await this.#call('GET', `/v1/api/enrichment/email/${encodeURIComponent(id)}`, 200));
    if (body._id !== id) throw new ShapeError(`polled ${id}, got ${body._id}`);
    return body;
  }

  async getCredits() {
    return checkCredits(await this.#call('GET', '/v1/api/enrichment/credits', 200)).balance;
  }

  async #call(method, path, success, content) {
    const answer = await this.#exchange(method, path, content);
    this.#onAnswer({ method, path, status: answer.status, headers: answer.headers });
    const body = parseJson(answer.text);
    if (answer.status !== success) throw toError({ ...answer, body });
    checkReadable(`${method} ${path}`, answer, body);
    return body;
  }

  async #exchange(method, path, content) {
    const headers = { accept: 'application/json' };
    if (this.#apiKey !== undefined) headers['x-api-key'] = this.#apiKey;
    if (content !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(this.#baseUrl + path, {
        method, headers, body: content && JSON.stringify(content), redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      throw new ConnectionError(error);
    }
  }
}
