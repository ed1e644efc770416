// A verify run without real hosts: what is asked of whom, what becomes a finding, and with which code it ends.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOST_CHECKS, STACK_CHECKS } from '../../src/checks/pieces.js';
import { HxError } from '../../src/errors.js';
import type { Finding, Status } from '../../src/finding.js';
import { Masker } from '../../src/secret.js';
import type { Session } from '../../src/ssh/types.js';
import { checkGateway, checkHost } from '../../src/tasks/checking.js';
import { openEvidence } from '../../src/tasks/evidence.js';
import type { FleetHost } from '../../src/tasks/fleet.js';
import { verifiedOf, verifyFleet } from '../../src/tasks/verify.js';
import { aBackendHost, aGateway, aStack, KEY } from '../checks/members.js';
import { type FakeGateway, fakeGateway } from '../services/fake-gateway.js';

const signal = new AbortController().signal;
const asking = { signal, trace: undefined };
const quiet = { ...asking, say: () => {} };

let fake: FakeGateway;
let folder: string;
beforeEach(async () => {
  fake = await fakeGateway(KEY);
  folder = mkdtempSync(join(tmpdir(), 'hxllm-verify-'));
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

/** A host whose script prints this for each piece that is asked for. */
function session(outputs: Record<string, string>, rest: Partial<Session> = {}): Session {
  const stdout = Object.entries({ host: 'uid 0\n', ...outputs, end: '' })
    .map(([name, text]) => `@@hxllm ${name}\n${text}`)
    .join('');
  return { name: 'x', run: async () => ({ code: 0, stdout, stderr: '' }), ...rest } as Session;
}

function entry(rest: Partial<FleetHost> = {}): FleetHost {
  const backend = aBackendHost();
  return { name: backend.name, host: backend.host, members: [backend], ...rest };
}

const brief = (findings: Finding[]) => findings.map(({ check, status }) => `${check} ${status}`);
const away = () =>
  new HxError({ code: 'unreachable', where: 'llm1.lan', message: 'no route', hint: 'ping it' });

describe('a host', () => {
  const models = HOST_CHECKS.filter(({ id }) => id === 'models');
  const units = HOST_CHECKS.filter(({ id }) => id === 'units');

  test('that answers has a finding per check', async () => {
    const told = { 'extra models backend': 'tags|0|200 0.1|e30=|\n' };
    const findings = await checkHost(entry({ session: session(told) }), aStack(), models, asking);
    expect(brief(findings)).toEqual(['models fail']);
    expect(findings[0]?.message).toBe('Ollama gives no list of models');
  });

  test('that is away is not reached, once', async () => {
    const findings = await checkHost(entry({ error: away() }), aStack(), HOST_CHECKS, asking);
    expect(findings).toMatchObject([
      { check: 'reach', host: 'llm1.lan', status: 'unreached', message: 'no route', hint: 'ping it' },
    ]);
  });

  test('that is away does not matter when nothing was to be asked of it', async () => {
    const gatewayOnly = HOST_CHECKS.filter(({ id }) => id === 'balancer');
    expect(await checkHost(entry({ error: away() }), aStack(), gatewayOnly, asking)).toEqual([]);
  });

  test.each<[code: 'connection-lost' | 'sudo' | 'host-failed', status: Status]>([
    ['connection-lost', 'unreached'],
    ['sudo', 'fail'],
    ['host-failed', 'fail'],
  ])('whose script ends with %s is %s', async (code, status) => {
    const run = () => Promise.reject(new HxError({ code, where: 'llm1.lan', message: 'gone' }));
    const findings = await checkHost(entry({ session: session({}, { run }) }), aStack(), units, asking);
    expect(findings).toMatchObject([{ check: 'reach', status, message: 'gone' }]);
  });
});

describe('a gateway', () => {
  const ids = STACK_CHECKS.map(({ id }) => id);
  const at = (url: string) => aGateway({ baseUrl: url });
  const nowhere = 'http://gateway.invalid:4000';
  const tunnel = (port: number) => session({}, { tunnel: async () => ({ port, close: () => {} }) });
  const fakePort = () => Number(new URL(fake.url).port);

  test('is asked at litellm_base_url', async () => {
    const gateway = at(fake.url);
    const findings = await checkGateway(gateway, {}, aStack(gateway), STACK_CHECKS, quiet);
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      // a gateway without a certificate, and nobody chatted through a web UI
      new Set(ids.filter((id) => !['certificate', 'webui-seen'].includes(id))),
    );
    expect(findings.filter(({ status }) => status !== 'pass').map(({ check }) => check)).toEqual([
      'embeddings',
    ]);
  });

  test('that is not found by its name is asked through SSH, and that is said', async () => {
    const said: string[] = [];
    const gateway = at(nowhere);
    const findings = await checkGateway(
      gateway,
      { session: tunnel(fakePort()) },
      aStack(gateway),
      STACK_CHECKS,
      {
        ...asking,
        say: (text) => said.push(text),
      },
    );
    expect(said[0]).toBe(`${nowhere} is not found by its name: going through SSH`);
    expect(findings[0]).toMatchObject({ check: 'base-url', status: 'warn' });
    expect(brief(findings)).toContain('completions pass');
  });

  test('that answers nowhere fails once, the rest is skipped', async () => {
    const gateway = at(nowhere);
    const dead = fakePort();
    await fake.close();
    const findings = await checkGateway(
      gateway,
      { session: tunnel(dead) },
      aStack(gateway),
      STACK_CHECKS,
      quiet,
    );
    expect(brief(findings)).toEqual(ids.map((id) => `${id} ${id === 'base-url' ? 'fail' : 'skip'}`));
    expect(findings[0]?.message).toBe(
      `${nowhere} is not found by its name; nor does port 4000 answer on the host itself`,
    );
  });

  test('on a host that is away is not reached: exit 4', async () => {
    const gateway = at(nowhere);
    const findings = await checkGateway(gateway, { error: away() }, aStack(gateway), STACK_CHECKS, quiet);
    expect(brief(findings)).toEqual(['base-url unreached']);
    expect(verifiedOf(findings).exit).toBe(4);
  });

  test('that shares its URL with another one is asked itself', async () => {
    const gateway = at(fake.url);
    const other = await fakeGateway(KEY);
    const stack = {
      ...aStack(gateway),
      gateways: [gateway, aGateway({ name: 'gw2.lan', baseUrl: fake.url })],
    };
    const port = Number(new URL(other.url).port);
    const findings = await checkGateway(gateway, { session: tunnel(port) }, stack, STACK_CHECKS, quiet);
    expect(findings[0]).toMatchObject({ check: 'base-url', status: 'pass' });
    expect(other.requests.map(({ path }) => path)).toContain('/v1/chat/completions');
    expect(fake.requests.map(({ path }) => path)).not.toContain('/v1/chat/completions');
    await other.close();
  });
});

test('other tasks run the same checks over their own sessions', async () => {
  const gateway = aGateway({ baseUrl: fake.url });
  const host = entry({ error: away() });
  const front = { name: gateway.name, host: gateway.host, members: [gateway], session: session({}) };
  const fleet = { inventory: {} as never, stack: aStack(gateway), hosts: [front, host] };
  const run = { ...asking, parallel: 4 } as never;
  const findings = await verifyFleet(fleet, run, { only: ['units', 'model-list'] });
  expect(brief(findings)).toEqual(['units fail', 'model-list pass', 'reach unreached']);
});

test('the exit code: failed before not reached, warnings are none', () => {
  const of = (...statuses: Status[]) =>
    verifiedOf(statuses.map((status) => ({ check: 'x', title: 'X', host: 'h', status, message: 'm' }))).exit;
  expect([of('pass', 'warn', 'skip'), of('pass', 'unreached'), of('fail', 'unreached')]).toEqual([0, 4, 1]);
});

test('the evidence folder holds what was asked and seen, for its owner only and without a key', async () => {
  const masker = new Masker();
  masker.add(KEY);
  const evidence = await openEvidence(join(folder, 'new', 'evidence'), masker);
  const gateway = aGateway({ baseUrl: fake.url });
  const told = {
    'extra models backend': `tags|0|200 0.1|${Buffer.from(`{"leak":"${KEY}"}`).toString('base64')}|\n`,
  };
  const models = HOST_CHECKS.filter(({ id }) => id === 'models');
  await checkHost(entry({ session: session(told) }), aStack(gateway), models, { ...asking, evidence });
  await checkGateway(gateway, {}, aStack(gateway), STACK_CHECKS, { ...quiet, evidence });
  expect(readdirSync(evidence.folder).sort()).toEqual(['gw.lan', 'llm1.lan']);
  const script = join(evidence.folder, 'llm1.lan', 'models-backend.txt');
  expect(readFileSync(script, 'utf8')).toMatch(
    /ask tags .*--- output\ntags: 200 after 100 ms\n\{"leak":"\[secret\]"\}/s,
  );
  expect(statSync(script).mode & 0o777).toBe(0o600);
  expect(statSync(evidence.folder).mode & 0o777).toBe(0o700);
  const files = readdirSync(join(evidence.folder, 'gw.lan'));
  expect(files.sort()).toEqual([
    'auth.json',
    'completions.json',
    'exposure.json',
    'model-list.json',
    'stream.json',
  ]);
  for (const file of files)
    expect(readFileSync(join(evidence.folder, 'gw.lan', file), 'utf8')).not.toContain(KEY);
  const { exchanges } = JSON.parse(readFileSync(join(evidence.folder, 'gw.lan', 'completions.json'), 'utf8'));
  expect(exchanges).toMatchObject([{ request: { method: 'POST' }, response: { status: 200 } }]);
  await expect(openEvidence(script, masker)).rejects.toMatchObject({ exitCode: 2 });
});
