// Somebody edits the hosts by hand: plan shows exactly that, deploy mends exactly that, and then all is as it was.
import { expect, test } from 'vitest';
import { inside } from './support/running.js';
import { useDeployed } from './support/shared.js';

const lab = useDeployed();

interface Shown {
  hosts: {
    host: string;
    changes: { title: string; reasons: string[]; texts: { before: string }[] }[];
    handlers: string[];
  }[];
}

async function plan(): Promise<{ code: number | null; shown: Record<string, string[]>; json: Shown }> {
  const { code, stdout } = await lab().hxllm(['plan', '--json']);
  const json = JSON.parse(stdout) as Shown;
  const lines = json.hosts.map(({ host, changes, handlers }) => [
    host.split('.')[0],
    [...changes.map((c) => `${c.title}: ${c.reasons.join('; ')}`), ...handlers],
  ]);
  return { code, shown: Object.fromEntries(lines), json };
}

const NOTHING = { 'hx-api-server': [], 'hx-llm01-server': [], 'hx-llm02-server': [] };

/** What a person does on a host, and what plan must say: nothing less and nothing more. */
const EDITS: { by: string; host: string; does: string; says: string[] }[] = [
  {
    by: 'the routing strategy in config.yaml',
    host: 'hx-api-server',
    does: 'sed -i s/least-busy/simple-shuffle/ /etc/litellm/config.yaml --follow-symlinks',
    says: [
      'release /etc/litellm/current: config.yaml differs',
      'restart litellm.service',
      'remove old releases and their venvs',
    ],
  },
  {
    by: 'a line of the unit',
    host: 'hx-api-server',
    does: 'sed -i s/RestartSec=3/RestartSec=9/ /etc/systemd/system/litellm.service',
    says: [
      'unit /etc/systemd/system/litellm.service: content differs',
      'daemon-reload',
      'restart litellm.service',
    ],
  },
  {
    by: 'a mode',
    host: 'hx-api-server',
    does: 'chmod 0644 /etc/litellm/internal.env',
    says: ['secret /etc/litellm/internal.env: mode 0644 → 0600'],
  },
  {
    by: 'an owner',
    host: 'hx-llm02-server',
    does: 'chown ollama /etc/hxllm',
    says: ['directory /etc/hxllm: owner ollama:root → root:root'],
  },
  {
    by: 'stopping a service',
    host: 'hx-llm01-server',
    does: 'systemctl stop ollama',
    says: ['service ollama.service: is inactive'],
  },
  {
    by: 'disabling a service',
    host: 'hx-llm02-server',
    does: 'systemctl disable -q ollama',
    says: ['service ollama.service: is not started at boot'],
  },
  {
    by: 'removing a model',
    host: 'hx-llm02-server',
    does: `curl -sf -X DELETE http://127.0.0.1:11434/api/delete -d '{"model":"phi3:3.8b"}'`,
    says: ['model phi3:3.8b: is not pulled'],
  },
  {
    by: 'a line of haproxy.cfg',
    host: 'hx-api-server',
    does: "sed -i 's/balance leastconn/balance roundrobin/' /etc/haproxy/haproxy.cfg",
    says: ['file /etc/haproxy/haproxy.cfg: content differs', 'reload haproxy.service'],
  },
];

test('a deployed stack has no changes', async () => {
  expect(await plan()).toMatchObject({ code: 0, shown: NOTHING });
});

/** What a host's sshd has told since it was last asked: its connections, and the channels on them. */
async function connections(host: string): Promise<string[]> {
  const journal = 'journalctl -q -o cat --cursor-file=/run/hxllm-cursor -t sshd';
  const { stdout } = await inside(lab(), host, `journalctl --sync; ${journal}`);
  const told = stdout.matchAll(/^(Connection from|Starting session: \w+|debug1: .*: ctype (\S+))/gm);
  return [...told].map(([, line = '', channel]) => channel ?? line);
}

test('with nothing to do a host is asked once, over one connection', async () => {
  const hosts = Object.keys(NOTHING);
  const told = () => Promise.all(hosts.map(connections));
  const level = '/etc/ssh/sshd_config.d/hxllm-test.conf';
  // A reload is over before the port is there again; a restart waits for it.
  const onAll = (script: string) =>
    Promise.all(hosts.map((host) => inside(lab(), host, `${script} && systemctl restart ssh`)));
  await onAll(`echo LogLevel DEBUG1 > ${level}`);
  await told();
  for (const words of [['plan'], ['deploy', '--yes']]) {
    const { code } = await lab().hxllm(words);
    expect([words, code]).toEqual([words, 0]);
    expect(await told()).toEqual(
      hosts.map(() => ['Connection from', 'session', 'Starting session: command']),
    );
  }
  await onAll(`rm ${level}`);
});

test('plan shows each edit and nothing else; deploy mends them all; then plan has nothing to show', async () => {
  const want: Record<string, string[]> = {
    'hx-api-server': [],
    'hx-llm01-server': [],
    'hx-llm02-server': [],
  };
  for (const { by, host, does, says } of EDITS) {
    expect(await lab().ssh(host, does)).toMatchObject({ code: 0 });
    const titles = new Set([...(want[host] as string[]), ...says]);
    want[host] = [...titles];
    const { code, shown } = await plan();
    expect([by, code, [...(shown[host] as string[])].sort()]).toEqual([by, 3, [...titles].sort()]);
  }
  const { shown } = await plan();
  const sorted = (lines: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(lines).map(([h, l]) => [h, [...l].sort()]));
  expect(sorted(shown)).toEqual(sorted(want));
  const deploy = await lab().hxllm(['deploy', '--yes']);
  expect([deploy.code, deploy.code === 0 ? '' : deploy.stdout]).toEqual([0, '']);
  expect(await plan()).toMatchObject({ code: 0, shown: NOTHING });
});

test('plan changes nothing on any host', async () => {
  const state =
    'find /etc /usr/local /opt/litellm/venvs -maxdepth 3 -newer /run/hxllm-mark 2>/dev/null; systemctl show -p ActiveEnterTimestamp litellm haproxy';
  await lab().ssh('hx-api-server', 'touch /run/hxllm-mark; sleep 1.1');
  const before = await lab().ssh('hx-api-server', state);
  await plan();
  expect(await lab().ssh('hx-api-server', state)).toEqual(before);
});

test('deploy --check is plan', async () => {
  await lab().ssh('hx-api-server', 'chmod 0666 /etc/litellm/keys.json');
  const { code, stdout } = await lab().hxllm(['deploy', '--check']);
  expect([code, stdout]).toEqual([3, expect.stringContaining('mode 0666 → 0640')]);
  expect((await lab().ssh('hx-api-server', 'stat -c %a /etc/litellm/keys.json')).stdout).toBe('666\n');
});
