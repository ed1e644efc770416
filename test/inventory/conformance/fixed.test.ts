// What random.test.ts once found, kept: each must go on being read as ansible-core reads it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealed } from '../folder.js';
import { type Case, disagreement, Oracle } from './case.js';
import { EXPRESSIONS, VARIABLES } from './found.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
}, 180_000);
afterAll(() => oracle.end());

const agree = async (given: Partial<Case>): Promise<void> => {
  const files = given.files ?? {};
  const whole = { sources: [Object.keys(files)[0]!], patterns: [], passwords: [], files, ...given };
  expect(await disagreement(oracle, whole)).toEqual([]);
};

it('expressions', async () => {
  const own = EXPRESSIONS.map(
    (text, at) => `v${at}: ${JSON.stringify(text)}\nw${at}: ${JSON.stringify(`${text}\n\n`)}\n`,
  );
  await agree({ files: { 'hosts.ini': 'h\n', 'host_vars/h.yml': VARIABLES + own.join('') } });
}, 60_000);

const YAML = ['1.0', '-0', '-.5', '.5', '!!float 3', '!!int "5"', '1e3', '010', '190:20:30', '.inf', 'no'];
it('scalars of YAML', () =>
  agree({
    files: {
      'hosts.ini': 'h\n',
      'host_vars/h.yml': YAML.map((text, at) => `v${at}: ${text}\nw${at}: "x{{ v${at} }}"\n`).join(''),
    },
  }));

const INI = ['1.0', '-5.0', 'set()', '(1, 2)', '{(1, 2)}', '1e5', "{'a': 1.0}", '0x10', '1_0', '{{ f }}'];
it('values of INI', () =>
  agree({
    files: { 'hosts.ini': `h\n[all:vars]\n${INI.map((text, at) => `v${at}=${text}`).join('\n')}\n` },
  }));

it.each<[title: string, files: Record<string, string>, patterns?: string[]]>([
  ['a set of sets, which Python cannot make', { 'hosts.ini': "h x='{{ 5 }}'\n" }],
  ['a colon behind a name', { 'a.ini': 'h: x=1\n' }],
  ['a set of lists', { 'hosts.ini': 'h\n[all:vars]\nx={[1]}\n' }],
  ['children in the order in which they are declared', { 'a.ini': '[p:children]\nb\na\n[a]\nh\n[b]\ni\n' }],
  ['variables of a group that is no group', { 'a.ini': 'h\n[g:vars]\nx=1\n' }],
  ['numbers as names in YAML', { 'a.yml': 'all:\n  hosts:\n    5:\n' }],
  ['numbers in quotes as names in YAML', { 'a.yml': 'all:\n  hosts:\n    "5":\n' }],
  ['a number as a group', { 'a.yml': '5:\n  hosts:\n    h:\n' }],
  ['YAML with nothing but ---', { 'a.yml': '---\n' }],
  ['YAML with nothing but comments', { 'a.yml': '# later\n' }],
  ['a host with the name of a group', { 'a.ini': '[g]\nh\n[i]\ng x=1\n' }, ['g', 'i', 'h,&g']],
  ['an empty list as a file of variables', { 'a.ini': 'h x=1\n', 'host_vars/h.yml': '[]\n' }],
  ['a list as a file of variables', { 'a.ini': 'h x=1\n', 'host_vars/h.yml': '[1]\n' }],
  ['an anchor twice', { 'a.yml': 'all:\n  vars:\n    a: &x 1\n    b: &x 2\n' }],
  ['localhost and its address', { 'a.ini': '127.0.0.1\nb\n' }, ['localhost', '::1', 'b']],
  ['addresses of IPv6', { 'a.ini': '[fe80::1]:22\nfe80::2 x=1\n[db]\ndb\n' }, ['fe80::2', 'db:db[0:0]']],
])('%s', (_, files, patterns = []) => agree({ files, patterns }));

it('a folder of files that are no inventories', () =>
  agree({ files: { 'inv/README.md': 'x\n' }, sources: ['inv'] }));
it('characters of a text in a vault', () =>
  agree({
    files: { 'hosts.ini': 'h x="{{ s[0] ~ s[-1] }}"\n', 'host_vars/h.yml': sealed('s: abc\n'), pw: 'pw' },
    passwords: [['default', 'pw']],
  }));
it('variables beside a list of hosts', () =>
  agree({ files: { 'group_vars/all.yml': 'x: 1\n' }, sources: ['h,i'] }));
