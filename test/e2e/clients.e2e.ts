// Task 9 of the guide: real clients on real hosts. `verify --clients` proves it, `hxllm clients` prints what a person types.
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding.js';
import { ROOT } from '../support/built.js';
import { run } from '../support/cli.js';
import { watching } from './support/processes.js';
import { kept, onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { copyInventory, GATEWAY, masterKey, verified } from './support/stack.js';
import { temporary } from './support/temporary.js';

const lab = useDeployed();
const folder = temporary('clients');
const MODEL = 'phi3-3.8b';
const ALL = ['--clients', 'curl,python,node'];
let key = '';
beforeAll(async () => {
  key = await masterKey(lab());
});

/** Only what clients say. */
async function asked(args: string[], env = {}): Promise<{ code: number | null; findings: Finding[] }> {
  const words = args[args.indexOf('--clients') + 1]!.split(',');
  const only = words.flatMap((word) => ['--only', `client-${word}`]);
  const { code, stdout } = await lab().hxllm(['verify', '--json', ...args, ...only], { env });
  return { code, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

describe('verify --clients from the gateway', () => {
  const at = (name: string) => join(folder, name);
  let findings: Finding[] = [];

  test('each lists the models, gets an answer and a stream; no process shows the key', async () => {
    const reports = ['--junit', at('junit.xml'), '--evidence', at('evidence')];
    const { seen, sweeps } = await watching({ 'master key': key }, async () => {
      findings = await verified(lab(), [...ALL, '--from', GATEWAY, ...reports]);
    });
    expect([sweeps > 20, seen]).toEqual([true, []]);
    const clients = findings.filter(({ check }) => /^client-(curl|python|node)$/.test(check));
    expect(clients.map(({ check, host }) => [check, host])).toEqual(
      ['client-curl', 'client-python', 'client-node'].map((check) => [check, lab().fqdn(GATEWAY)]),
    );
    for (const { message, data } of clients) {
      expect(message).toContain('as admin, with the master key: lists 1 model; chat: gave the nonce back in');
      expect(data).toMatchObject({ models: [MODEL], chat: { echoed: true }, stream: { echoed: true } });
    }
    expect(clients.map(({ message }) => message.split(' as ')[0])).toEqual([
      expect.stringMatching(/^curl \d/),
      expect.stringMatching(/^openai 2\.54\.0, Python 3\.11/),
      expect.stringMatching(/^openai \d\S+, Node \d/),
    ]);
  });

  test('the other checks run as ever, and all are in the reports', () => {
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['units', 'completions']));
    const cases = readFileSync(at('junit.xml'), 'utf8').match(/<testcase /g);
    expect(cases).toHaveLength(findings.length);
    const own = join(at('evidence'), lab().fqdn(GATEWAY));
    const files = readdirSync(own).filter((name) => /^client-(curl|python|node)/.test(name));
    expect(files.sort()).toEqual(['client-curl.txt', 'client-node.json', 'client-python.txt']);
    for (const file of files) expect(readFileSync(join(own, file), 'utf8')).not.toContain(key);
  });

  test('nothing that holds the key is left there', () => {
    const found = kept(lab(), GATEWAY, { 'master key': key });
    expect(found.filter((line) => /tmp|shm|client|journal/.test(line))).toEqual([]);
  });
});

describe('verify --clients from another host', () => {
  test('proves its way to the gateway, and says where Python has the SDK', async () => {
    const { code, findings } = await asked([...ALL, '--from', 'hx-llm01-server']);
    expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'client-curl pass',
      'client-python fail',
      'client-node pass',
    ]);
    expect(code).toBe(1);
    expect(findings[1]?.hint).toContain(`--clients python --from ${lab().fqdn(GATEWAY)}`);
  });

  test('tells that it does not find the name', async () => {
    const url = `litellm_base_url=http://${'n'.repeat(64)}.invalid:4000`;
    const { code, findings } = await asked([
      '--clients',
      'curl,node',
      '--from',
      'hx-llm01-server',
      '-e',
      url,
    ]);
    expect([code, findings.length]).toEqual([1, 2]);
    for (const { message, hint } of findings) {
      expect(message).toContain('the models are not listed: its name is not found');
      expect(hint).toMatch(/^hx-llm01-server\S+ has to find n+\.invalid by its name/);
    }
  });
});

test('a client that may use every model is asked for in the place of the administrator', async () => {
  const copy = copyInventory(lab());
  const hxllm = (...args: string[]) => lab().hxllm(args, { env: copy.env });
  expect((await hxllm('keys', 'create', 'some', '--model', MODEL, '--yes')).code).toBe(0);
  expect((await hxllm('keys', 'create', 'alice', '--yes')).code).toBe(0);
  const { code, findings } = await asked(ALL, copy.env);
  expect([code, findings.map((f) => [f.status, f.data?.as])]).toEqual([0, Array(3).fill(['pass', 'alice'])]);
  // it is in the inventory and not on the hosts
  expect((await lab().hxllm(['deploy', '--yes', '--limit', GATEWAY])).code).toBe(0);
  const refused = await asked(['--clients', 'curl'], copy.env);
  expect(refused).toMatchObject({ code: 1, findings: [{ hint: expect.stringContaining('hxllm deploy') }] });
});

describe('the printed set-up', () => {
  const printed = async (...args: string[]) => {
    const { code, stdout, stderr } = await lab().hxllm(['clients', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const exported = () => `export LITELLM_API_KEY=${key}\n`;

  test('curl runs on a backend', async () => {
    const { status, stdout, stderr } = onHost(lab(), 'hx-llm02-server', exported() + (await printed('curl')));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`"id":"${MODEL}"`);
    expect(stdout).toContain('"content":"Hello"');
    expect(stdout).toMatch(/data: \[DONE\]/);
  });

  test('Python runs on the gateway', async () => {
    const program = `/etc/litellm/current/venv/bin/python - <<'END'\n${await printed('python')}END\n`;
    const { status, stdout } = onHost(lab(), GATEWAY, exported() + program);
    expect([status, stdout]).toEqual([0, `['${MODEL}']\nHello\nHello\n`]);
  });

  test('Node.js runs on the control node', async () => {
    // which does not know the guide's names
    const url = `litellm_base_url=http://${lab().address(GATEWAY)}:4000`;
    const file = join(folder, 'ask.mjs');
    writeFileSync(file, await printed('node', '-e', url));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const env = { ...process.env, LITELLM_API_KEY: key };
    expect(await run(process.execPath, [file], { env })).toMatchObject({
      code: 0,
      stdout: `${MODEL}\nHello\nHello\n`,
    });
  });
});
