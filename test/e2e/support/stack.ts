// What several stories ask of a deployed stack: its key, its findings, an inventory that may be changed.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Finding } from '../../../src/finding.js';
import { ROOT } from '../../support/built.js';
import type { Lab } from '../../support/lab.js';
import { temporary } from './temporary.js';

export const GATEWAY = 'hx-api-server';
export const BACKENDS = ['hx-llm01-server', 'hx-llm02-server'];
export const HOSTS = [GATEWAY, ...BACKENDS];

/** The guide's master key, read as a person reads it. */
export async function masterKey(lab: Lab): Promise<string> {
  const { stdout } = await lab.hxllm(['vault', 'view', join(lab.folder, 'group_vars/all/vault.yml')]);
  const key = /vault_litellm_master_key: "(sk-[^"]+)"/.exec(stdout)?.[1];
  if (!key) throw new Error(`no master key in the vault: ${stdout}`);
  return key;
}

/** The control node of a lab does not know the guide's names, and the guide has no embedding model. */
const ALLOWED = ['warn base-url', 'skip embeddings'];

/** `hxllm verify`: everything passes. */
export async function verified(lab: Lab, args: string[] = [], env = {}): Promise<Finding[]> {
  const { code, stdout } = await lab.hxllm(['verify', '--json', ...args], { env });
  const { findings = [] } = JSON.parse(stdout) as { findings?: Finding[] };
  const bad = findings.filter((f) => f.status !== 'pass' && !ALLOWED.includes(`${f.status} ${f.check}`));
  expect([code, bad]).toEqual([0, []]);
  expect(findings.length).toBeGreaterThan(0);
  return findings;
}

/** The models that gave their nonce back to the letter: `completions phi3-3.8b`. */
export const echoed = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ check, subject, data = {} }) => {
    const { nonce, answer } = data as { nonce?: string; answer?: string };
    return nonce && nonce === answer ? [`${check} ${subject}`] : [];
  });

export interface Copy {
  folder: string;
  /** For `env`: hxllm then reads the copy. */
  env: { HXLLM_INVENTORY: string };
  read(name: string): string;
  write(name: string, text: string): void;
  replace(name: string, from: string | RegExp, to: string): void;
}

/** A copy of the lab's inventory, to change. */
export function copyInventory(lab: Lab): Copy {
  const folder = temporary('inventory');
  cpSync(lab.folder, folder, { recursive: true });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  return {
    folder,
    env: { HXLLM_INVENTORY: join(folder, 'dev.ini') },
    read,
    write,
    replace(name, from, to) {
      expect(read(name)).toMatch(from);
      write(name, read(name).replace(from, to));
    },
  };
}

export const VARIABLES = 'group_vars/all/lab.yml';

/** A line of variables whose value is encrypted with the lab's vault password, as a person makes it. */
export function vaulted(lab: Lab, name: string, value: string): string {
  const words = ['vault', 'encrypt-string', '--name', name, '--vault-password-file', lab.vaultPasswordFile];
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/run.js'), ...words], {
    input: value,
    encoding: 'utf8',
  });
  if (!stdout.startsWith(`${name}: !vault`)) throw new Error(`it was not encrypted: ${stdout}${stderr}`);
  return stdout;
}
