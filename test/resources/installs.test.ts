// Releases, units, users and packages on a real host: made as asked, then nothing is left to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, Resource } from '../../src/resources/kind.js';
import type { ReleaseSpec } from '../../src/resources/release.js';
import { Host } from './host.js';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(async () => host?.stop());

describe('release', () => {
  const root = '/opt/app';
  const release = (files: Record<string, string>, venv = '/opt/venvs/one'): Resource => ({
    kind: 'release',
    id: 'app',
    spec: {
      root,
      group: 'daemon',
      files: Object.fromEntries(
        Object.entries(files).map(([name, content]) => [
          name,
          { content, mode: '0640', owner: 'root', group: 'daemon', secret: name.endsWith('.env') },
        ]),
      ),
      links: { venv },
    },
  });
  const first = { 'config.yaml': `a: 1 # FOLDER/x "'$HOME\\ \n`, 'app.env': 'KEY=secret-of-the-app\n' };

  /** What the switch of a service does when the staged release is proven. */
  const SWITCH = `cd ${root}; [ "$(readlink next)" = "$(readlink current)" ] || mv -fT next current`;
  const serve = (files: Record<string, string>, id: string, venv?: string) =>
    host.converge([release(files, venv)], id, SWITCH);

  it('is staged in a folder of its own: `next` leads to it', async () => {
    const [change] = (await host.plan([release(first)])).changes;
    expect(change).toMatchObject({ action: 'create', reasons: ['first release'] });
    expect(await host.apply(change!, '01-first')).toMatchObject({ code: 0, stdout: '' });
    expect(await host.say(`cat ${root}/next/config.yaml; ls ${root}`)).toBe(
      `${first['config.yaml']}next\nreleases\n`,
    );
    expect(
      await host.say(
        `cd ${root}; readlink next next/venv; stat -c '%a %U:%G %n' releases releases/* next/*.*`,
      ),
    ).toBe(
      `releases/01-first
/opt/venvs/one
755 root:root releases
750 root:daemon releases/01-first
640 root:daemon next/app.env
640 root:daemon next/config.yaml
`,
    );
  });

  it('that only was staged is still to be made; one that serves is not', async () => {
    expect((await host.plan([release(first)])).changes).toHaveLength(1);
    await host.say(SWITCH);
    expect((await host.plan([release(first)])).changes).toEqual([]);
  });

  it('that changes in one file is a new folder; the old one stays whole, and serves until the switch', async () => {
    const changed = release({ ...first, 'config.yaml': 'a: 2\n' });
    const [change] = (await host.plan([changed])).changes;
    expect(change).toMatchObject({ action: 'update', reasons: ['config.yaml differs'] });
    expect(change?.texts).toEqual([
      { path: `${root}/current/config.yaml`, before: first['config.yaml'], after: 'a: 2\n' },
    ]);
    await host.apply(change!, '02-second');
    expect(await host.say(`cat ${root}/releases/*/config.yaml; readlink ${root}/current ${root}/next`)).toBe(
      `${first['config.yaml']}a: 2\nreleases/01-first\nreleases/02-second\n`,
    );
    await host.say(SWITCH);
    expect((await host.plan([changed])).changes).toEqual([]);
  });

  it('says what differs, and shows no secret', async () => {
    await host.say(`cd ${root}/current; rm config.yaml; echo KEY=other-secret > app.env; chmod 0644 app.env`);
    const [change] = await serve(first, '03-third', '/opt/venvs/two');
    expect(change?.reasons).toEqual([
      'config.yaml is missing',
      'app.env differs',
      'app.env: mode 0644 → 0640',
      'venv /opt/venvs/one → /opt/venvs/two',
    ]);
    expect(JSON.stringify({ ...change, resource: undefined })).not.toContain('secret');
  });

  it('that is older and there is staged as it is', async () => {
    const again = release(first);
    const change = { resource: { ...again, spec: { ...(again.spec as object), older: '01-first' } } };
    expect(await host.apply(change as Change, '04')).toMatchObject({ code: 0 });
    expect(await host.say(`cd ${root}; readlink next; ls releases; rm next`)).toBe(
      'releases/01-first\n01-first\n02-second\n03-third\n',
    );
  });

  it('has files that are no reason for a new one', async () => {
    const aside = (content: string): Resource => {
      const { spec, ...rest } = release({ ...first, 'aside.cfg': content }, '/opt/venvs/two');
      const files = (spec as ReleaseSpec).files;
      return {
        ...rest,
        spec: {
          ...(spec as ReleaseSpec),
          files: { ...files, 'aside.cfg': { ...files['aside.cfg']!, aside: true } },
        },
      };
    };
    expect((await host.plan([aside('one')])).changes).toEqual([]);
    await host.say(`echo b > ${root}/current/config.yaml`);
    await host.converge([aside('one')], '05', SWITCH);
    expect(await host.say(`cat ${root}/current/aside.cfg`)).toBe('one');
    expect((await host.plan([aside('two')])).changes).toEqual([]);
  });

  it('of a run that died is begun anew', async () => {
    await host.say(`mkdir ${root}/releases/09; echo half > ${root}/releases/09/half`);
    await serve({ ...first, 'config.yaml': 'a: 9\n' }, '09');
    expect(await host.say(`ls ${root}/current`)).toBe('app.env\nconfig.yaml\nvenv\n');
  });
});

describe('unit', () => {
  const OURS = '# Written by hxllm.\n[Service]\nExecStart=/bin/true\n';
  const DROP_IN = '# Written by hxllm for others.\n[Service]\nEnvironment=A=1\n';
  const unit = (id: string): Resource => ({ kind: 'unit', id, spec: { content: OURS, foreign: DROP_IN } });

  it('that nobody has is written; one of ours is kept as it should be', async () => {
    const [made] = await host.converge([unit('hx-one.service')]);
    expect(made).toMatchObject({ action: 'create', title: 'unit /etc/systemd/system/hx-one.service' });
    await host.say('cd /etc/systemd/system; echo "# more" >> hx-one.service; chmod 0600 hx-one.service');
    const [again] = await host.converge([unit('hx-one.service')]);
    expect(again).toMatchObject({ action: 'update', reasons: ['content differs'] });
    expect(again?.texts?.[0]?.before).toBe(`${OURS}# more\n# mode 600 root:root\n`);
  });

  it('of somebody else is completed by a drop-in, and stays', async () => {
    await host.say('echo "# theirs" > /etc/systemd/system/hx-two.service');
    const [change] = await host.converge([unit('hx-two.service')]);
    expect(change?.reasons).toEqual([
      "/etc/systemd/system/hx-two.service is somebody else's: a drop-in completes it",
    ]);
    expect(
      await host.say(
        'cd /etc/systemd/system; cat hx-two.service hx-two.service.d/hxllm.conf; stat -c %a hx-two.service.d',
      ),
    ).toBe(`# theirs\n${DROP_IN}755\n`);
  });

  it('in /run goes before nothing in /etc', async () => {
    await host.say('mkdir -p /run/systemd/system; echo "# theirs" > /run/systemd/system/hx-three.service');
    const [change] = await host.converge([unit('hx-three.service')]);
    expect(change?.title).toBe('unit /etc/systemd/system/hx-three.service.d/hxllm.conf');
  });
});

describe('user', () => {
  const user = (id: string, joins: string[] = []): Resource => ({
    kind: 'user',
    id,
    spec: { home: `/var/lib/${id}`, joins },
  });

  it('is a system user without a shell, in those groups that the host has', async () => {
    await host.converge([user('hxone', ['video', 'hx-no-such-group'])]);
    expect(await host.say('getent passwd hxone | cut -d: -f6,7; id -nG hxone')).toBe(
      '/var/lib/hxone:/usr/sbin/nologin\nhxone video\n',
    );
    expect(Number(await host.say('id -u hxone'))).toBeLessThan(1000);
  });

  it('joins the group of its name when that is there already', async () => {
    await host.say('groupadd --system hxtwo');
    await host.converge([user('hxtwo')]);
    expect(await host.say('id -ng hxtwo')).toBe('hxtwo\n');
  });
});

describe('packages', () => {
  it('that are there are seen, also without an apt run', async () => {
    const resource: Resource = {
      kind: 'packages',
      id: 'packages',
      spec: { names: ['bash', 'dash', 'hx-none'] },
    };
    const { changes } = await host.plan([resource]);
    expect(changes.map((c) => c.reasons)).toEqual([['missing: hx-none']]);
  });
});
