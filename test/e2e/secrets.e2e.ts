// No secret shows itself while hxllm works, nor afterwards; and the same search finds each where it is planted.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/cli.js';
import { watching } from './support/processes.js';
import { kept, onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { copyInventory, GATEWAY, HOSTS, masterKey, VARIABLES, vaulted } from './support/stack.js';
import { temporary } from './support/temporary.js';

const lab = useDeployed();
/** Everything that hxllm writes on the control node falls in here: home, cache, temporary files, evidence. */
const own = temporary('secrets');
const secrets: Record<string, string> = {};
let env: Record<string, string> = {};

beforeAll(async () => {
  const internal = await lab().ssh(GATEWAY, 'sed s/LITELLM_MASTER_KEY=// /etc/litellm/internal.env');
  secrets.master = await masterKey(lab());
  secrets.internal = internal.stdout.trim();
  secrets.provider = `sk-provider-${randomBytes(20).toString('hex')}`;
  secrets.vault = readFileSync(lab().vaultPasswordFile, 'utf8').trim();
  for (const [name, text] of Object.entries(secrets)) expect([name, text.length > 20]).toEqual([name, true]);
  const copy = copyInventory(lab());
  const provider = vaulted(lab(), 'SPARE_API_KEY', secrets.provider).trimEnd().replaceAll('\n', '\n  ');
  copy.write(VARIABLES, `${copy.read(VARIABLES)}litellm_environment:\n  ${provider}\n`);
  env = { ...copy.env, HOME: own, XDG_CACHE_HOME: join(own, 'cache'), TMPDIR: own };
});

/** Scripts carry files as base64: what is in them counts as printed. */
const plainOf = (text: string) =>
  (text.match(/[A-Za-z0-9+/]{24,}={0,2}/g) ?? []).map((run) => Buffer.from(run, 'base64').toString('latin1'));
const names = (text: string) => {
  const all = [text, ...plainOf(text)].join('\n');
  return Object.keys(secrets).filter((name) => all.includes(secrets[name]!));
};
/** Names of the secrets in files of the control node. */
const inFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .flatMap((f) =>
      names(readFileSync(join(f.parentPath, f.name), 'utf8')).map((name) => `${f.name}: ${name}`),
    );

describe('a deploy of a key of another provider and of keys.json, told in full', () => {
  const printed: Record<string, string> = {};

  test('shows no secret to other processes, here or on the hosts', async () => {
    await lab().ssh(GATEWAY, 'rm /etc/litellm/keys.json /etc/haproxy/clients.map');
    const { sweeps, seen } = await watching(secrets, async () => {
      for (const [args, code] of [
        [['plan', '-v'], 3],
        [['plan', '--json'], 3],
        [['deploy', '--yes', '-v'], 0],
        [['deploy', '--yes', '--json'], 0],
        [['verify', '-v', '--evidence', join(own, 'evidence'), '--junit', join(own, 'junit.xml')], 0],
        [['verify', '--json'], 0],
        [['role', 'render', '--output', join(own, 'rendered')], 0],
        [['inventory', 'show', GATEWAY, '--json'], 0],
        [['status', '-v'], 0],
      ] as [string[], number][]) {
        const done = await lab().hxllm(args, { env });
        expect([args, done.code]).toEqual([args, code]);
        printed[args.join(' ')] = done.stdout + done.stderr;
      }
    });
    expect(seen).toEqual([]);
    expect(sweeps).toBeGreaterThan(50);
    const { stdout } = await lab().ssh(
      GATEWAY,
      'grep -c SPARE_API_KEY=.*sk-provider- /etc/litellm/current/litellm.env',
    );
    expect(stdout).toBe('1\n');
  });

  test('prints none: scripts, replies, diffs and JSON are masked', () => {
    const shown = Object.entries(printed).map(
      ([line, text]) => `${line}: ${names(text).join(' ') || 'none'}`,
    );
    expect(shown).toEqual(Object.keys(printed).map((line) => `${line}: none`));
    expect(printed['deploy --yes -v']).toContain('[secret]');
  });

  test('writes none on the control node', () => {
    expect(readdirSync(join(own, 'evidence')).length).toBeGreaterThan(0);
    expect(inFiles(own)).toEqual([]);
  });

  test.each(HOSTS)('leaves %s with none but in the two files that LiteLLM is given', (host) => {
    const mine = kept(lab(), host, secrets).map((line) => line.replace(/releases\/[^/]+/, 'releases/ID'));
    const files = [
      'file 600 /etc/litellm/internal.env: internal',
      'file 600 /etc/litellm/releases/ID/litellm.env: provider',
    ];
    expect(mine).toEqual(host === GATEWAY ? files : []);
  });
});

test('a file into which somebody wrote the key is shown without it', async () => {
  const file = '/etc/litellm/current/config.yaml';
  expect(onHost(lab(), GATEWAY, `echo '# master_key: ${secrets.master}' >> ${file}`).status).toBe(0);
  for (const way of ['-v', '--json']) {
    const { code, stdout, stderr } = await lab().hxllm(['plan', way], { env });
    expect([way, code, names(stdout + stderr)]).toEqual([way, 3, []]);
    expect(stdout).toContain('# master_key: [secret]');
  }
  await lab().ssh(GATEWAY, `sed -i '$d' ${file}`);
  expect((await lab().hxllm(['plan'], { env })).code).toBe(0);
});

describe('the search finds a secret', () => {
  const plant = (host: string, script: string) => onHost(lab(), host, script);

  test('in argv and in the environment of a process of a host, and of this machine', async () => {
    const { seen } = await watching(secrets, async () => {
      plant('hx-llm01-server', `bash -c 'exec -a "tell ${secrets.master}" sleep 0.3'`);
      plant('hx-llm02-server', `TOLD=${secrets.provider} sleep 0.3`);
      await run('sleep', ['0.3'], { env: { ...process.env, TOLD: secrets.vault } });
    });
    expect(seen).toEqual(
      expect.arrayContaining([
        'master in argv of sleep',
        'provider in environment of sleep',
        'vault in environment of sleep',
      ]),
    );
  });

  test('in a file of others, in a temporary file, in the journal', () => {
    plant(
      'hx-llm01-server',
      `echo "key: ${secrets.master}" > /usr/local/share/note; echo ${secrets.provider} > /tmp/left
       chmod 0644 /usr/local/share/note; chmod 0600 /tmp/left; echo "key ${secrets.internal}" | systemd-cat -t told`,
    );
    expect(kept(lab(), 'hx-llm01-server', secrets)).toEqual(
      expect.arrayContaining([
        'file 600 /tmp/left: provider',
        'file 644 /usr/local/share/note: master',
        'journal: internal',
      ]),
    );
  });

  test('in what is written on the control node', async () => {
    await run('sh', ['-c', 'cat "$0" > "$1"', lab().vaultPasswordFile, join(own, 'note')]);
    expect(inFiles(own)).toEqual(['note: vault']);
    expect(
      names(`echo ${Buffer.from(`SPARE=${secrets.provider}\n`).toString('base64')} | base64 -d`),
    ).toEqual(['provider']);
  });
});
