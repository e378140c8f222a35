// Computes positions on a time scale, linear or with a minimum width for each stretch.

// Divides `width` among stretches in proportion to their durations, but each stretch gets its minimum width.
export function shares(stretches, width) {
  const least = stretches.reduce((sum, { least: each }) => sum + each, 0);
  if (least >= width) return stretches.map((each) => (each.least * width) / least);
  const pinned = new Set();
  for (;;) {
    const free = stretches.filter((_, i) => !pinned.has(i));
    const taken = stretches.reduce((sum, each, i) => sum + (pinned.has(i) ? each.least : 0), 0);
    const long = free.reduce((sum, each) => sum + each.long, 0);
    const factor = long > 0 ? (width - taken) / long : 0;
    const short = stretches.findIndex((each, i) => !pinned.has(i) && each.long * factor < each.least);
    if (short < 0) return stretches.map((each, i) => (pinned.has(i) ? each.least : each.long * factor));
    pinned.add(short);
  }
}

// The x of each moment in [{ at, least }], in order. `least` is the minimum width of the stretch before it. Moments with
// the same time and no minimum width get the same x.
export function stretched(moments, left, width) {
  const stretches = moments.slice(1).map(({ at, least }, i) => ({ long: at - moments[i].at, least }));
  const total = stretches.reduce((sum, { long, least }) => sum + Math.max(long, least), 0);
  const given = total === 0 ? stretches.map(() => 0) : shares(stretches, width);
  let x = left;
  return [x, ...given.map((share) => (x += share))];
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

// At most `most` round values between `from` and `to`.
export function ticks(from, to, most) {
  const span = Math.max(to - from, 1);
  const step = STEPS.find((each) => span / each <= most) ?? span / most;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}
