// All samples of a run, and the medians that everything printed and judged is taken from.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The smallest of them that so many percent do not exceed.
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)];
}

const FIGURES = ['rate', 'p50', 'p99', 'p999', 'cpuUs', 'memoryMb'];
const total = (errors) => Object.values(errors).reduce((sum, n) => sum + n, 0);

export class Results {
  loads = [];
  processes = [];

  addLoad(sample) { this.loads.push(sample); }
  addProcess(figures) { this.processes.push(figures); }

  process = (peer) => this.processes.find((figures) => figures.peer === peer);

  // The medians of one peer, workload and number of connections; `errors` is the sum, timeouts included.
  load = (peer, workload, connections) => {
    const samples = this.loads.filter((sample) =>
      sample.peer === peer && sample.workload === workload && sample.connections === connections);
    if (samples.length === 0) return undefined;
    const medians = Object.fromEntries(FIGURES.map((name) => [name, median(samples.map((sample) => sample[name]))]));
    const sum = (count) => samples.reduce((all, { errors }) => all + count(errors), 0);
    return { peer, workload, connections, ...medians, errors: sum(total), timeouts: sum(({ timeout }) => timeout) };
  };

  errors = (peer) => {
    const samples = this.loads.filter((sample) => sample.peer === peer);
    return samples.length ? samples.reduce((sum, { errors }) => sum + total(errors), 0) : undefined;
  };

  medians() {
    const keys = new Map(this.loads.map(({ peer, workload, connections }) =>
      [`${workload} ${connections} ${peer}`, [peer, workload, connections]]));
    return [...keys.values()].map((key) => this.load(...key));
  }
}
