// known_hosts: the forms that OpenSSH writes, checked against real ssh-keygen files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  algorithmOrder,
  fingerprint,
  judge,
  keysFor,
  knownLine,
  knownName,
} from '../../src/ssh/known-hosts.js';
import { keygen, need } from '../support/sshd.js';

let folder: string;
/** name → `type base64`. */
const keys: Record<string, string> = {};

beforeAll(() => {
  need('/usr/bin/ssh-keygen', 'openssh-client');
  folder = mkdtempSync(join(tmpdir(), 'hxllm-known-'));
  for (const [name, type] of [
    ['a', 'ed25519'],
    ['b', 'ed25519'],
    ['e', 'ecdsa'],
  ] as const) {
    keygen('-q', '-t', type, '-N', '', '-f', join(folder, name));
    keys[name] = readFileSync(join(folder, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const wire = (name: string) => Buffer.from(keys[name]?.split(' ')[1] as string, 'base64');
const verdict = (text: string, host: string, key: string) =>
  judge(
    wire(key),
    keysFor(
      host,
      text.replace(/KEY:(\w)/g, (_, name: string) => keys[name] as string),
      'known_hosts',
    ),
  );

describe('which lines count for a host', () => {
  const cases: [line: string, host: string, is: string][] = [
    ['web1 KEY:a', 'web1', 'known'],
    ['web1 KEY:a a comment', 'web1', 'known'],
    ['web1,10.0.0.1 KEY:a', '10.0.0.1', 'known'],
    ['WEB1 KEY:a', 'web1', 'known'],
    ['web1 KEY:a', 'web11', 'unknown'],
    ['# web1 KEY:a', 'web1', 'unknown'],
    ['[web1]:2222 KEY:a', knownName('WEB1', 2222), 'known'],
    ['[web1]:2222 KEY:a', knownName('web1', 22), 'unknown'],
    ['*.lan KEY:a', 'web1.lan', 'known'],
    ['web? KEY:a', 'web1', 'known'],
    ['web.lan KEY:a', 'webxlan', 'unknown'],
    ['*.lan,!web1.lan KEY:a', 'web1.lan', 'unknown'],
    ['!web1.lan,*.lan KEY:a', 'web2.lan', 'known'],
    ['@cert-authority * KEY:a', 'web1', 'unknown'],
    ['@revoked * KEY:a\nweb1 KEY:a', 'web1', 'revoked'],
    ['@revoked * KEY:b\nweb1 KEY:a', 'web1', 'known'],
    ['web1 KEY:b', 'web1', 'changed'],
    ['web1 KEY:b\nweb1 KEY:a', 'web1', 'known'],
    ['web1 KEY:e', 'web1', 'changed'],
    ['broken line\n|1|x\nweb1 KEY:a', 'web1', 'known'],
  ];
  for (const [line, host, is] of cases) {
    it(`${line.replaceAll('\n', ' / ')} for ${host}: ${is}`, () =>
      expect(verdict(line, host, 'a').is).toBe(is));
  }
});

it('reads what ssh-keygen -H hashed', () => {
  const file = join(folder, 'hashed');
  writeFileSync(file, `web1,10.0.0.1 ${keys.a}\n[web2]:2222 ${keys.b}\n`);
  keygen('-H', '-f', file);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('web');
  expect(verdict(text, 'web1', 'a').is).toBe('known');
  expect(verdict(text, '10.0.0.1', 'a').is).toBe('known');
  expect(verdict(text, '[web2]:2222', 'a')).toMatchObject({ is: 'changed', by: { where: 'known_hosts:3' } });
});

it('writes lines that ssh-keygen -F finds, plain and hashed', () => {
  const file = join(folder, 'written');
  writeFileSync(
    file,
    knownLine('web1', wire('a')) + knownLine('[web2]:2222', wire('b'), Buffer.alloc(20, 7)),
  );
  expect(keygen('-F', 'web1', '-f', file)).toContain(keys.a);
  expect(keygen('-F', '[web2]:2222', '-f', file)).toContain(keys.b);
});

it('shows the fingerprint as ssh-keygen -l does', () => {
  expect(keygen('-lf', join(folder, 'a.pub'))).toContain(fingerprint(wire('a')));
});

it('asks first for the type that is on record', () => {
  const known = keysFor('web1', `web1 ${keys.e}`, 'known_hosts');
  expect(algorithmOrder(known, undefined)[0]).toBe('ecdsa-sha2-nistp256');
  expect(algorithmOrder([], undefined)[0]).toBe('ssh-ed25519');
  expect(algorithmOrder([], ['rsa-sha2-512'])).toEqual(['rsa-sha2-512']);
});
