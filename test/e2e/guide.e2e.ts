// What the guide promises of a deployed stack, by the commands that prove and show it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding.js';
import { run } from '../support/cli.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, echoed, GATEWAY, HOSTS, masterKey, verified } from './support/stack.js';
import { temporary } from './support/temporary.js';

const lab = useDeployed();
const folder = temporary('guide');
const URL = 'http://hx-api-server.dev-test.hana-x.ai:4000';
const UNITS = {
  [GATEWAY]: ['litellm', 'litellm-standby'],
  ...Object.fromEntries(BACKENDS.map((h) => [h, ['ollama']])),
};
let key = '';
beforeAll(async () => {
  key = await masterKey(lab());
});

test('a wrong key is told so', async () => {
  const ask = (header: string) => `curl -sS -o /dev/null -w '%{http_code} ' ${header} ${URL}/v1/models`;
  const wrong = "-H 'Authorization: Bearer sk-wrong-key-of-somebody'";
  const { stdout } = await lab().ssh('hx-llm01-server', `${ask('')}; ${ask(wrong)}`);
  expect(stdout).toBe('401 401 ');
});

test('deploy --limit takes the short name and leaves the other hosts alone', async () => {
  await lab().ssh(GATEWAY, 'chmod 0666 /etc/litellm/keys.json');
  await lab().ssh('hx-llm01-server', 'chmod 0777 /etc/hxllm');
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '--limit', 'hx-api-server']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('1 of 1 hosts to change')]);
  expect((await lab().ssh(GATEWAY, 'stat -c %a /etc/litellm/keys.json')).stdout).toBe('640\n');
  expect((await lab().ssh('hx-llm01-server', 'stat -c %a /etc/hxllm')).stdout).toBe('777\n');
  expect((await lab().hxllm(['deploy', '--yes'])).code).toBe(0);
});

describe('verify', () => {
  let findings: Finding[] = [];
  const at = (name: string) => join(folder, name);
  const files = () =>
    readdirSync(at('evidence'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());

  test('passes every check, and every model gives its nonce back to the letter', async () => {
    findings = await verified(lab(), ['--junit', at('junit.xml'), '--evidence', at('evidence')]);
    expect(echoed(findings)).toEqual([
      'backend-answers phi3-3.8b on hx-llm01-server',
      'backend-answers phi3-3.8b on hx-llm02-server',
      'completions phi3-3.8b',
      'stream phi3-3.8b',
    ]);
    expect(findings.find((f) => f.check === 'base-url')?.message).toContain('through SSH');
  });

  test('is a table for people', async () => {
    const { code, stdout } = await lab().hxllm(['verify', '--only', 'units', '--only', 'completions']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('gave the nonce back')]);
    expect(stdout).toMatch(/4 passed\n$/);
  });

  test('writes a JUnit report with each finding', () => {
    expect(readFileSync(at('junit.xml'), 'utf8').match(/<testcase /g)).toHaveLength(findings.length);
  });

  test('writes evidence for each check of each host, and its report is the result', () => {
    const report = JSON.parse(readFileSync(at('evidence/report.json'), 'utf8'));
    expect(report.findings).toEqual(findings);
    const names = files().map((f) => f.name.split('.')[0] as string);
    // what base-url asked is what opened the way; the inventory has no client and no rotation under way
    const withoutTalk = ['base-url', 'client-keys', 'rotation'];
    for (const check of new Set(findings.filter((f) => f.status !== 'skip').map((f) => f.check)))
      if (!withoutTalk.includes(check))
        expect([check, names.some((name) => name.startsWith(check))]).toEqual([check, true]);
  });

  test('the evidence holds no secret, and is for its owner alone', async () => {
    const { stdout } = await lab().ssh(GATEWAY, 'sed s/LITELLM_MASTER_KEY=// /etc/litellm/internal.env');
    const secrets = [key, stdout.trim(), readFileSync(lab().vaultPasswordFile, 'utf8').trim()];
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(20);
    const texts = files().map((f) => readFileSync(join(f.parentPath, f.name), 'utf8'));
    expect(texts.join('\n')).toContain('[secret]');
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    const { stdout: open } = await run('find', [folder, '-path', '*evidence*', '-perm', '/077']);
    expect(open).toBe('');
  });
});

test('status shows each service with its version, models and last deploy', async () => {
  const { code, stdout } = await lab().hxllm(['status']);
  expect(code).toBe(0);
  for (const row of [
    /hx-api-server\S+ +litellm +active .* 1\.106\.2 .* ago +phi3-3\.8b/,
    /hx-api-server\S+ +haproxy +active .* 2\.6\S+ .* ago/,
    /hx-llm01-server\S+ +ollama +active .* \d+\.\d+\.\d+ .* ago +phi3:3\.8b/,
    /hx-llm02-server\S+ +ollama +active .* \d+\.\d+\.\d+ .* ago +phi3:3\.8b/,
  ])
    expect(stdout).toMatch(row);
});

test.each(Object.entries(UNITS).flatMap(([host, units]) => units.map((unit) => ({ host, unit }))))(
  '$unit on $host is sandboxed',
  async ({ host, unit }) => {
    const { stdout } = await lab().ssh(
      host,
      `systemd-analyze security --no-pager ${unit}.service | tail -n 1`,
    );
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(1.2);
  },
);

describe('inventory', () => {
  test('list, graph, show and check tell what hxllm understood', async () => {
    const said = async (...args: string[]) => {
      const { code, stdout } = await lab().hxllm(['inventory', ...args]);
      expect(code).toBe(0);
      return stdout;
    };
    expect(await said('list')).toContain(lab().fqdn('hx-llm02-server'));
    expect(await said('graph', 'llm')).toBe(
      `@llm:\n  |--${lab().fqdn('hx-llm01-server')}\n  |--${lab().fqdn('hx-llm02-server')}\n`,
    );
    const shown = await said('show', GATEWAY);
    expect(shown).toMatch(/litellm_bind_port +4000 .*lab\.yml:3/);
    expect(shown).toMatch(/litellm_master_key +\[secret\]/);
    expect(shown).not.toContain(key);
    expect(await said('check')).toContain('3 hosts in 4 groups');
  });

  test('role render writes what is on the hosts, to the byte', async () => {
    const { code } = await lab().hxllm(['role', 'render', '--output', join(folder, 'rendered')]);
    expect(code).toBe(0);
    for (const host of HOSTS) {
      const root = join(folder, 'rendered', lab().fqdn(host));
      expect(existsSync(root)).toBe(true);
      const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
      const files = all
        .map((f) => ({
          path: join(f.parentPath, f.name).slice(root.length),
          text: readFileSync(join(f.parentPath, f.name)),
        }))
        .filter(({ text }) => !text.toString().startsWith('# holds secrets'));
      expect(files.length).toBeGreaterThan(0);
      const sums = files.map(
        ({ path, text }) => `${createHash('sha256').update(text).digest('hex')}  ${path}`,
      );
      const { stdout } = await lab().ssh(host, `sha256sum ${files.map((f) => f.path).join(' ')}`);
      expect(stdout.trimEnd().split('\n')).toEqual(sums);
    }
  });
});

test('all of LiteLLM has bytecode, also what it does not load when it starts', async () => {
  const program = `
import glob, importlib.util, os
root = glob.glob("/opt/litellm/venvs/*/lib")[0]
files = [os.path.join(at, name) for at, _, names in os.walk(root) for name in names if name.endswith(".py")]
bare = [path for path in files if not os.path.exists(importlib.util.cache_from_source(path))]
def compiles(path):
    try:
        return bool(compile(open(path, "rb").read(), path, "exec"))
    except (SyntaxError, ValueError):
        return False
print(len(files) - len(bare), [path for path in bare if compiles(path)])
`;
  const { stdout } = await lab().ssh(GATEWAY, `/opt/litellm/venvs/*/bin/python - <<'END'\n${program}\nEND`);
  const [, count, bare] = /^(\d+) (.*)$/.exec(stdout.trim()) ?? [];
  expect(Number(count)).toBeGreaterThan(5000);
  expect(bare).toBe('[]');
});
