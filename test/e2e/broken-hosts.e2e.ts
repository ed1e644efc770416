// Broken hosts: what cannot be done is said, what can be done is done, and the next run goes on.
import { expect, test } from 'vitest';
import { useDeployed } from './support/shared.js';
import { changedSince, HOSTS, mark } from './support/untouched.js';

const lab = useDeployed();

test('a full disk is said before anything is touched', async () => {
  // another Python in the name of the venv makes it be built anew
  await lab().ssh('hx-api-server', 'mount -t tmpfs -o size=50m tmpfs /opt');
  await mark(lab());
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '-e', 'litellm_python_version=3.11']);
  await lab().ssh('hx-api-server', 'umount /opt');
  expect([code, stdout]).toEqual([1, expect.stringMatching(/\/opt has \d+ MB free, \d+ MB are needed/)]);
  for (const host of HOSTS) expect([host, await changedSince(lab(), host)]).toEqual([host, '']);
});

test('a disk that fills up in the middle fails that step, and the next run goes on', async () => {
  await lab().ssh(
    'hx-api-server',
    'mkdir -p /etc/litellm/releases; mount -t tmpfs -o size=4k tmpfs /etc/litellm/releases',
  );
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '-e', 'litellm_max_retries=1']);
  await lab().ssh('hx-api-server', 'umount /etc/litellm/releases');
  expect([code, stdout]).toEqual([
    6,
    expect.stringMatching(/No space left on device[\s\S]*nothing was changed/),
  ]);
  const again = await lab().hxllm(['deploy', '--yes']);
  expect([again.code, (await lab().hxllm(['plan'])).code]).toEqual([0, 0]);
});

test('a model that no registry has: the backends say so, the gateway is left alone', async () => {
  await mark(lab());
  const models = '{"litellm_models": [{"name": "nope", "provider": "ollama", "model": "nope:1b"}]}';
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '-e', models]);
  expect([code, stdout]).toEqual([1, expect.stringContaining('file does not exist')]);
  expect(stdout).toContain('not touched: no backend of nope is left');
  expect(await changedSince(lab(), 'hx-api-server')).toBe('');
});

test('another apt is waited for, with a word', async () => {
  await lab().ssh('hx-api-server', 'DEBIAN_FRONTEND=noninteractive apt-get -qq remove -y socat');
  const hold =
    "import fcntl,time\nf=open('/var/lib/dpkg/lock-frontend','w')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('held',flush=True)\ntime.sleep(6)";
  await lab().ssh(
    'hx-api-server',
    `systemd-run -q --unit=hold-apt /usr/bin/python3 -c "${hold.replace(/\n/g, ';')}"; sleep 1`,
  );
  const { code, stderr } = await lab().hxllm(['deploy', '--yes']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('waiting for another apt')]);
});

test('what an interrupted run left is told by plan, and put back before a deploy looks', async () => {
  const folder = '/var/lib/hxllm/transactions/20260101T000000-left';
  const restore = `#!/bin/sh\nchmod 0755 /etc/hxllm; mv ${folder}/armed ${folder}/restored\n`;
  await lab().ssh(
    'hx-llm01-server',
    `mkdir -p ${folder}; printf '${restore.replaceAll('\n', '\\n')}' > ${folder}/restore.sh; chmod 0700 ${folder}/restore.sh; touch ${folder}/armed; chmod 0777 /etc/hxllm`,
  );
  const plan = await lab().hxllm(['plan', '--limit', 'hx-llm01-server', '--json']);
  expect([plan.code, JSON.parse(plan.stdout).interrupted]).toEqual([3, [lab().fqdn('hx-llm01-server')]]);
  const { code, stdout } = await lab().hxllm(['deploy', '--limit', 'hx-llm01-server', '--yes']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('0 of 1 hosts to change')]);
  expect((await lab().ssh('hx-llm01-server', `stat -c %a /etc/hxllm; ls ${folder}`)).stdout).toBe(
    '755\nrestore.sh\nrestored\n',
  );
});

test('a backend that fails its proof is put back and runs again; with --serial the next one is left alone', async () => {
  const [first, second] = ['hx-llm01-server', 'hx-llm02-server'] as const;
  const seen = (host: string) =>
    lab().ssh(
      host,
      'systemctl is-active ollama; ss -Hltn "sport = :11434" | grep -c "\\*:11434"; sha256sum /etc/hxllm/ollama.env; ls /var/lib/hxllm/transactions/*/armed 2>/dev/null',
    );
  const start = async (host: string) =>
    (await lab().ssh(host, 'systemctl show -p ExecMainStartTimestampMonotonic ollama')).stdout;
  const [before, started] = [await seen(first), [await start(first), await start(second)]];
  expect(before.stdout).toMatch(/^active\n1\n/);
  // it runs and answers, but only to its own host
  const inside = '{"ollama_environment": {"OLLAMA_HOST": "127.0.0.1:11434"}}';
  const { code, stdout } = await lab().hxllm([
    ...['deploy', '--yes', '--role', 'backend', '--serial', '50%', '-e', inside, '--json'],
  ]);
  const { outcomes } = JSON.parse(stdout);
  expect([code, outcomes.map((o: { state: string }) => o.state)]).toEqual([6, ['failed', 'not touched']]);
  expect(outcomes[0].error.message).toMatch(/only open to this host itself[\s\S]*everything is as it was/);
  expect(outcomes[1].error.message).toContain(`not touched: ${lab().fqdn(first)} failed`);
  expect((await seen(first)).stdout).toBe(before.stdout);
  expect([(await start(first)) === started[0], (await start(second)) === started[1]]).toEqual([false, true]);
});

test('a host that is not reached counts, and the others are done', async () => {
  await lab().powerOff('hx-llm02-server');
  await lab().ssh('hx-llm01-server', 'chmod 0777 /etc/hxllm');
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '--timeout', '3']);
  expect([code, stdout]).toEqual([4, expect.stringContaining('hx-llm02-server')]);
  expect((await lab().ssh('hx-llm01-server', 'stat -c %a /etc/hxllm')).stdout).toBe('755\n');
  const plan = await lab().hxllm(['plan', '--json', '--timeout', '3']);
  expect([plan.code, JSON.parse(plan.stdout).errors[0].host]).toEqual([4, lab().fqdn('hx-llm02-server')]);
  await lab().powerOn('hx-llm02-server');
});

test('a host with another key than yesterday is refused, always', async () => {
  await lab().ssh('hx-llm02-server', 'rm /etc/ssh/ssh_host_*; ssh-keygen -q -A; systemctl restart ssh');
  const words = `-o UserKnownHostsFile=${lab().knownHosts} -o StrictHostKeyChecking=no`;
  const loose = ['-e', JSON.stringify({ ansible_ssh_common_args: words })];
  for (const args of [[], loose]) {
    const { code, stdout } = await lab().hxllm(['deploy', '--yes', ...args]);
    expect([code, stdout]).toEqual([4, expect.stringMatching(/host key/i)]);
    expect(stdout).toContain('ssh-keygen');
  }
});
