// A bash that commands are typed into, one after the other, so that variables and jobs last. No wait is longer than
// PATIENCE: what hangs fails with what it has printed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export const PATIENCE = 60_000;  // milliseconds

// The texts that the stream has given so far and will give, as `seen(text)` wants them: returns the text once it does.
export class Transcript {
  constructor(stream) {
    this.text = '';
    this.stream = stream;
    stream.setEncoding('utf8').on('data', (more) => { this.text += more; });
  }

  async until(seen, what) {
    const patience = AbortSignal.timeout(PATIENCE);
    while (!seen(this.text)) {
      await once(this.stream, 'data', { signal: patience })
        .catch(() => assert.fail(`${what}: nothing more came; printed so far:\n${this.text}`));
    }
    return this.text;
  }
}

export class Shell {
  // In a process group with all that it starts, for end() to find.
  constructor(folder, environment) {
    this.child = spawn('bash', [], { cwd: folder, env: environment, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
    this.printed = new Transcript(this.child.stdout);
  }

  // What the command prints on either stream. One that ends in & goes on printing: it is waited for until it has
  // printed what is `wanted`.
  async run(command, wanted) {
    const end = '\n<end>\n';
    this.printed.text = '';
    this.child.stdin.write(`{ ${command}\n} 2>&1\nprintf '${end.replaceAll('\n', '\\n')}'\n`);
    const output = (text) => text.replace(end, '').trim();
    const goesOn = command.endsWith('&');
    const text = await this.printed.until(
      (so_far) => so_far.includes(end) && (!goesOn || wanted.test(output(so_far))), command);
    return output(text);
  }

  end() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // all of it has ended
    }
  }
}
