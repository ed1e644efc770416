// From where hosts come: asked on a host, and told to those that have a filter.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Opening } from '../../src/opening.js';
import { leftOut } from '../../src/resources/rules.js';
import { filter, namesFor, readWays, waysScript, withWays } from '../../src/roles/filter.js';
import { stackOf } from '../../src/stack/read.js';
import { COMPLETED, inventoryOf } from '../stack/inventory.js';
import { resourcesFor, SMALL } from './fleet.js';

const opening = (rest: Partial<Opening> = {}): Opening => ({
  port: 11434,
  of: 'ollama_port',
  variable: 'ollama_allowed_networks',
  networks: [],
  hosts: [],
  ...rest,
});

it('a host says from which of its addresses it goes to a name; a name that it does not find is left out', () => {
  const script = waysScript(['127.0.0.1', '::1', 'nowhere.invalid', "it's"]);
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect([...readWays(output)]).toEqual([
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
  ]);
});

it('a host that finds all names is asked once for them, and once for the ways to their addresses', () => {
  const names = ['127.0.0.1', '127.0.0.2', 'localhost'];
  const counted = (name: string) => `${name}() { echo ${name} >> "$asked"; command ${name} "$@"; }`;
  const asked = join(mkdtempSync(join(tmpdir(), 'hxllm-ways-')), 'asked');
  const script = [`asked=${asked}`, counted('getent'), counted('ip'), waysScript(names)].join('\n');
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect([...readWays(output).keys()]).toEqual(names);
  expect(readFileSync(asked, 'utf8')).toBe('getent\nip\n');
  rmSync(dirname(asked), { recursive: true });
});

it('a gateway is asked for the names of the backends that it uses', async () => {
  const { inventory } = await inventoryOf({ 'dev.ini': SMALL, 'group_vars/all.yml': COMPLETED });
  const { backends, gateways } = stackOf(inventory);
  expect(namesFor('gw', [...backends, ...gateways])).toEqual(['llm1', 'llm2']);
  expect(namesFor('llm1', [...backends, ...gateways])).toEqual([]);
});

it('what a host said is told to the filter; one that said nothing stays as it is', () => {
  const hosts = [
    { name: 'gw1', to: ['llm1', '10.0.0.21'] },
    { name: 'gw2', to: ['llm1'] },
  ];
  const ways = new Map([['gw1', new Map([['llm1', ['10.0.0.11', 'fd00::11']]])]]);
  const filled = withWays(filter({ openings: [opening({ hosts })] }), (name) => ways.get(name));
  expect(filled.find(({ kind }) => kind === 'filter')?.spec).toEqual({
    openings: [opening({ hosts: [{ ...hosts[0]!, from: ['10.0.0.11', 'fd00::11'] }, hosts[1]!] })],
  });
});

it('a host without anything to guard gets no nftables, and loses what was there', async () => {
  const kinds = async (variables: string) =>
    (await resourcesFor('llm1', COMPLETED + variables)).filter(({ id }) => /filter/.test(id));
  expect((await kinds('hxllm_filter: false\n')).map(({ kind, gone }) => [kind, gone])).toEqual([
    ['unit', true],
    ['filter', true],
  ]);
  expect((await kinds('')).map(({ kind, gone }) => [kind, gone])).toEqual([
    ['unit', undefined],
    ['filter', undefined],
  ]);
  const packages = (await resourcesFor('gw', COMPLETED)).find(({ kind }) => kind === 'packages');
  expect(packages?.spec).toEqual({ names: expect.not.arrayContaining(['nftables']) });
});

describe('left out', () => {
  const networks = ['10.1.0.0/16', '192.0.2.7', 'fd00::/8'];
  it.each([
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd12::1', true],
    ['2001:db8::1', false],
  ])('%s gets in: %s', (address, isIn) => {
    expect(leftOut(opening({ networks }), '', [address])).toEqual(isIn ? [] : [address]);
  });
  it.each(['0.0.0.0/0', '10.1.2.9/8'])('%s holds what nft takes it for', (network) => {
    expect(leftOut(opening({ networks: [network] }), '', ['10.200.0.1'])).toEqual([]);
  });
});
