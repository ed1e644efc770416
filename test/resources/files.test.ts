// Files, directories, links and secrets on a real host: made as asked, then nothing is left to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource } from '../../src/resources/kind.js';
import { Host } from './host.js';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(async () => host?.stop());

const ROOT = { owner: 'root', group: 'root' };
const file = (id: string, content: string, more = {}): Resource => ({
  kind: 'file',
  id,
  spec: { content, mode: '0640', ...ROOT, ...more },
});
const directory = (id: string, mode = '0755'): Resource => ({
  kind: 'directory',
  id,
  spec: { mode, ...ROOT },
});
const link = (id: string, to: string): Resource => ({ kind: 'link', id, spec: { to } });
const secret = (id: string): Resource => ({
  kind: 'generated',
  id,
  spec: { prefix: 'KEY=sk-', mode: '0600', ...ROOT },
});

const CONTENTS: Record<string, string> = {
  'one line': 'a: 1\n',
  'nothing at all': '',
  'no newline at its end': 'a: 1',
  'many newlines at its end': 'a: 1\n\n\n',
  'both quotes': `it's "so" ''' """\n`,
  'what a shell would expand': '$HOME ${x} $(id) `id` !! ~ * ? {a,b} \\$ \\\\ \\\n',
  'what printf would expand': '%s %d %% \\n \\x41 \\0\n',
  'blanks and carriage returns': ' \t leading, trailing \t \r\nnext\r\n',
  'other scripts': 'ünïcödé 漢字 \u{1f600} \u0301\n',
  'words of our own scripts': '@@hxllm end\n@@ done\nFOLDER/x --links--\nEOF\n}\n',
  '200 kB': Array.from({ length: 4000 }, (_, i) => `line ${i}: it's $${i} "\\" ünï — 0123456789\n`).join(''),
};

describe('file', () => {
  it.each(Object.entries(CONTENTS))('holds %s, to the byte', async (name, content) => {
    const path = `/etc/hx ${name}.conf`.replaceAll(' ', '-');
    const [change] = await host.converge([file(path, content)]);
    expect(change).toMatchObject({ action: 'create', reasons: ['is missing'] });
    expect(await host.say(`cat ${path}; stat -c '|%a %U:%G' ${path}`)).toBe(`${content}|640 root:root\n`);
  });

  it('of many is read with its own content and mode', async () => {
    const all = Object.values(CONTENTS).map((content, i) => file(`/etc/many-${i}`, content));
    expect(await host.converge(all)).toHaveLength(all.length);
    await host.say('echo more >> /etc/many-3; chmod 0777 /etc/many-5');
    const { changes } = await host.plan(all);
    expect(changes.map((c) => [c.title, c.reasons])).toEqual([
      ['file /etc/many-3', ['content differs']],
      ['file /etc/many-5', ['mode 0777 → 0640']],
    ]);
    expect(changes[0]?.texts).toEqual([
      { path: '/etc/many-3', before: 'a: 1\n\n\nmore\n', after: 'a: 1\n\n\n' },
    ]);
  });

  it('that is secret is never shown, not even the old text', async () => {
    await host.say('echo old-password > /etc/secret.env');
    const [change] = await host.converge([file('/etc/secret.env', 'new-password\n', { secret: true })]);
    expect(change?.reasons).toContain('content differs');
    expect(JSON.stringify({ ...change, resource: undefined })).not.toContain('password');
  });

  it('that its program does not accept never gets its name', async () => {
    const resource = file('/etc/valid.conf', 'bad\n', { validate: 'grep -q good "$new"' });
    await host.say('echo good > /etc/valid.conf');
    const [change] = (await host.plan([resource])).changes;
    expect((await host.apply(change!)).code).toBe(1);
    expect(await host.say('cat /etc/valid.conf')).toBe('good\n');
    const better = file('/etc/valid.conf', 'good too\n', { validate: 'grep -q good "$new"' });
    expect(await host.converge([better])).toHaveLength(1);
  });

  it('takes the place of a link, and what the link pointed at stays as it was', async () => {
    await host.say('echo theirs > /etc/theirs.conf; ln -s theirs.conf /etc/linked.conf');
    await host.converge([file('/etc/linked.conf', 'ours\n')]);
    expect(await host.say('cat /etc/theirs.conf /etc/linked.conf')).toBe('theirs\nours\n');
  });

  it('where a directory is stops before anything is touched', async () => {
    await host.say('mkdir -m 0640 /etc/a-directory');
    const { refused } = await host.plan([file('/etc/a-directory', 'x\n')]);
    expect(refused).toEqual([
      {
        message: '/etc/a-directory is a directory, not a file',
        hint: 'move it away on the host: mv /etc/a-directory /etc/a-directory.old',
      },
    ]);
  });

  it.each([
    ['has no readable content', '/proc/self/mem'],
    ['lies where nobody may look', `/etc/${'x'.repeat(300)}`],
  ])('that %s is an error, neither absent nor as wanted', async (_, path) => {
    await expect(host.plan([file(path, 'x\n')])).rejects.toMatchObject({ code: 'host-failed' });
  });

  it('below something that is no directory is absent', async () => {
    await host.say('echo > /etc/plain');
    expect((await host.plan([file('/etc/plain/x', 'x\n')])).changes[0]?.action).toBe('create');
  });
});

describe('directory', () => {
  it('is made with its parents, mode and owner', async () => {
    await host.converge([directory('/opt/a/b', '0750')]);
    expect(await host.say('stat -c "%a %U:%G" /opt/a /opt/a/b')).toBe('755 root:root\n750 root:root\n');
  });

  it('that is there only gets mode and owner back; what is in it stays', async () => {
    await host.say('mkdir -m 0700 /opt/c; chown 1:1 /opt/c; echo x > /opt/c/x');
    const [change] = await host.converge([directory('/opt/c')]);
    expect(change).toMatchObject({
      action: 'update',
      reasons: ['mode 0700 → 0755', 'owner daemon:daemon → root:root'],
    });
    expect(await host.say('cat /opt/c/x')).toBe('x\n');
  });

  it('where a file is stops before anything is touched', async () => {
    await host.say('echo x > /opt/file');
    expect((await host.plan([directory('/opt/file')])).refused).toEqual([
      {
        message: '/opt/file is a regular file, not a directory',
        hint: 'move it away on the host: mv /opt/file /opt/file.old',
      },
    ]);
  });
});

it('the first text of somebody else that matters is kept beside a file', async () => {
  const ours = { mark: '# Written by hxllm', matters: /^listen\s/m, hint: '' };
  const write = async (text: string) => {
    await host.say(`printf '${text}\n' > /opt/proxy.cfg`);
    await host.converge([file('/opt/proxy.cfg', '# Written by hxllm.\n', { keep: true, ours })]);
    return host.say('cat /opt/proxy.cfg.before-hxllm');
  };
  expect(await write('global')).toBe('global\n');
  expect(await write('# Written by hxllm, older.')).toBe('global\n');
  expect(await write('listen theirs')).toBe('listen theirs\n');
  expect(await write('listen later')).toBe('listen theirs\n');
});

describe('link', () => {
  it.each([
    ['is made', 'true', 'create', '→ target'],
    ['to somewhere else is switched', 'ln -s other PATH', 'update', 'other → target'],
    [
      'takes the place of a plain file',
      'echo x > PATH',
      'update',
      'a plain file, kept as PATH.before-hxllm, → target',
    ],
    ['that leads nowhere is seen', 'ln -s /nowhere PATH', 'update', '/nowhere → target'],
  ])('%s', async (name, prepare, action, reason) => {
    const path = `/opt/link-${name.replaceAll(' ', '-')}`;
    await host.say(prepare.replace('PATH', path));
    const [change] = await host.converge([link(path, 'target')]);
    expect(change).toMatchObject({ action, reasons: [reason.replace('PATH', path)] });
    expect(await host.say(`readlink ${path}`)).toBe('target\n');
  });

  it('a plain file that it replaces lies beside it, the first one for ever', async () => {
    await host.say('echo theirs > /opt/plain');
    await host.converge([link('/opt/plain', 'target')]);
    await host.say('rm /opt/plain; echo later > /opt/plain');
    await host.converge([link('/opt/plain', 'target')]);
    expect(await host.say('cat /opt/plain.before-hxllm')).toBe('theirs\n');
  });

  it('to a folder is switched itself, nothing is put into the folder', async () => {
    await host.say('mkdir /opt/r1 /opt/r2; ln -s r1 /opt/current');
    await host.converge([link('/opt/current', 'r2')]);
    expect(await host.say('readlink /opt/current; ls -A /opt/r1 /opt/r2')).toBe('r2\n/opt/r1:\n\n/opt/r2:\n');
  });
});

it('a link is made with the folder that it lies in', async () => {
  await host.converge([link('/opt/new-folder/link', '/opt/target')]);
  expect(await host.say('readlink /opt/new-folder/link; stat -c %a /opt/new-folder')).toBe(
    '/opt/target\n755\n',
  );
});

describe('generated', () => {
  it('is random, made once, and never changed again', async () => {
    await host.converge([secret('/etc/one.env'), secret('/etc/two.env')]);
    const [one, two] = (await host.say('cat /etc/one.env /etc/two.env')).trim().split('\n');
    expect(one).toMatch(/^KEY=sk-[0-9a-f]{64}$/);
    expect(two).toMatch(/^KEY=sk-[0-9a-f]{64}$/);
    expect(one).not.toBe(two);
    await host.say('chmod 0644 /etc/one.env');
    const [change] = await host.converge([secret('/etc/one.env')]);
    expect(change).toMatchObject({ action: 'update', reasons: ['mode 0644 → 0600'] });
    expect(await host.say('cat /etc/one.env; stat -c %a /etc/one.env')).toBe(`${one}\n600\n`);
  });
});
