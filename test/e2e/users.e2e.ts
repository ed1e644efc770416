// The same deploy as root, as a user whose sudo asks nothing, and as one whose sudo asks for a password; at last through a bastion.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { labPaths } from '../../src/lab/paths.js';
import { quote } from '../../src/shell.js';
import { ROOT } from '../support/built.js';
import { watching } from './support/processes.js';
import { useDeployed } from './support/shared.js';
import {
  BACKENDS,
  type Copy,
  copyInventory,
  echoed,
  GATEWAY,
  HOSTS,
  VARIABLES,
  vaulted,
  verified,
} from './support/stack.js';

const lab = useDeployed();
let password = '';
beforeAll(() => {
  password = readFileSync(labPaths(lab().name).sudoPassword, 'utf8').trim();
});

function inventoryOf(user: string): Copy {
  const copy = copyInventory(lab());
  copy.replace('dev.ini', 'ansible_user=agent0', `ansible_user=${user}`);
  return copy;
}

/** How often a user has logged in on the hosts since they were booted. */
async function logins(user: string): Promise<number> {
  const count = `journalctl -q -t sshd -t sshd-session | grep -c 'Accepted publickey for ${user} '`;
  const all = await Promise.all(HOSTS.map((host) => lab().ssh(host, count)));
  return all.reduce((sum, { stdout }) => sum + Number(stdout), 0);
}

const keepAlive = (host: string) => lab().ssh(host, "sed -n 's/.*KEEP_ALIVE=//p' /etc/hxllm/ollama.env");

/** Each changes both backends and proves the stack. */
test.each([
  { user: 'root', value: '11m' },
  { user: 'agent0', value: '12m' },
])('as $user, who needs no password', async ({ user, value }) => {
  const { env } = inventoryOf(user);
  const change = ['-e', `ollama_keep_alive=${value}`];
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', ...change], { env });
  expect([code, stdout]).toEqual([0, expect.stringContaining('2 of 3 hosts to change')]);
  for (const host of BACKENDS) expect((await keepAlive(host)).stdout).toMatch(value);
  expect(await logins(user)).toBeGreaterThanOrEqual(HOSTS.length);
  expect((await lab().hxllm(['plan', ...change], { env })).code).toBe(0);
});

test('as agent1, whose password is in a vault: all hosts are changed, and no process ever shows it', async () => {
  const copy = inventoryOf('agent1');
  copy.write(VARIABLES, copy.read(VARIABLES) + vaulted(lab(), 'ansible_become_password', password));
  expect(copy.read(VARIABLES)).toContain('ansible_become_password: !vault');
  const change = ['-e', 'ollama_keep_alive=13m', '-e', 'litellm_max_retries=3'];
  const said: string[] = [];
  const { sweeps, seen } = await watching({ password }, async () => {
    const { code, stdout, stderr } = await lab().hxllm(['deploy', '--yes', '-v', ...change], {
      env: copy.env,
    });
    said.push(stdout, stderr);
    expect([code, stdout]).toEqual([0, expect.stringContaining('3 of 3 hosts to change')]);
    expect(echoed(await verified(lab(), change, copy.env))).toContain('completions phi3-3.8b');
  });
  expect([seen, sweeps]).toEqual([[], expect.any(Number)]);
  expect(sweeps).toBeGreaterThan(20);
  expect(said.join('\n').includes(password)).toBe(false);
  expect((await lab().ssh(GATEWAY, 'grep num_retries /etc/litellm/config.yaml')).stdout).toMatch(
    /num_retries: 3/,
  );
  expect(await logins('agent1')).toBeGreaterThanOrEqual(HOSTS.length);
});

/** What the last deploy wants. */
const LAST = ['-e', 'ollama_keep_alive=14m', '-e', 'litellm_max_retries=3'];

test('as agent1, who types the password and says yes at a terminal', async () => {
  const { env } = inventoryOf('agent1');
  const words = ['deploy', '-K', ...LAST];
  let shown = '';
  const { seen } = await watching({ password }, async () => {
    const answers: [asked: string, answer: string][] = [
      ['Sudo password: ', password],
      ['[y/N] ', 'y'],
    ];
    shown = await atTerminal(words, env, answers);
  });
  expect(seen).toEqual([]);
  expect(shown).toMatch(/exit code 0\s*$/);
  expect(shown).not.toContain(password);
  for (const host of BACKENDS) expect((await keepAlive(host)).stdout).toMatch('14m');
});

/** The last rows of this file: the hosts stay cut off until the next file begins. */
describe('hosts that let in nobody but a bastion', () => {
  const [BEHIND, BASTION] = [[GATEWAY, BACKENDS[0]!], BACKENDS[1]!];
  let config = '';
  test('are not reached without it', async () => {
    const { key, knownHosts } = lab();
    const { folder } = copyInventory(lab());
    config = join(folder, 'ssh_config');
    const login = `User agent0\nIdentityFile ${key}\nUserKnownHostsFile ${knownHosts}\n`;
    writeFileSync(config, `Host bastion\nHostName ${lab().address(BASTION)}\n${login}`);
    // no answer of theirs goes to the control node, so the one to this command must be on its way before
    const cut = 'sleep 0.5; ip route add prohibit $(ip route show default | cut -d " " -f 3)';
    for (const host of BEHIND) await lab().ssh(host, `sh -c '${cut}' >/dev/null 2>&1 &`);
    const away = async () => (await errorsOf(['--timeout', '2'])).map((e) => e.host).sort();
    await expect.poll(away, { timeout: 30_000 }).toEqual(BEHIND.map((host) => lab().fqdn(host)).sort());
  });

  async function errorsOf(args: string[], env = {}) {
    const { stdout } = await lab().hxllm(['plan', '--json', ...args], { env });
    return (JSON.parse(stdout) as { errors: { host: string; message: string }[] }).errors;
  }
  const WAYS = [
    { way: 'ProxyJump', words: () => '-o ProxyJump=bastion' },
    { way: 'ProxyCommand', words: () => `-o ProxyCommand="ssh -F ${config} -W %h:%p bastion"` },
  ];
  function inventoryBy(words: string): Copy {
    const copy = copyInventory(lab());
    const args = `-F ${config} -o UserKnownHostsFile=${lab().knownHosts} ${words}`;
    for (const host of BEHIND)
      copy.replace('dev.ini', `ansible_host=${lab().address(host)}`, `$& ansible_ssh_common_args='${args}'`);
    return copy;
  }

  test.each(WAYS)(
    'are reached by $way: planned, and proven by what goes through it too',
    async ({ words }) => {
      const { env } = inventoryBy(words());
      const { code, stdout } = await lab().hxllm(['plan', ...LAST], { env });
      expect([code, stdout]).toEqual([0, expect.stringContaining('0 of 3 hosts to change')]);
      expect(echoed(await verified(lab(), LAST, env))).toContain('completions phi3-3.8b');
    },
  );

  test('a bastion that is down is named', async () => {
    await lab().ssh(BASTION, 'systemctl stop ssh.socket ssh');
    for (const { way, words } of WAYS) {
      const { env } = inventoryBy(words());
      const errors = await errorsOf(['--timeout', '3'], env);
      const said = BEHIND.map((host) => errors.find((e) => e.host === lab().fqdn(host))?.message);
      const names =
        way === 'ProxyJump' ? /jump host bastion.*refuses the connection/ : /bastion.*Connection refused/;
      expect(said).toEqual(BEHIND.map(() => expect.stringMatching(names)));
    }
  });
});

/** Types each answer when its question is shown; returns what the terminal showed. */
async function atTerminal(args: string[], own: Copy['env'], answers: [asked: string, answer: string][]) {
  const line = [process.execPath, join(ROOT, 'bin/run.js'), ...args].map(quote).join(' ');
  const env = { ...process.env, ...own, HXLLM_VAULT_PASSWORD_FILE: lab().vaultPasswordFile, TERM: 'xterm' };
  const child = spawn('script', ['-qfc', `stty cols 120; ${line}; echo exit code $?`, '/dev/null'], { env });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    const [next] = answers;
    if (!next || !shown.includes(next[0])) return;
    answers.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return shown;
}
