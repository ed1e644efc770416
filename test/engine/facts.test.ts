// The probe on a real host: what it reads, and that it never takes "cannot be read" for "is not there".
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeScript, readFacts } from '../../src/engine/facts.js';
import type { Resource } from '../../src/resources/kind.js';
import { Host } from '../resources/host.js';

const ROOT = { owner: 'root', group: 'root' };
const file = (id: string): Resource => ({
  kind: 'file',
  id,
  spec: { content: 'x\n', mode: '0644', ...ROOT },
});
const RESOURCES: Resource[] = [
  { kind: 'packages', id: 'packages', spec: { names: ['bash', 'hx-none'] } },
  { kind: 'user', id: 'daemon', spec: { home: '/' } },
  { kind: 'user', id: 'hx-nobody', spec: { home: '/' } },
  { kind: 'directory', id: '/etc', spec: { mode: '0755', ...ROOT } },
  { kind: 'directory', id: '/opt/none', spec: { mode: '0755', ...ROOT } },
  { kind: 'uv', id: 'uv', spec: { version: '1.2.3', requirements: '' } },
  {
    kind: 'venv',
    id: '/opt/venv',
    spec: { lock: { path: '', sha256: '' }, uvVersion: '', pythons: ['3.11'] },
  },
  file('/etc/there.conf'),
  file('/etc/none.conf'),
  { kind: 'link', id: '/etc/link', spec: { to: 'there.conf' } },
  { kind: 'archive', id: 'app', spec: { into: '/opt', provides: '/bin/sh', elsewhere: [], owns: [] } },
];

let host: Host;
let said: string;
beforeAll(async () => {
  host = await Host.start();
  await host.say('echo x > /etc/there.conf; chmod 0600 /etc/there.conf; ln -s there.conf /etc/link');
  said = (await host.run(probeScript(RESOURCES, [{ name: 'uptime', script: 'echo up; exit 3' }]))).stdout;
});
afterAll(async () => host?.stop());

describe('a probe', () => {
  it('looks at the files of all kinds in one go', () => {
    const script = probeScript([...RESOURCES, { kind: 'generated', id: '/etc/secret', spec: { ...ROOT } }]);
    expect([script.match(/^stat /gm), script.match(/^sha256sum /gm)]).toEqual([['stat '], ['sha256sum ']]);
  });

  it('says which kind could not read its file', () => {
    const denied = said.replace(
      "/etc/none.conf': No such file or directory",
      "/etc/none.conf': Permission denied",
    );
    expect(() => readFacts('web1', denied, RESOURCES)).toThrow(
      "cannot be read: stat: cannot statx '/etc/none.conf'",
    );
  });

  it('reads what is there of every kind, and nothing of what is not', () => {
    const { seen, extra } = readFacts('web1', said, RESOURCES);
    const ids = [...seen].map(([kind, there]) => [kind, [...there.keys()]]);
    expect(Object.fromEntries(ids)).toEqual({
      packages: ['packages'],
      user: ['daemon'],
      directory: ['/etc'],
      archive: ['app'],
      uv: [],
      venv: ['/opt/venv'],
      file: ['/etc/there.conf'],
      link: ['/etc/link'],
    });
    expect(seen.get('file')?.get('/etc/there.conf')).toEqual({
      type: 'regular file',
      mode: '0600',
      ...ROOT,
      same: true,
    });
    expect(extra.get('uptime')).toBe('up\n');
  });

  it('says what is free where, and that nothing is left to do', async () => {
    const { host: facts } = readFacts('web1', said, RESOURCES);
    expect(facts.pending).toEqual([]);
    const avail = async (path: string) =>
      Number(await host.say(`df --output=avail -k ${path} | tail -n 1`)) * 1024;
    expect(facts.free['/opt']).toBe(await avail('/opt'));
    expect(facts.free['/var']! / (await avail('/var'))).toBeCloseTo(1, 1);
    expect(facts).not.toHaveProperty('locked');
    expect(facts).not.toHaveProperty('last');
  });

  it('finds the rows of free space also when a folder is missing', () => {
    const section = '@@hxllm host\nuid 0\nfree 10 /\nfree 20 /usr\n@@hxllm end\n';
    expect(readFacts('web1', section, []).host.free).toEqual({ '/': 10_240, '/usr': 20_480 });
  });

  it('tells what an interrupted run left, the last that ended well, and who holds the lock', async () => {
    await host.say(`mkdir -p /var/lib/hxllm/pending /var/lib/hxllm/records
echo 'restart a.service' > /var/lib/hxllm/pending/1; echo daemon-reload > /var/lib/hxllm/pending/2
cd /var/lib/hxllm/records; echo '{"result":"done"}' | tee 2024 > 2025; echo '{"result":"undone","undone":"boot"}' > 2026`);
    const running = host.open('bash');
    running.stdin.write(
      'exec 8>>/run/hxllm.lock; flock 8; echo "ann@control, deploy" > /run/hxllm.lock; echo; read\n',
    );
    await new Promise((held) => running.stdout.once('data', held));
    const probe = await host.run(probeScript([]));
    running.kill('SIGKILL');
    running.stdin.destroy();
    expect(readFacts('web1', probe.stdout, []).host).toMatchObject({
      pending: ['restart a.service', 'daemon-reload'],
      last: '2025',
      locked: 'ann@control, deploy',
    });
  });

  it('does not run what it reads', async () => {
    await host.say(
      `echo '@@hxllm end' > /etc/evil; printf '\\n@@hxllm kind user\\nhx-nobody\\n' >> /etc/evil`,
    );
    const resources = [...RESOURCES, file('/etc/evil')];
    const { stdout } = await host.run(probeScript(resources));
    expect(readFacts('web1', stdout, resources).seen.get('user')?.has('hx-nobody')).toBe(false);
  });

  it('changes nothing on the host', async () => {
    const look = "find /etc /opt /run /var/lib -newer /etc/.before ! -path '/proc/*' 2>/dev/null; true";
    await host.say('touch /etc/.before');
    await host.run(probeScript(RESOURCES));
    expect(await host.say(look)).toBe('');
  });
});

describe('an answer that is not whole', () => {
  it.each([0.1, 0.3, 0.5, 0.7, 0.9, 0.99])('cut at %d of it is an error', (part) => {
    expect(() => readFacts('web1', said.slice(0, said.length * part), RESOURCES)).toThrow(
      'web1: the probe did not run to its end',
    );
  });

  it('of a script that was cut in its last line has run nothing', async () => {
    const script = probeScript([]);
    const cuts = Array.from({ length: 26 }, (_, i) => host.run(script.slice(0, -2 - i)));
    expect((await Promise.all(cuts)).map(({ stdout }) => stdout).join('')).toBe('');
  });
});

const WHOLE = (section: string) => `@@hxllm host\nuid 0\n${section}@@hxllm end\n`;

it.each([
  ['file', file('/etc/x'), "stat: cannot statx '/etc/x': Input/output error"],
  ['directory', RESOURCES[3]!, "stat: cannot statx '/etc': Permission denied"],
])('a %s that cannot be read is neither absent nor as wanted', (kind, resource, line) => {
  const section = `@@hxllm kind ${kind}\n${line}\n`;
  expect(() => readFacts('web1', WHOLE(section), [resource])).toThrow(
    expect.objectContaining({ code: 'host-failed', message: `web1: ${kind}: cannot be read: ${line}` }),
  );
});

it('who is not root is told so before anything else', () => {
  const section = '@@hxllm host\nuid 1000\n@@hxllm end\n';
  expect(() => readFacts('web1', section, RESOURCES)).toThrow(
    expect.objectContaining({
      code: 'sudo',
      message: 'web1: hxllm must be root on the host, by SSH or through sudo',
      suggestions: ['remove ansible_become=false, or set ansible_user=root'],
    }),
  );
});
