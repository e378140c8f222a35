// All samples of a run, and the medians that are printed and compared with the goals.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The smallest sample that is not exceeded by that many percent of the samples.
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)];
}

const OF_LOADS = ['rate', 'p50', 'p99', 'p999', 'cpuUs', 'memoryMb'];
const total = (errors) => Object.values(errors).reduce((sum, n) => sum + n, 0);
const summed = (numbers) => numbers.reduce((sum, n) => sum + n, 0);

export class Results {
  loads = [];
  processes = [];
  figures = {};   // the samples of each, by name
  failures = [];  // { what, message }, for each failed measurement

  addLoad(sample) { this.loads.push(sample); }
  addProcess(figures) { this.processes.push(figures); }
  addFailure(what, message) { this.failures.push({ what, message }); }
  addFigures(figures) {
    for (const [name, value] of Object.entries(figures)) (this.figures[name] ??= []).push(value);
  }

  process = (peer) => this.processes.find((figures) => figures.peer === peer);

  // The medians of one peer, workload and number of connections; `errors` is the sum, timeouts included.
  load = (peer, workload, connections) => {
    const samples = this.loads.filter((sample) =>
      sample.peer === peer && sample.workload === workload && sample.connections === connections);
    if (samples.length === 0) return undefined;
    const medians = Object.fromEntries(OF_LOADS.map((name) => [name, median(samples.map((sample) => sample[name]))]));
    const sum = (count) => summed(samples.map(({ errors }) => count(errors)));
    return { peer, workload, connections, ...medians, errors: sum(total), timeouts: sum(({ timeout }) => timeout) };
  };

  errors = (peer, connections) => {
    const samples = this.loads.filter((sample) =>
      sample.peer === peer && (connections === undefined || sample.connections === connections));
    return samples.length ? summed(samples.map(({ errors }) => total(errors))) : undefined;
  };

  figure = (name) => this.figures[name] && median(this.figures[name]);
  sum = (name) => this.figures[name] && summed(this.figures[name]);

  medians() {
    const keys = new Map(this.loads.map(({ peer, workload, connections }) =>
      [`${workload} ${connections} ${peer}`, [peer, workload, connections]]));
    return [...keys.values()].map((key) => this.load(...key));
  }

  // The content of the file that `table` reads.
  record() {
    const figures = Object.fromEntries(Object.keys(this.figures).map((name) => [name, this.figure(name)]));
    return { medians: this.medians(), processes: this.processes, figures, failures: this.failures,
             samples: { loads: this.loads, figures: this.figures } };
  }
}
