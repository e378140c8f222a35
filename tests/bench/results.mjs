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
const OF_PROCESSES = ['idleMb', 'connectedMb', 'idleCpuPercent', 'installedMb'];
const total = (errors) => Object.values(errors).reduce((sum, n) => sum + n, 0);
const summed = (numbers) => numbers.reduce((sum, n) => sum + n, 0);

export class Results {
  loads = [];
  processes = [];
  starts = [];
  figures = {};   // the samples of each, by name
  failures = [];  // { what, message }, for each failed measurement

  // With what an earlier run recorded, to which more is added.
  constructor({ samples: { loads = [], processes = [], starts = [], figures = {} } = {}, failures = [] } = {}) {
    Object.assign(this, { loads, processes, starts, figures, failures });
  }

  addLoad(sample) { this.loads.push(sample); }
  addProcess(sample) { this.processes.push(sample); }
  addStart(peer, ms) { this.starts.push({ peer, ms }); }
  addFailure(what, message) { this.failures.push({ what, message }); }
  addFigures(figures) {
    for (const [name, value] of Object.entries(figures)) (this.figures[name] ??= []).push(value);
  }

  // The medians of one peer without load; of `answered` the least.
  process = (peer) => {
    const samples = this.processes.filter((sample) => sample.peer === peer);
    const starts = this.starts.filter((start) => start.peer === peer).map(({ ms }) => ms);
    if (samples.length + starts.length === 0) return undefined;
    const medians = OF_PROCESSES
      .map((name) => [name, samples.map((sample) => sample[name]).filter((n) => n !== undefined)])
      .filter(([, numbers]) => numbers.length > 0)
      .map(([name, numbers]) => [name, median(numbers)]);
    const answered = samples.length > 0 ? Math.min(...samples.map((sample) => sample.answered)) : undefined;
    return { peer, ...Object.fromEntries(medians), answered, startMs: starts.length > 0 ? median(starts) : undefined };
  };

  samplesOf = (peer, workload, connections) => this.loads.filter((sample) =>
    sample.peer === peer && sample.workload === workload && sample.connections === connections);

  // The medians of one peer, workload and number of connections; `errors` is the sum, timeouts included.
  load = (peer, workload, connections) => {
    const samples = this.samplesOf(peer, workload, connections);
    if (samples.length === 0) return undefined;
    const medians = Object.fromEntries(OF_LOADS.map((name) => [name, median(samples.map((sample) => sample[name]))]));
    const sum = (count) => summed(samples.map(({ errors }) => count(errors)));
    return { peer, workload, connections, ...medians, errors: sum(total), timeouts: sum(({ timeout }) => timeout) };
  };

  errors = (peers, connections) => {
    const samples = this.loads.filter((sample) =>
      peers.includes(sample.peer) && (connections === undefined || sample.connections === connections));
    return samples.length ? summed(samples.map(({ errors }) => total(errors))) : undefined;
  };

  figure = (name) => this.figures[name] && median(this.figures[name]);
  sum = (name) => this.figures[name] && summed(this.figures[name]);

  // How many rounds there are, undefined without a load.
  rounds() {
    const counts = this.medians().map(({ peer, workload, connections }) =>
      this.samplesOf(peer, workload, connections).length);
    return counts.length > 0 ? Math.max(...counts) : undefined;
  }

  medians() {
    const keys = new Map(this.loads.map(({ peer, workload, connections }) =>
      [`${workload} ${connections} ${peer}`, [peer, workload, connections]]));
    return [...keys.values()].map((key) => this.load(...key));
  }

  // The content of the file that `table` reads.
  record() {
    const figures = Object.fromEntries(Object.keys(this.figures).map((name) => [name, this.figure(name)]));
    const peers = [...new Set([...this.processes, ...this.starts].map(({ peer }) => peer))];
    return { medians: this.medians(), processes: peers.map(this.process), figures, failures: this.failures,
             samples: { loads: this.loads, processes: this.processes, starts: this.starts, figures: this.figures } };
  }
}
