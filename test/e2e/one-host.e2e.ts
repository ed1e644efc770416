// Everything on one machine: the host of the gateway is the only backend too.
import { beforeAll, expect, test } from 'vitest';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, echoed, GATEWAY, VARIABLES, verified } from './support/stack.js';

const lab = useDeployed();
let copy: Copy;
beforeAll(() => {
  copy = copyInventory(lab());
  const host = `${lab().fqdn(GATEWAY)} ansible_host=${lab().address(GATEWAY)}`;
  copy.replace('dev.ini', /\[litellm\][\s\S]*(?=\[all:vars\])/, `[litellm]\n${host}\n\n[llm]\n${host}\n\n`);
  copy.replace(
    VARIABLES,
    /litellm_backends:\n( {2}- .*\n)+/,
    `litellm_backends:\n  - "http://${lab().fqdn(GATEWAY)}:11434"\n`,
  );
});

test('one host is gateway and backend: deployed, proven, nothing left to plan', async () => {
  const { env } = copy;
  const planned = await lab().hxllm(['plan'], { env });
  expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('1 of 1 hosts to change')]);
  const deploy = await lab().hxllm(['deploy', '--yes'], { env });
  expect([deploy.code, deploy.stdout]).toEqual([0, expect.stringMatching(/\d+ passed/)]);
  expect(echoed(await verified(lab(), [], env))).toEqual([
    'backend-answers phi3-3.8b on hx-api-server',
    'completions phi3-3.8b',
    'stream phi3-3.8b',
  ]);
  const { stdout } = await lab().ssh(GATEWAY, 'systemctl is-active litellm haproxy ollama');
  expect(stdout).toBe('active\nactive\nactive\n');
  expect((await lab().hxllm(['plan'], { env })).code).toBe(0);
});

test('status shows all three services on it', async () => {
  const { code, stdout } = await lab().hxllm(['status', '--json'], { env: copy.env });
  const { hosts } = JSON.parse(stdout) as { hosts: { services: { unit: string; state: string }[] }[] };
  expect([code, hosts.map((h) => h.services.map((s) => `${s.unit} ${s.state}`).sort())]).toEqual([
    0,
    [['haproxy.service active', 'litellm.service active', 'ollama.service active']],
  ]);
});
