// The lab itself, on real hosts: it comes, goes, survives faults and leaves the machine as it was.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labPaths } from '../../src/lab/paths.js';
import { findByArgument, findInits } from '../../src/lab/processes.js';
import { sleep } from '../../src/retry.js';
import { ROOT } from '../support/built.js';
import { hxllm } from '../support/cli.js';
import { labUp, useLab } from '../support/lab.js';
import { FULL } from './support/full.js';

const sh = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
/** Everything on this machine that carries a lab's bridge, subnet or name. */
const traces = (name: string, octet: number) =>
  [
    ...sh('ip -br link; iptables-save; cat /proc/mounts').split('\n'),
    ...sh('ls /sys/fs/cgroup/systemd/hxllm-lab 2>/dev/null || true').split('\n'),
    ...sh('ps -eo args')
      .split('\n')
      .filter((line) => line.includes('/hxllm-lab/')),
  ].filter((line) =>
    new RegExp(`hxlab${octet}\\b|10\\.88\\.${octet}\\.|/${name}/|\\bhx${octet}-`).test(line),
  );

const octetOf = (name: string) =>
  (JSON.parse(readFileSync(labPaths(name).state, 'utf8')) as { octet: number }).octet;

describe('a lab of two hosts', () => {
  const lab = useLab({ hosts: ['hx-api-server', 'hx-llm01-server=trixie'], ollama: false });
  const isUp = (host: string) =>
    lab()
      .ssh(host, 'true')
      .then(
        ({ code }) => code === 0,
        () => false,
      );

  test('its hosts are plain Debian servers that know each other', async () => {
    const { stdout } = await lab().ssh(
      'hx-api-server',
      'hostname -f; systemctl is-system-running --wait; getent hosts hx-llm01-server; . /etc/os-release; echo $VERSION_ID',
    );
    expect(stdout.split('\n')).toEqual([
      'hx-api-server.dev-test.hana-x.ai',
      'running',
      expect.stringContaining('hx-llm01-server.dev-test.hana-x.ai'),
      '12',
      '',
    ]);
    expect((await lab().ssh('hx-llm01-server', '. /etc/os-release; echo $VERSION_ID')).stdout).toBe('13\n');
  });

  test('agent0 may sudo without a password, agent1 only with it', async () => {
    expect((await lab().ssh('hx-api-server', 'sudo -n id -u', 'agent0')).stdout).toBe('0\n');
    expect((await lab().ssh('hx-api-server', 'sudo -n id -u', 'agent1')).code).not.toBe(0);
    const password = readFileSync(labPaths(lab().name).sudoPassword, 'utf8').trim();
    const { stdout } = await lab().ssh('hx-api-server', `echo ${password} | sudo -S -p '' id -u`, 'agent1');
    expect(stdout).toBe('0\n');
  });

  test('a second up does nothing', async () => {
    const before = findInits().filter((init) => init.lab === lab().name);
    const { code, stdout } = await hxllm(['lab', 'up', '--name', lab().name, '--json']);
    expect([code, JSON.parse(stdout).changed]).toEqual([0, false]);
    expect(findInits().filter((init) => init.lab === lab().name)).toEqual(before);
  });

  test('a reboot from inside comes back by itself with what was written', async () => {
    expect(await lab().ssh('hx-api-server', 'echo kept > /root/note')).toMatchObject({ code: 0 });
    // its own connection may be closed before it ends
    await lab()
      .ssh('hx-api-server', 'systemctl reboot')
      .catch(() => {});
    await sleep(1000);
    await expect.poll(() => isUp('hx-api-server'), { timeout: 20_000 }).toBe(true);
    expect((await lab().ssh('hx-api-server', 'cat /root/note')).stdout).toBe('kept\n');
  });

  test('a power cut ends a host at once, and status says so with exit 4', async () => {
    await lab().powerCut('hx-llm01-server');
    expect(await isUp('hx-llm01-server')).toBe(false);
    const { code, stdout } = await hxllm(['lab', 'status', '--name', lab().name]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/hx-llm01-server\S+ .* off .* no/);
    await lab().powerOn('hx-llm01-server');
    expect(await isUp('hx-llm01-server')).toBe(true);
  });

  test('a pulled cable is silence, and back in it answers', async () => {
    const { cable, address } = lab();
    const port = `timeout 1 bash -c 'exec 3<>/dev/tcp/${address('hx-llm01-server')}/22'; echo $?`;
    await cable('hx-llm01-server', 'out');
    expect(sh(port)).toBe('124\n');
    await cable('hx-llm01-server', 'in');
    await expect.poll(() => sh(port), { timeout: 10_000 }).toBe('0\n');
  });

  test('up takes an orphan for what it is: a host to start again', async () => {
    const init = findInits().find((one) => one.lab === lab().name && one.short === 'hx-api-server')!;
    process.kill(init.parent, 'SIGKILL');
    await sleep(300);
    const { code, stdout } = await hxllm(['lab', 'up', '--name', lab().name, '--json']);
    expect([code, JSON.parse(stdout).changed]).toEqual([0, true]);
    const now = findInits().filter((one) => one.lab === lab().name && one.short === 'hx-api-server');
    expect(now.map((one) => [one.parentName, one.pid === init.pid])).toEqual([['systemd-nspawn', false]]);
  });

  test('from a snapshot the hosts are what they were', async () => {
    await lab().ssh('hx-api-server', 'echo frozen > /root/note');
    await lab().freeze('deployed');
    await lab().ssh('hx-api-server', 'rm /root/note; touch /root/later');
    await lab().reset('deployed');
    const seen = async () => (await lab().ssh('hx-api-server', 'cat /root/note; ls /root')).stdout;
    expect(await seen()).toBe('frozen\nnote\n');
    await lab().ssh('hx-api-server', 'echo again > /root/note');
    await lab().freeze('later');
    await lab().reset('deployed');
    expect(await seen()).toBe('frozen\nnote\n');
    await lab().reset('later');
    expect(await seen()).toBe('again\nnote\n');
    const { code, stderr } = await hxllm(['lab', 'up', '--name', lab().name, '--from', 'never']);
    expect([code, stderr.includes('It has: deployed, later')]).toEqual([2, true]);
  });

  test('after a reboot of the machine up starts the hosts as they were', async () => {
    await lab().ssh('hx-api-server', 'echo kept > /root/note');
    const { name } = lab();
    const octet = octetOf(name);
    await Promise.all([lab().powerCut('hx-api-server'), lab().powerCut('hx-llm01-server')]);
    for (const pid of findByArgument(labPaths(name).models)) process.kill(pid);
    sh(`ip link delete hxlab${octet}`);
    sh(`for host in ${labPaths(name).dir}/hosts/*; do umount $host/root; done`);
    expect((await hxllm(['lab', 'up', '--name', name])).code).toBe(0);
    expect((await lab().ssh('hx-api-server', 'cat /root/note')).stdout).toBe('kept\n');
    expect((await fetch(`${lab().registry}/v2/library/phi3/manifests/3.8b`)).status).toBe(200);
  });

  test('it refuses to change the distribution of a host that is there', async () => {
    const { code, stderr } = await hxllm([
      'lab',
      'up',
      '--name',
      lab().name,
      '--host',
      'hx-api-server=trixie',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('hx-api-server is there already');
  });
});

describe('lab down', () => {
  const name = `test-${process.pid}-gone`;
  afterAll(() => hxllm(['lab', 'down', '--name', name]));

  test('leaves nothing of a whole lab', async () => {
    const lab = await labUp({ name, hosts: ['hx-llm02-server'], ollama: false });
    const octet = octetOf(name);
    expect(traces(name, octet)).not.toEqual([]);
    await lab.down();
    expect(traces(name, octet)).toEqual([]);
    expect(existsSync(labPaths(name).dir)).toBe(false);
    expect((await hxllm(['lab', 'down', '--name', name])).code).toBe(0);
  });

  test('leaves nothing of a lab whose state is gone', async () => {
    await labUp({ name, hosts: ['hx-llm02-server'], ollama: false });
    const octet = octetOf(name);
    writeFileSync(labPaths(name).state, '{"schema":');
    expect((await hxllm(['lab', 'status', '--name', name])).stderr).toContain('lab down');
    expect((await hxllm(['lab', 'down', '--name', name])).code).toBe(0);
    expect(traces(name, octet)).toEqual([]);
  });

  describe('leaves nothing when up was killed', () => {
    // from before anything is made to after the hosts run
    test.each(FULL ? [300, 400, 500, 600, 700, 800, 1000, 1300] : [400, 800])('after %i ms', async (ms) => {
      const words = [
        'lab',
        'up',
        '--name',
        name,
        '--no-ollama',
        '--dir',
        join(labPaths(name).dir, 'inventory'),
      ];
      const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...words], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await sleep(ms);
      const octet = existsSync(labPaths(name).state) ? octetOf(name) : 0;
      child.kill('SIGKILL');
      await ended;
      const { code, stderr } = await hxllm(['lab', 'down', '--name', name]);
      expect([code, stderr.includes('Error')]).toEqual([0, false]);
      await sleep(200); // a host that was just being started when its folder went would show itself now
      if (octet) expect(traces(name, octet)).toEqual([]);
      expect(existsSync(labPaths(name).dir)).toBe(false);
    });
  });
});

describe('two labs', () => {
  let labs: Awaited<ReturnType<typeof labUp>>[] = [];
  beforeAll(async () => {
    const make = (part: string) =>
      labUp({ name: `test-${process.pid}-${part}`, hosts: ['hx-llm01-server'], ollama: false });
    labs = await Promise.all([make('a'), make('b')]);
  });
  afterAll(() => Promise.all(labs.map((lab) => lab.down())));

  test('come up at the same time with networks and services of their own', async () => {
    expect(new Set(labs.map((lab) => lab.address('hx-llm01-server'))).size).toBe(2);
    await labs[0]!.ssh(
      'hx-llm01-server',
      'systemctl stop dbus.socket dbus cron 2>/dev/null; touch /root/first',
    );
    expect((await labs[1]!.ssh('hx-llm01-server', 'systemctl is-active dbus; ls /root')).stdout).toBe(
      'active\n',
    );
  });
});
