// Each file of cases/ is one resource, what its probe said about it, the change that follows, and lines of that change's script.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/resources/content.js';
import { KINDS } from '../../src/resources/index.js';
import type { Change, Handler, Resource } from '../../src/resources/kind.js';
import { Secret } from '../../src/secret.js';

const CASES = join(import.meta.dirname, '../cases');

interface Case {
  resource: { id: string; spec: Record<string, unknown>; gone?: true };
  /** Lines of the probe; `base64(text)` and `sha256(text)` stand for what they make of the text. */
  said: string[];
  /** null: nothing to do. A handler that follows may be its id alone. */
  change?: (Omit<Change, 'resource' | 'follow'> & { follow?: (Handler | string)[] }) | null;
  /** The probe could not read it. */
  error?: string;
  /** Lines of the script, in their order; others may lie between them. */
  script?: string[];
}

const load = (kind: string, name: string): Case & { resource: Resource } => {
  // an expression is written as a string, a secret as {"secret": "…"}
  const read = JSON.parse(readFileSync(join(CASES, kind, name), 'utf8'), (key, value) =>
    key === 'matters'
      ? new RegExp(value, 'm')
      : typeof value?.secret === 'string'
        ? new Secret(value.secret)
        : value,
  );
  return { ...read, resource: { kind, ...read.resource } };
};

const section = (said: string[]) =>
  said
    .map((line) => line.replaceAll(/base64\((.*?)\)/gs, (_, text) => btoa(text)))
    .map((line) => `${line.replaceAll(/sha256\((.*?)\)/g, (_, text) => sha256(text))}\n`)
    .join('');

const check = (shell: string, script: string) =>
  spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' }).stderr;

it('every kind has cases', () => {
  expect(readdirSync(CASES).sort()).toEqual(KINDS.map((kind) => kind.name).sort());
});

describe.each([...KINDS])('$name', (kind) => {
  it.each(readdirSync(join(CASES, kind.name)))('%s', (name) => {
    const { resource, said, change, error, script } = load(kind.name, name);
    expect(check('dash', kind.probe?.([resource]) ?? '')).toBe('');
    if (error) {
      expect(() => kind.read(section(said), [resource])).toThrow(error);
      return;
    }
    const seen = kind.read(section(said), [resource]).get(resource.id);
    const found = resource.gone ? kind.remove?.(resource, seen) : kind.diff(resource, seen);
    if (!found) {
      expect(null).toEqual(change);
      return;
    }
    const { resource: _, follow, ...rest } = found;
    const told = follow?.map((handler, i) =>
      typeof change?.follow?.[i] === 'string' ? handler.id : handler,
    );
    expect({ ...rest, ...(told ? { follow: told } : {}) }).toEqual(change);
    if (found.refused) return;
    const made = [kind.stage?.(found), kind.apply(found)].filter(Boolean).join('\n');
    expect(check('bash', made)).toBe('');
    const wanted = script ?? [];
    expect(
      made
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => wanted.includes(line)),
    ).toEqual(wanted);
  });
});
