// The whole story on Debian 13: plan, deploy, verify, nothing left to plan, a drift mended.
import { expect, test } from 'vitest';
import { useLab } from '../support/lab.js';
import { echoed, GATEWAY, HOSTS, verified } from './support/stack.js';

const lab = useLab({ os: 'trixie', hosts: HOSTS });

test('the hosts are Debian 13 with nothing of ours', async () => {
  const ask =
    '. /etc/os-release; echo $VERSION_ID; python3 -V; ls -d /etc/litellm /usr/local/bin/ollama 2>/dev/null';
  for (const host of HOSTS) expect((await lab().ssh(host, ask)).stdout).toMatch(/^13\nPython 3\.13\.\d+\n$/);
});

test('plan shows all that is missing, and changes nothing', async () => {
  const { code, stdout } = await lab().hxllm(['plan']);
  expect(code).toBe(3);
  for (const line of [
    'user litellm',
    'venv /opt/litellm/venvs/',
    'file /etc/haproxy/haproxy.cfg',
    'model phi3:3.8b',
  ])
    expect(stdout).toContain(line);
  expect(stdout).toContain('3 of 3 hosts to change');
  expect((await lab().ssh(GATEWAY, 'ls /etc/litellm /var/lib/hxllm')).code).not.toBe(0);
});

test('deploy makes it, verify proves it, plan has nothing left', async () => {
  const { code, stdout } = await lab().hxllm(['deploy', '--yes']);
  expect([code, stdout.split('\n').slice(-2)[0]]).toEqual([0, expect.stringMatching(/^\d+ passed/)]);
  const findings = await verified(lab());
  expect(echoed(findings)).toEqual([
    'backend-answers phi3-3.8b on hx-llm01-server',
    'backend-answers phi3-3.8b on hx-llm02-server',
    'completions phi3-3.8b',
    'stream phi3-3.8b',
  ]);
  const said = (check: string) => findings.find((f) => f.check === check)?.data;
  expect(said('python')).toMatchObject({ python: expect.stringMatching(/^3\.13\./) });
  for (const { data } of findings.filter((f) => f.check === 'sandbox'))
    expect((data as { score: number }).score).toBeLessThanOrEqual(1.2);
  expect((await lab().ssh(GATEWAY, 'haproxy -v | head -n 1')).stdout).toContain('version 3.');
  const plan = await lab().hxllm(['plan']);
  expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('0 of 3 hosts to change')]);
});

test('what somebody changes by hand is shown, mended, and the stack works', async () => {
  await lab().ssh('hx-llm02-server', 'systemctl disable -q --now ollama');
  await lab().ssh(GATEWAY, "sed -i 's/balance leastconn/balance roundrobin/' /etc/haproxy/haproxy.cfg");
  const { code, stdout } = await lab().hxllm(['plan', '--json']);
  const { hosts } = JSON.parse(stdout) as { hosts: { changes: { title: string }[] }[] };
  expect([code, hosts.map((h) => h.changes.map((c) => c.title))]).toEqual([
    3,
    [['file /etc/haproxy/haproxy.cfg'], [], ['service ollama.service']],
  ]);
  expect((await lab().hxllm(['deploy', '--yes'])).code).toBe(0);
  await verified(lab());
  expect((await lab().hxllm(['plan'])).code).toBe(0);
});
