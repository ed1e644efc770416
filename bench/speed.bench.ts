// `npm run bench`: what a run with nothing to do costs on 4 and on 16 hosts, against bare ssh, pyinfra and Ansible; far, dead and many hosts.
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labNames } from '../src/lab/state.js';
import { temporary } from '../test/e2e/support/temporary.js';
import { type Lab, labUp, openLab } from '../test/support/lab.js';
import { type Part, partsOfDeploy, partsOfPlaybook } from './speed/first.js';
import { benchHosts, farInventory, fetchFiles, fleet, GATEWAY, manyNames, sshTrue } from './speed/fleet.js';
import { type Command, hxllm, machine, markdown, Series } from './speed/measure.js';
import { ANSIBLE, type BenchHost, Peers, PYINFRA } from './speed/peers.js';
import { relays } from './speed/relay.js';

const ROUNDS = Number(process.env.HXLLM_BENCH_ROUNDS ?? 5);
const MANY = Number(process.env.HXLLM_BENCH_HOSTS ?? 16);
/** Ansible takes most of a minute on all of them. */
const FEW = Math.min(ROUNDS, 2);
const SIZES = [...new Set([4, MANY])];
const SECOND = 'hx-api02-server';
/** Any empty host will do for the playbook. */
const THIRD = 'hx-webui-server';
const CURVE = () => ['-o', 'KexAlgorithms=curve25519-sha256'];
/** One that is up and deployed already is used, and stays. */
const KEPT = process.env.HXLLM_BENCH_LAB;

let lab: Lab;
let hosts: BenchHost[];
let peers: Peers;
const series = new Series();

const env = () => ({ HXLLM_INVENTORY: lab.inventory, HXLLM_VAULT_PASSWORD_FILE: lab.vaultPasswordFile });
const plan = (...words: string[]): Command => ({ argv: hxllm('plan', ...words), env: env() });
const limit = (count: number) => hosts.slice(0, count).map(({ name }) => name);
/** It must end within a quarter of an hour, on a slow machine with fewer rounds. */
const isLate = () => process.uptime() > 8 * 60;
const times = async (count: number, work: (round: number) => Promise<unknown>) => {
  for (let round = 0; round < count; round++) await work(round);
};
const seconds = (what: string) => (series.of(what).length > 0 ? series.median(what).toFixed(2) : '-');
const say = (title: string, text: string) => process.stdout.write(`\n### ${title}\n\n${text}\n\n`);

beforeAll(async () => {
  const shorts = fleet(MANY);
  if (KEPT && labNames().includes(KEPT)) lab = openLab(KEPT);
  else {
    lab = await labUp({ hosts: shorts, ...(KEPT && { name: KEPT }) });
    await series.add('backends', { argv: hxllm('deploy', '--yes', '--role', 'backend'), env: env() });
    const argv = hxllm('deploy', '--yes', '--json', '--limit', lab.fqdn(GATEWAY));
    await series.add('gateway', { argv, env: env() });
  }
  hosts = benchHosts(lab, shorts);
  peers = await Peers.ready(lab, hosts, await fetchFiles(lab, hosts));
}, 900_000);
afterAll(async () => {
  say(machine(), series.noise());
  if (!KEPT) await lab?.down();
});

test('starts', async () => {
  const starts: [string, string[], number][] = [
    ['node -e 0', [process.execPath, '-e', '0'], 0],
    ['--version', hxllm('--version'), 0],
    ['--help', hxllm('--help'), 0],
    ['plan --help', hxllm('plan', '--help'), 0],
    ['usage error', hxllm('plan', '--no-such-flag'), 2],
  ];
  await times(ROUNDS * 2, async () => {
    for (const [what, argv, code] of starts) await series.add(what, { argv }, code);
  });
  const floor = series.median('node -e 0');
  const rows = starts.map(([what]) => {
    const wall = series.median(what);
    return [what, (wall * 1000).toFixed(0), `${(wall / floor).toFixed(2)} x`];
  });
  say(`Starts, median of ${ROUNDS * 2}`, markdown(['what', 'ms', 'of node -e 0'], rows));
});

test('nothing to do', async () => {
  const shorts = hosts.map(({ short }) => short);
  for (const size of SIZES) {
    const some = limit(size);
    const only = ['--limit', some.join()];
    const each: [string, () => Command, number][] = [
      ['ssh true', () => sshTrue(lab, shorts.slice(0, size)), ROUNDS],
      ['ssh true, curve25519', () => sshTrue(lab, shorts.slice(0, size), CURVE), ROUNDS],
      ['hxllm plan', () => plan(...only), ROUNDS],
      ['hxllm deploy', () => ({ argv: hxllm('deploy', '--yes', ...only), env: env() }), ROUNDS],
      [PYINFRA, () => peers.pyinfra(some), ROUNDS],
      [ANSIBLE, () => peers.ansible('check.yml', some), size === 4 ? Math.min(3, ROUNDS) : FEW],
      [
        `${ANSIBLE}, with facts`,
        () => peers.ansible('check.yml', some, { facts: true }),
        size === 4 ? FEW : 1,
      ],
    ];
    await times(ROUNDS, async (round) => {
      for (const [what, command, rounds] of each)
        if (round < rounds && !(round > 0 && isLate())) await series.add(`${what} ${size}`, command());
    });
    const ours = series.median(`hxllm deploy ${size}`);
    const rows = each.map(([what]) => {
      const at = `${what} ${size}`;
      return [
        what,
        seconds(at),
        `${(series.median(at) / ours).toFixed(2)} x`,
        series.median(at, 'cpu').toFixed(2),
        series.median(at, 'rss').toFixed(0),
        String(series.of(at).length),
      ];
    });
    const head = [
      'what',
      'seconds',
      'of hxllm deploy',
      'CPU of the client, s',
      'largest process, MB',
      'runs',
    ];
    say(`Nothing to do, ${size} hosts, median`, markdown(head, rows));
  }
}, 900_000);

test.each([50, 200])('%i ms away', async (ms) => {
  for (const size of SIZES) {
    const some = hosts.slice(0, size);
    const { ports, close } = await relays(
      some.map(({ address }) => address),
      ms,
    );
    const far = farInventory(lab, some, ports);
    const known = `UserKnownHostsFile=${join(dirname(far.file), 'known_hosts')}`;
    const there = (index: number) => ['-o', known, '-o', 'HostName=127.0.0.1', '-p', String(ports[index])];
    const shorts = some.map(({ short }) => short);
    const ssh = sshTrue(lab, shorts, there);
    const only = ['--limit', limit(size).join()];
    await times(Math.min(3, ROUNDS), async () => {
      await series.add(`ssh true ${size} ${ms} ms`, ssh);
      await series.add(`hxllm plan ${size} ${ms} ms`, { argv: hxllm('plan', ...only), env: far.env });
    });
    await close();
  }
  const rows = SIZES.map((size) => {
    const [ssh, ours] = [`ssh true ${size} ${ms} ms`, `hxllm plan ${size} ${ms} ms`];
    return [
      String(size),
      seconds(ssh),
      seconds(ours),
      `${(series.median(ours) / series.median(ssh)).toFixed(2)} x`,
    ];
  });
  say(`A round trip of ${ms} ms`, markdown(['hosts', 'ssh true', 'hxllm plan', 'ratio'], rows));
});

test('one host that does not answer', async () => {
  const dead = hosts.at(-1)!;
  const shorts = hosts.map(({ short }) => short);
  await lab.cable(dead.short, 'out');
  try {
    await series.add(
      'ssh true, one dead',
      sshTrue(lab, shorts, () => ['-o', 'ConnectTimeout=10']),
      1,
    );
    await series.add('hxllm plan, one dead', plan(), 4);
    await series.add('hxllm plan --timeout 3, one dead', plan('--timeout', '3'), 4);
  } finally {
    await lab.cable(dead.short, 'in');
  }
  const rows = ['ssh true, one dead', 'hxllm plan, one dead', 'hxllm plan --timeout 3, one dead'];
  const text = markdown(
    ['what', 'seconds'],
    rows.map((what) => [what, seconds(what)]),
  );
  say(`One of ${MANY} hosts black-holed: the time to wait for it is 10 s`, text);
  await expect.poll(async () => (await lab.ssh(dead.short, 'true')).code, { timeout: 60_000 }).toBe(0);
});

test('many connections', async () => {
  const counts = [MANY - 1, 32, 64, 128];
  const size = (count: number) => `${count} backends at once`;
  for (const count of counts) {
    const many = manyNames(lab, hosts, count - (MANY - 1));
    const argv = hxllm('plan', '--role', 'backend', '--parallel', '128');
    await times(Math.min(3, ROUNDS), () => series.add(size(count), { argv, env: many.env }));
  }
  const [least, most] = [size(counts[0]!), size(counts.at(-1)!)];
  const more = (figure: 'wall' | 'cpu' | 'rss') =>
    (series.median(most, figure) - series.median(least, figure)) / (counts.at(-1)! - counts[0]!);
  const rows = counts.map((count) => [
    String(count),
    seconds(size(count)),
    series.median(size(count), 'cpu').toFixed(2),
    series.median(size(count), 'rss').toFixed(0),
  ]);
  say(
    'Many hosts, which are other names of the same: 0 unreachable',
    `${markdown(['backends', 'seconds', 'CPU of the client, s', 'peak, MB'], rows)}

One host more: ${(more('cpu') * 1000).toFixed(1)} ms of CPU, ${more('rss').toFixed(2)} MB${perHost()}`,
  );
});

/** Last: from here on the inventory has one gateway more, which the backends know before the clock runs. */
test.skipIf(KEPT)('the first deploy of a gateway', async () => {
  const each = [SECOND, THIRD].flatMap((short) => ['--host', short]);
  const { code, stderr } = await lab.hxllm(['lab', 'up', '--name', lab.name, ...each]);
  expect([code, stderr]).toEqual([0, expect.anything()]);
  await series.add('backends again', { argv: hxllm('deploy', '--yes', '--role', 'backend'), env: env() });
  const log = join(temporary('first'), 'ansible.log');
  const theirs = await series.add(
    `${ANSIBLE}: gateway`,
    peers.ansible('first.yml', [lab.fqdn(THIRD)], { log }),
  );
  const argv = hxllm('deploy', '--yes', '--json', '--limit', lab.fqdn(SECOND));
  const ours = await series.add('hxllm: gateway', { argv, env: env() });
  const column = (parts: Part[], wall: number) =>
    parts
      .filter(({ seconds }) => seconds > wall / 50)
      .map(({ title, seconds }) => `${title} ${seconds.toFixed(1)}`)
      .join('; ');
  const rows = [
    ['hxllm deploy', ours, partsOfDeploy(ours.said, ours.wall)] as const,
    [ANSIBLE, theirs, partsOfPlaybook(log)] as const,
  ].map(([what, { wall }, parts]) => [
    what,
    wall.toFixed(1),
    `${(wall / ours.wall).toFixed(2)} x`,
    column([...parts], wall),
  ]);
  const head = ['what', 'seconds', 'ratio', 'where the time goes, seconds'];
  say('First deploy of a gateway on an empty host', markdown(head, rows));
});

/** The same of the peers, from their figures for few and many. */
function perHost(): string {
  const [few, many] = [SIZES[0]!, SIZES.at(-1)!];
  if (few === many) return '';
  return [PYINFRA, ANSIBLE]
    .map((peer) => {
      const cpu = series.median(`${peer} ${many}`, 'cpu') - series.median(`${peer} ${few}`, 'cpu');
      return `; ${peer}: ${((cpu / (many - few)) * 1000).toFixed(0)} ms of CPU`;
    })
    .join('');
}
