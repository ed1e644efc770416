// What random.test.ts once found, kept: each must go on being read as ansible-core reads it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Case, disagreement, Oracle } from './case.js';

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

/** Each a variable of its own beside these: `f` 1.0, `n` 5, `zero` 0, `s` 'Ab c', `l`, `d`, `u` and `lu`, which are undefined, `hard`, which is an error, and `own`, which refers to itself. */
const EXPRESSIONS = `
v{{ 1.0 }}
v{{ f }}
v{{ f // 2 }}
{{ -zero }}
{{ zero * -3 }}
{{ '{"a": [1, 2.0, null]}' | from_json }}x
{{ n | pow(2) }}
{{ n | root(1) }}
{{ (n / 2) | round }}
{{ 2.5 | round(0, 'ceil') }}
{{ -0.5 | round(0, 'ceil') }}
{{ '0x1f' | int(base=16) }}
{{ 'yes please' | bool }}
{{ 'x/y.gz' | title }}
{{ "it's" | title }}
{{ 'archive.tar.gz' | splitext }}
{{ 'a longer text than that' | truncate(12) }}
{{ s | center(9) }}|
{{ d | urlencode }}
{{ l | max }}
{{ [1, 2, 3] | combinations(2) | list }}
{{ l | slice(2) | list }}
{{ l | zip(l) | list }}x
{{ l | zip(l) | list | string }}
{{ (1, 2) ~ '' }}
{{ (1, 2) == [1, 2] }}
{{ (1, 2) + [3] }}
{{ dict([['a', 1]]) }}
{{ dict([[['a'], 1]]) }}
{{ d | combine({'l': [9]}, list_merge='append_rp') }}
{{ none | combine({'a': 1}) }}
{{ 'abc' | split(none) }}
{{ 3 | split('a') }}
{{ zero | map('upper') | list }}
{{ n is divisibleby 5 }}
{{ not n is divisibleby 5 }}
{{ n + 1 is odd }}
{{ [true, n] is all }}
{{ '1.10' is version('1.9', '>') }}
{{ [[1]] is subset([[1]]) }}
{{ range(none) | list }}
{{ range(f) | list }}
{{ u is defined }}
{{ u | default('x') }}
{{ (u | upper) | default('x') }}
{{ (u + 1) | default('x') }}
{{ u() | default('x') }}
{{ lu | length }}
{{ lu[1] }}
{{ lu[0] | default('x') }}
{{ lu | list | first }}
{{ lu | default('x') }}
{{ (lu | join) | default('x') }}
{{ [u] | map('default', 'x') | list }}
{{ {'a': u}.a | default(3) }}
{{ [{}] | map(attribute='a') | list }}
{{ [u] | map(attribute='a', default='-') | list }}
{{ lookup('vars', 'nope') | default('x') }}
{{ query('vars', 'nope') | length }}
{{ lookup('vars', 'n', 's') }}
{{ ('inf' | float) | int }}
{{ ('nan' | float) | int }}
{{ 'inf' | int }}
{{ [{}] | map('dict') | list }}
{{ dict([[u, 1]]) | default('x') }}
{{ {'b': 'é', 'a': [1, 2.0, none, {}, []]} | to_nice_json }}
{{ {'b': 'é', 'a': 1} | to_nice_json(indent=2, sort_keys=false, ensure_ascii=false) }}
{{ {'b': 'é', 'a': 2.0} | to_json(indent=1, sort_keys=true) }}
{{ d[0:1] }}
{{ u in [] }}
{{ l['a':1] }}
{{ l[none:1] }}
{{ [l[u:], 1] | last }}
{{ [u[0:1], 1] | last }}
{{ "a\tb\n-é" | regex_escape }}
{{ ['a', 'A', 'b'] | sort(reverse=true) }}
{{ 'aAb' | unique | join }}
{{ [['a'], ['A'], 'a', 'A', 'a'] | unique }}
{{ ['a', 'A'] | unique(case_sensitive=true) }}
{{ [{'a': 'x'}, {'a': 'X', 'b': 2}] | unique(attribute='a') }}
{{ ['ab'] | difference('abc') }}
{{ [['ab']] | difference('abc') }}
{{ ['ab', ['c']] | union('c') }}
{{ ['ab', ['c'], 'c'] | intersect('abc') }}
{{ [[1], 2] | symmetric_difference([2, 3]) }}
{{ 5 in 'abc5' }}
{{ 'abc' is contains(5) }}
{{ '%s' % {'a': 1} }}
{{ 'x' % {'a': 1} }}
{{ '%s' % [1] }}
{{ '%s' | format({'a': 1}) }}
{{ hostvars['localhost'].inventory_hostname }}
{{ hostvars['::1'].ansible_connection }}
{{ 'localhost' in hostvars }}
{{ {'a': [1, 1], 'b': 2} | combine({'a': [1, 1], 'b': 2}, list_merge='append') }}
{{ {'a': {'b': [1]}, 'b': 2} | combine({'a': {'b': [1]}}, recursive=true, list_merge='append') }}
{{ {'a': [1]} | combine({'a': 'x'}, {'a': [3]}, list_merge='append') }}
{{ 'x' | combine }}
{{ [hard, 1] | last }}
{{ hard is defined }}
{{ hard | default('z') }}
{{ [hard | default('z'), 1] | last }}
{{ [hard is defined, 1] | last }}
{{ [hard] | map(attribute='a', default='z') | list }}
{{ [[hard]] | map(attribute=0, default='z') | list }}
{{ [hard, 1] | map('default', 3) | last }}
{{ {'a': hard}.keys() | list }}
{{ true | ternary(1, hard) }}
{{ [hard == 1, 1] | last }}
{{ [u[hard], 1] | last }}
{{ [d[u], 1] | last }}
{{ [hostvars['h'].hard, 1] | last }}
{{ ['x' | combine('y'), 1] | last }}
{{ ['x' is match('['), 1] | last }}
{{ [[1].index(5), 1] | last }}
{{ [u(1/0), 1] | last }}
{{ [5(), 1] | last }}
{{ [own, 1] | last }}
{{ lu | reverse | length }}
{% for i in [1, 2, 3] if i > 1 %}{{ loop.index }}{{ i }}{% endfor %}x
{% if false %}{% for i in [1] if true else [] %}{{ i }}{% endfor %}{% endif %}x
{% for i in ([1, 2] if true else []) %}{{ i }}{% endfor %}x
{% for i in [1] if i > 1 %}{{ i }}{% else %}none{% endfor %}x
{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}x
{{ [u] | zip([]) | list }}
{{ [] | zip([u]) | list }}
{{ [1, u] | zip([2]) | list }}
{{ 1500.0 | to_yaml | from_yaml }}x
{{ {'a': 1500.0, 'b': 0.00001} | to_nice_yaml }}
{{ ('nan' | float) and 'x' }}
{{ ('nan' | float) | round(0, 'ceil') }}
{{ ('inf' | float) | round(0, 'floor') }}
{{ ('inf' | float) | round }}x
{{ ('nan' | float) | round(-1) }}x
{{ ['solo', 'UP', 'Sa', 'ua'] | groupby(0) }}
{{ ['solo', 'UP', 'Sa', 'ua'] | groupby(0, case_sensitive=true) }}
{{ ([{'a': 'X'}, {'a': 'x'}] | groupby('a') | first).grouper }}
x{{ [[1, (1, 2)]] | groupby(0) }}
{{ ['a'] | groupby(0) | to_yaml }}
{{ hostvars['h'].null_one }}
{{ hostvars['h'].through_hostvars | default('none') }}
{{ 'a' ~ n is string }}
{% raw %}{{ a }}{% endraw %}
`
  .trim()
  .split('\n');

it('expressions', async () => {
  const own = EXPRESSIONS.map(
    (text, at) => `v${at}: ${JSON.stringify(text)}\nw${at}: ${JSON.stringify(`${text}\n\n`)}\n`,
  );
  const variables = `f: 1.0\nn: 5\nzero: 0\ns: Ab c\nl: [b, A, c]\nd: {l: [1, 9], k: 'a b'}\nu: "{{ nope }}"\nlu: ["{{ nope }}", 1]
hard: "{{ 1 / 0 }}"\nown: "{{ [own, 1] | last }}"\nnull_one:\nthrough_hostvars: "{{ hostvars['h'].n }}"\n`;
  await agree({ files: { 'hosts.ini': 'h\n', 'host_vars/h.yml': variables + own.join('') } });
});

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
it('variables beside a list of hosts', () =>
  agree({ files: { 'group_vars/all.yml': 'x: 1\n' }, sources: ['h,i'] }));
