// The README's quickstart on this machine: from nothing to an answer, again without a change, and down without a trace.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding.js';
import { labPaths } from '../../src/lab/paths.js';
import { needState } from '../../src/lab/state.js';
import { hxllm } from '../support/cli.js';
import { openLab } from '../support/lab.js';
import { temporary } from './support/temporary.js';

/** A lab of its own: a person's lab is called lab. */
const name = `test-${process.pid}-quickstart`;
const cwd = temporary('quickstart');
const quickstart = (...args: string[]) => hxllm(['quickstart', '--name', name, ...args], { cwd });
afterAll(() => quickstart('--down'));

const sh = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
const settings = () => sh('sysctl net.ipv4.ip_forward fs.inotify.max_user_instances');
/** Every process, interface, rule and mount of this machine. */
const everything = () => sh('ps -eo args; ip -br link; iptables-save; cat /proc/mounts').split('\n');
const traces = (octet: number) => {
  const mark = new RegExp(`hxlab${octet}\\b|10\\.88\\.${octet}\\.|/${name}/|-lab-${name}\\b|\\bhx${octet}-`);
  return everything().filter((line) => mark.test(line) && !line.includes('quickstart --name'));
};
/** When the units of the gateway were started. */
const since = async () =>
  (
    await openLab(name).ssh(
      'hx-api-server',
      'systemctl show -p ActiveEnterTimestampMonotonic litellm haproxy',
    )
  ).stdout;

interface SignIn {
  answer: string;
  address: string;
  email: string;
  password: { variable: string; file: string };
}

const before = settings();
let octet = 0;

test('it ends with the answer of a real chat completion, and what to do next', async () => {
  const { code, stdout, stderr } = await quickstart();
  expect([code, stderr.includes('✖')]).toEqual([0, false]);
  octet = needState(name).octet;
  expect(stdout).toContain('4 of 4 hosts to change');
  expect(stdout).toMatch(/\d+ passed/);
  expect(stdout).toContain(
    'phi3-3.8b was asked: Hello, private LLM!\nphi3-3.8b answers:   Hello, private LLM!\n',
  );
  expect(stdout).toContain(
    'Open WebUI was asked: Hello, private LLM!\nOpen WebUI answers:   Hello, private LLM!\n',
  );
  const line = /export HXLLM_INVENTORY=(\S+) HXLLM_VAULT_PASSWORD_FILE=(\S+)/.exec(stdout) ?? [];
  const [, inventory, vault] = line;
  const env = { HXLLM_INVENTORY: inventory, HXLLM_VAULT_PASSWORD_FILE: vault };
  expect((await hxllm(['verify'], { cwd, env })).code).toBe(0);
});

test('who follows what it says signs in to Open WebUI', async () => {
  const { code, stdout } = await quickstart('--json');
  const { webuis, ...rest } = JSON.parse(stdout) as { webuis: SignIn[]; exit: number };
  expect([code, rest.exit, webuis.length]).toEqual([0, 0, 1]);
  const { answer, address, email, password } = webuis[0]!;
  expect(answer).toBe('Hello, private LLM!');
  const vault = ['--vault-password-file', labPaths(name).vaultPassword, password.file];
  const viewed = (await hxllm(['vault', 'view', ...vault], { cwd })).stdout;
  const secret = new RegExp(`^${password.variable}: "?([^"\n]+)`, 'm').exec(viewed)?.[1] ?? '';
  expect([secret.length > 20, stdout.includes(secret)]).toEqual([true, false]);
  const signIn = await fetch(`${address}/api/v1/auths/signin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: secret }),
  });
  expect([signIn.status, await signIn.json()]).toEqual([200, expect.objectContaining({ role: 'admin' })]);
});

test('again, it changes nothing and answers', async () => {
  const was = await since();
  const { code, stdout } = await quickstart();
  expect(code).toBe(0);
  expect(stdout).toContain('0 of 4 hosts to change');
  expect(stdout).not.toContain(': changed');
  expect(stdout).toContain('phi3-3.8b answers:   Hello, private LLM!');
  expect(stdout).toContain('Open WebUI answers:   Hello, private LLM!');
  expect(stdout).toMatch(
    /Open WebUI is at http:\/\/10\.88\.\d+\.31; sign in as admin@localhost, whose password is vault_webui_admin_password:\n {2}npx hxllm vault view inventories\/\S+\/group_vars\/all\/vault.yml\n/,
  );
  expect(await since()).toBe(was);
});

describe("on the guide's control node", () => {
  const GATEWAY_URL = 'http://hx-api-server.dev-test.hana-x.ai:4000';
  const CONTROL = 'hx-devops-server';
  /** Lines as a person types them there. */
  const typed = (lines: string) => openLab(name).ssh(CONTROL, `cd ~/hx-ansible\n${lines}`, 'agent0');
  /** With the key in the environment, as the guide has it. */
  const withKey = (lines: string) =>
    typed(
      `export LITELLM_API_KEY="$(hxllm vault view inventories/group_vars/all/vault.yml | sed -n 's/^vault_litellm_master_key: "\\(.*\\)"/\\1/p')"\n${lines}`,
    );

  test('hxllm is there from its package, with the inventory: nothing is left to change, and all is proven', async () => {
    const { code, stderr } = await hxllm(['lab', 'up', '--name', name, '--host', CONTROL], { cwd });
    expect([code, stderr.includes('✖')]).toEqual([0, false]);
    const { stdout } = await typed('which hxllm; hxllm --version; hxllm inventory check; hxllm plan');
    expect(stdout).toMatch(/^\/usr\/local\/bin\/hxllm\nhxllm\/\S+ linux/);
    expect(stdout).toContain('4 hosts in 5 groups');
    expect(stdout).toContain('0 of 4 hosts to change');
    // the names resolve there: nothing is asked through SSH that a client asks
    const verified = await typed('hxllm verify --json');
    const { findings } = JSON.parse(verified.stdout) as { findings: Finding[] };
    expect(findings.filter((f) => f.status !== 'pass' && f.status !== 'skip')).toEqual([]);
    expect([verified.code, findings.find((f) => f.check === 'base-url')?.status]).toEqual([0, 'pass']);
    const doctor = await typed('hxllm doctor');
    expect([doctor.code, doctor.code === 0 ? '' : doctor.stdout]).toEqual([0, '']);
  });

  test("a deploy of the gateway alone, by the guide's line", async () => {
    await openLab(name).ssh('hx-api-server', 'chmod 0666 /etc/litellm/keys.json');
    const { code, stdout } = await typed('hxllm deploy --yes --limit hx-api-server');
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 of 1 hosts to change')]);
  });

  test('it may be a host itself: a backend on it is deployed and proven without SSH', async () => {
    // nobody listens on that port
    const { stdout, code } = await typed(`cat >here.ini <<END
[llm]
${CONTROL} ansible_connection=local ansible_port=1
END
here="-i inventories/dev.ini -i here.ini --limit ${CONTROL}"
hxllm plan $here; echo exit $?
hxllm deploy --yes $here && hxllm verify $here && hxllm plan $here && systemctl is-active ollama`);
    expect(stdout).toMatch(/1 of 1 hosts to change[\s\S]*exit 3\n/);
    expect(stdout).toContain(`${CONTROL}: changed`);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/0 of 1 hosts to change\nactive\n$/)]);
  });

  test('service health', async () => {
    const { stdout } = await typed(`ssh hx-api-server sudo systemctl status litellm
timeout 5 ssh hx-api-server sudo journalctl -u litellm -f -n 50`);
    expect(stdout).toContain('● litellm.service - LiteLLM gateway');
    expect(stdout).toContain('Active: active (running)');
    expect(stdout.match(/ hx-api-server litellm\[\d+\]: /g)?.length).toBeGreaterThan(10);
  });

  test('the models are listed, and a chat completion is answered', async () => {
    const models = await withKey(`curl -sS -H "Authorization: Bearer $LITELLM_API_KEY" \\
  ${GATEWAY_URL}/v1/models`);
    expect(JSON.parse(models.stdout).data.map((model: { id: string }) => model.id)).toEqual(['phi3-3.8b']);
    const chat = await withKey(`curl -sS -X POST ${GATEWAY_URL}/v1/chat/completions \\
  -H "Authorization: Bearer $LITELLM_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "phi3-3.8b", "messages": [{"role": "user", "content": "Hello"}]}'`);
    expect(JSON.parse(chat.stdout).choices[0].message).toMatchObject({ role: 'assistant', content: 'Hello' });
  });

  test('all services are checked in a loop', async () => {
    const { stdout } =
      await typed(`for host in hx-api-server hx-llm01-server hx-llm02-server hx-webui-server; do
  echo "=== $host ==="
  ssh $host "sudo systemctl status litellm ollama open-webui 2>/dev/null | grep -E '(Active:|●)'"
done`);
    const service = (name: string) => [
      expect.stringContaining(`● ${name}.service`),
      expect.stringContaining('Active: active (running)'),
    ];
    expect(stdout.trimEnd().split('\n')).toEqual([
      ...['=== hx-api-server ===', ...service('litellm')],
      ...['=== hx-llm01-server ===', ...service('ollama')],
      ...['=== hx-llm02-server ===', ...service('ollama')],
      ...['=== hx-webui-server ===', ...service('open-webui')],
    ]);
  });

  test('the gateway sees the models of a backend', async () => {
    const { stdout } = await typed(
      `ssh hx-api-server "curl -s http://hx-llm01-server.dev-test.hana-x.ai:11434/api/tags | jq -r '.models[].name' | head -5"`,
    );
    expect(stdout).toBe('phi3:3.8b\n');
  });
});

test('--down leaves nothing of it', async () => {
  expect(traces(octet).length).toBeGreaterThan(0);
  expect(existsSync(join(cwd, 'inventories', name, 'dev.ini'))).toBe(true);
  expect((await quickstart('--down')).code).toBe(0);
  expect(traces(octet)).toEqual([]);
  expect([labPaths(name).dir, join(cwd, 'inventories', name)].filter((path) => existsSync(path))).toEqual([]);
  expect(settings()).toBe(before);
});
