// The evidence folder of a verify run: per check what was asked and seen, and the report. Secrets are masked.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readable } from '../checks/curl.js';
import type { Piece } from '../checks/pieces.js';
import { HxError, messageOf } from '../errors.js';
import type { Masker } from '../secret.js';
import type { Exchange } from '../services/recorder.js';

/** What was sent to a host. */
type Shown = Pick<Piece, 'name' | 'script'> & { check: { title: string } };

export class Evidence {
  constructor(
    readonly folder: string,
    private readonly masker: Masker,
  ) {}

  /** The script of one host check and what it printed. */
  async host(host: string, { name, check, script }: Shown, output: string, at: Date): Promise<void> {
    const text = [
      `# ${check.title}`,
      `# asked on ${host}, ${at.toISOString()}`,
      '# --- script',
      script.trimEnd(),
      '# --- output',
      readable(output).trimEnd(),
    ];
    await this.write(join(fileName(host), `${fileName(name)}.txt`), `${text.join('\n')}\n`);
  }

  /** The requests of one stack check and their answers. */
  async exchanges(host: string, check: string, exchanges: readonly Exchange[]): Promise<void> {
    if (exchanges.length > 0) await this.json(join(fileName(host), `${check}.json`), { check, exchanges });
  }

  async json(path: string, value: unknown): Promise<void> {
    await this.write(path, `${JSON.stringify(value, null, 2)}\n`);
  }

  async write(path: string, text: string): Promise<void> {
    await writeReport(join(this.folder, path), this.masker.mask(text));
  }
}

/** Makes the folder before anything is asked: a wrong path is a usage error and not a lost report. */
export async function openEvidence(folder: string, masker: Masker): Promise<Evidence> {
  await makeFolder(folder, '--evidence');
  return new Evidence(folder, masker);
}

export async function makeFolder(folder: string, flag: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HxError({
      code: 'usage',
      message: `${flag}: ${folder} cannot be made: ${messageOf(cause)}`,
      hint: 'name a folder that may be written to',
      cause,
    });
  }
}

export async function writeReport(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}

function fileName(text: string): string {
  return text.replace(/[^\w.@-]+/g, '-');
}
