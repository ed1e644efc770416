// Archives on a real host: packed either way, of another version, with another hash, and where others installed it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Resource } from '../../src/resources/kind.js';
import { Host } from './host.js';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(async () => host?.stop());

const pack = (name: string, flag: string, version: string) => {
  const [from, path] = [`${host.folder}/src-${version}`, `${host.folder}/${name}`];
  const make = `umask 022; mkdir -p ${from}/bin ${from}/lib/app/${version}
printf '#!/bin/sh\\necho ${version}\\n' > ${from}/bin/app; chmod 0755 ${from}/bin/app
echo ${version} > ${from}/lib/app/${version}/data; chmod 0644 ${from}/lib/app/${version}/data; ln -sf app ${from}/bin/app-link
chown -R 12345:12345 ${from}; tar -C ${from} ${flag} -cf ${path} ./bin ./lib`;
  execFileSync('sh', ['-c', make]);
  return { location: path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
};
const archive = (id: string, source?: { location: string; sha256: string }): Resource => ({
  kind: 'archive',
  id,
  spec: {
    ...(source ? { source } : {}),
    into: `/opt/${id}`,
    provides: `/opt/${id}/bin/app`,
    elsewhere: [`/opt/${id}-elsewhere/app`],
    owns: ['lib/app'],
  },
});
/** What the upload does before the apply. */
const arrive = async ({ location, sha256 }: { location: string; sha256: string }) =>
  host.say(`mkdir -p /var/lib/hxllm/uploads; cp ${location} /var/lib/hxllm/uploads/${sha256}`);

it.each([
  ['gzip', 'a.tar.gz', '-z'],
  ['zstd', 'a.tar.zst', '--zstd'],
])(
  'an archive packed with %s is unpacked; folders that were there keep their mode',
  async (name, file, flag) => {
    const source = pack(file, flag, 'v1');
    await arrive(source);
    await host.say(
      `mkdir -p /opt/${name}/bin; chmod 0751 /opt/${name}; chmod 0771 /opt/${name}/bin; chown daemon:daemon /opt/${name}/bin; touch -d 2001-01-01 /opt/${name}`,
    );
    const [change] = await host.converge([archive(name, source)]);
    expect(change).toMatchObject({
      action: 'create',
      reasons: ['is missing'],
      uploads: [{ local: source.location, remote: `/var/lib/hxllm/uploads/${source.sha256}` }],
    });
    expect(
      await host.say(
        `cd /opt/${name}; ./bin/app-link; stat -c '%a %U:%G %n' . bin bin/app lib/app/v1/data; ls -A . /var/lib/hxllm/uploads`,
      ),
    ).toBe(
      `v1
751 root:root .
771 daemon:daemon bin
755 root:root bin/app
644 root:root lib/app/v1/data
.:
bin
lib

/var/lib/hxllm/uploads:
`,
    );
  },
);

it('an archive of another version takes the place of the old one', async () => {
  const source = pack('b.tar.gz', '-z', 'v2');
  await arrive(source);
  const [change] = await host.converge([archive('gzip', source)]);
  expect(change).toMatchObject({ action: 'update', reasons: ['another version is installed'] });
  expect(await host.say('/opt/gzip/bin/app; ls /opt/gzip/lib/app')).toBe('v2\nv2\n');
});

it('an archive with another hash is not unpacked, and does not stay', async () => {
  const source = { ...pack('c.tar.gz', '-z', 'v3'), sha256: 'f'.repeat(64) };
  await arrive(source);
  await host.say('mkdir -p /opt/wrong');
  const { changes } = await host.plan([archive('wrong', source)]);
  const { code, stdout } = await host.apply(changes[0]!);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^the archive is not the one that wrong_sha256 names: its SHA-256 is [0-9a-f]{64}\n$/,
  );
  expect(await host.say('ls -A /opt/wrong /var/lib/hxllm/uploads')).not.toMatch(/app|f{64}/);
});

it('an archive that did not arrive is an error', async () => {
  const { changes } = await host.plan([archive('lost', { location: '/x.tgz', sha256: 'e'.repeat(64) })]);
  expect(await host.apply(changes[0]!)).toMatchObject({ code: 1, stdout: 'the archive did not arrive\n' });
});

it('an archive is not needed where somebody else installed it', async () => {
  await host.say('mkdir /opt/theirs-elsewhere; cp /bin/true /opt/theirs-elsewhere/app');
  const { changes } = await host.plan([archive('theirs', { location: '/x.tgz', sha256: 'e'.repeat(64) })]);
  expect(changes).toEqual([]);
});

it('an archive that is not named must be there already', async () => {
  expect((await host.plan([archive('unnamed')])).refused).toEqual([
    {
      message: 'no unnamed on the host and no archive to install',
      hint: 'set unnamed_archive and unnamed_sha256, or install unnamed yourself',
    },
  ]);
});
