// The order of a roll-out without real hosts: who is changed together, and who is left alone after whom.
import { expect, test } from 'vitest';
import { HxError } from '../../src/errors.js';
import { sleep } from '../../src/retry.js';
import type { Run } from '../../src/run.js';
import { Masker } from '../../src/secret.js';
import type { Session } from '../../src/ssh/types.js';
import type { Member } from '../../src/stack/stack.js';
import type { FleetHost } from '../../src/tasks/fleet.js';
import type { Look } from '../../src/tasks/look.js';
import { applyAll, runId } from '../../src/tasks/roll-out.js';
import { aBackendHost, aGateway, aStack, aWebui } from '../checks/members.js';

/** What becomes of a host: changed unless it is said. */
type Fate = 'fails' | 'away' | 'same';

interface Hosts {
  backends: string[];
  gateways: string[];
  /** Web UIs and their gateways. */
  webuis?: Record<string, string>;
  fates?: Record<string, Fate>;
}

/** Outcomes by host, and what ran at the same time: `gw1+gw2`. */
async function rolledOut(
  { backends, gateways, webuis = {}, fates = {} }: Hosts,
  serial?: string,
  skipUnreachable = false,
) {
  const running = new Set<string>();
  const together = new Set<string>();
  const session = (name: string) => ({
    name,
    open: (_: string, { onLine }: { onLine(line: string): void }) => ({
      write() {},
      end() {},
      done: changing(name, onLine),
    }),
  });
  const changing = async (name: string, say: (line: string) => void) => {
    running.add(name);
    await sleep(10);
    together.add([...running].sort().join('+'));
    await sleep(10);
    running.delete(name);
    if (fates[name] === 'fails') return { code: 1, stdout: '', stderr: '' };
    say('@@ done');
    return { code: 0, stdout: '', stderr: '' };
  };
  const membersOf = (name: string): Member[] => [
    ...(backends.includes(name) ? [aBackendHost(name, { name })] : []),
    ...(gateways.includes(name) ? [aGateway({ name, models: [] })] : []),
    ...(webuis[name] ? [aWebui({ name, gateway: webuis[name] })] : []),
  ];
  const names = [...new Set([...Object.keys(webuis), ...backends, ...gateways])];
  const hosts = names.map((name): FleetHost => {
    const members = membersOf(name);
    return { name, host: members[0]!.host, members, session: session(name) as unknown as Session };
  });
  const looks = hosts
    .filter(({ name }) => fates[name] !== 'away')
    .map((entry): Look => {
      const handlers = fates[entry.name] === 'same' ? [] : [{ id: 'work', order: 20, script: 'true' }];
      return {
        entry,
        plan: { host: entry.name, changes: [], handlers, refused: [] },
        resources: [],
        findings: [],
      } as unknown as Look;
    });
  const errors = hosts
    .filter(({ name }) => fates[name] === 'away')
    .map((entry) => ({ entry, error: new HxError({ code: 'unreachable', message: 'is away' }) }));
  const run = {
    masker: new Masker(),
    signal: new AbortController().signal,
    mode: 'silent',
    parallel: 16,
    serial,
    lockWaitMs: 0,
  } as unknown as Run;
  const looked = { fleet: { hosts, stack: aStack() }, looks, errors } as unknown as Parameters<
    typeof applyAll
  >[0];
  const outcomes = await applyAll(looked, run, { skipUnreachable });
  const told = outcomes.map(({ host, state, error }) =>
    state === 'not touched' ? `${host} ${error?.message.replace(`${host}: `, '')}` : `${host} ${state}`,
  );
  return { told, together: [...together].filter((names) => names.includes('+')) };
}

const FOUR = { backends: ['b1', 'b2', 'b3', 'b4'], gateways: ['g1', 'g2'] };

test('backends side by side, gateways one at a time; a backend that fails stops nobody', async () => {
  const { told, together } = await rolledOut({ ...FOUR, fates: { b2: 'fails' } });
  expect(told).toEqual(['b1 changed', 'b2 failed', 'b3 changed', 'b4 changed', 'g1 changed', 'g2 changed']);
  expect(together).toEqual(['b1+b2+b3+b4']);
});

test('a gateway that fails stops those after it, one that has nothing to change does not care', async () => {
  const gateways = ['g1', 'g2', 'g3'];
  expect((await rolledOut({ backends: [], gateways, fates: { g1: 'fails', g3: 'same' } })).told).toEqual([
    'g1 failed',
    'g2 not touched: g1 failed',
    'g3 unchanged',
  ]);
});

test('in batches: those of one are changed at once, and one that fails stops all after its batch', async () => {
  const well = await rolledOut(FOUR, '50%');
  expect(well.told.every((text) => text.endsWith(' changed'))).toBe(true);
  expect(well.together).toEqual(['b1+b2', 'b3+b4']);
  expect((await rolledOut(FOUR, '2')).together).toEqual(['b1+b2', 'b3+b4', 'g1+g2']);
  const { told, together } = await rolledOut({ ...FOUR, fates: { b2: 'fails' } }, '2');
  expect(told).toEqual([
    'b1 changed',
    'b2 failed',
    'b3 not touched: b2 failed',
    'b4 not touched: b2 failed',
    'g1 not touched: b2 failed',
    'g2 not touched: b2 failed',
  ]);
  expect(together).toEqual(['b1+b2']);
});

test('a host that is not reached stops those after its batch, unless that was asked for', async () => {
  const hosts: Hosts = { ...FOUR, fates: { b1: 'away' } };
  expect((await rolledOut(hosts, '1')).told).toEqual([
    'b1 failed',
    ...['b2', 'b3', 'b4', 'g1', 'g2'].map((name) => `${name} not touched: b1 was not reached`),
  ]);
  expect((await rolledOut(hosts, '1', true)).told).toEqual([
    'b1 failed',
    ...['b2', 'b3', 'b4', 'g1', 'g2'].map((name) => `${name} changed`),
  ]);
});

test('web UIs come after all gateways, side by side', async () => {
  const { told, together } = await rolledOut({
    backends: ['b1'],
    gateways: ['g1'],
    webuis: { u1: 'g1', u2: 'g1' },
  });
  expect(told).toEqual(['u1 changed', 'u2 changed', 'b1 changed', 'g1 changed']);
  expect(together).toEqual(['u1+u2']);
});

test('a web UI is left alone when its own gateway failed or was not touched, and no other one', async () => {
  const webuis = { u1: 'g1', u2: 'g2', u3: 'g3' };
  const gateways = ['g1', 'g2', 'g3'];
  expect((await rolledOut({ backends: [], gateways, webuis, fates: { g2: 'fails' } })).told).toEqual([
    'u1 changed',
    'u2 not touched: its gateway g2 failed',
    'u3 not touched: its gateway g3 was not touched',
    'g1 changed',
    'g2 failed',
    'g3 not touched: g2 failed',
  ]);
});

test('a web UI on the host of its gateway is changed with it', async () => {
  const { told } = await rolledOut({ backends: [], gateways: ['g1', 'g2'], webuis: { g1: 'g1', u: 'g1' } });
  expect(told).toEqual(['g1 changed', 'u changed', 'g2 changed']);
});

test('in batches a web UI comes after every host before it', async () => {
  const hosts: Hosts = { backends: ['b1'], gateways: ['g1'], webuis: { u1: 'g1' }, fates: { b1: 'fails' } };
  expect((await rolledOut(hosts, '1')).told).toEqual([
    'u1 not touched: b1 failed',
    'b1 failed',
    'g1 not touched: b1 failed',
  ]);
});

test('a later run has a name that sorts later, in the same second too', () => {
  const names = [0, 1, 35, 36, 999, 1000].map((ms) => runId(new Date(Date.UTC(2026, 10, 25, 20, 6, 17, ms))));
  expect(names[0]).toMatch(/^20261125T200617-00[a-z0-9]{2}$/);
  expect([...names].sort()).toEqual(names);
});
