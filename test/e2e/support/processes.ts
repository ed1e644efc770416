// Looks for secrets in argv and environment of all processes, on the hosts and here, while something runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Watched {
  /** Rounds through all processes. */
  sweeps: number;
  /** `master key in argv of curl`. */
  seen: string[];
}

/** The hosts of a lab share this machine's process table, so one look sees them all. */
export async function watching(texts: Record<string, string>, work: () => Promise<void>): Promise<Watched> {
  const file = fileURLToPath(new URL('watch-processes.js', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const closed = once(child, 'close');
  child.stdin.write(`${JSON.stringify(texts)}\n`);
  try {
    await work();
  } finally {
    child.stdin.end();
    await closed;
  }
  return JSON.parse(said) as Watched;
}
