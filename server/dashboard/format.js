// Formats times and durations. The API sends times as ISO 8601 in UTC with milliseconds.
export const at = (instant) => Date.parse(instant);

// "12:00:00.500"
export const clockTime = (ms) => new Date(ms).toISOString().slice(11, 23);

// "2026-01-01"
export const day = (ms) => new Date(ms).toISOString().slice(0, 10);

const rounded = (number, digits) => String(Number(number.toFixed(digits)));

// "0ms", "100ms", "1.5s", "2m 5s", "3h 20m", "2d 4h"
export function duration(ms) {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1000) return `${rounded(ms, ms < 10 ? 1 : 0)}ms`;
  if (ms < 60_000) return `${rounded(ms / 1000, ms < 10_000 ? 2 : 1)}s`;
  const parts = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1000, 's'],
  ];
  const first = parts.findIndex(([unit]) => ms >= unit);
  const [unit, name] = parts[first],
    [smaller, smallerName] = parts[first + 1];
  const rest = Math.floor((ms % unit) / smaller);
  return `${Math.floor(ms / unit)}${name}${rest ? ` ${rest}${smallerName}` : ''}`;
}

// The decoded username of a profile URL.
export function usernameOf(url) {
  const name = /\/in\/([^/?#]+)/.exec(url ?? '')?.[1];
  if (name === undefined) return url ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const isOpen = (status) => status === 'pending' || status === 'processing';
