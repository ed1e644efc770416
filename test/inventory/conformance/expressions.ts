// Jinja for a case: expressions by the type that they have, and templates made of them.
import { type Dice, words } from './dice.js';

export type Type = 'string' | 'int' | 'float' | 'bool' | 'list' | 'dict';

/** What an expression may name. */
export interface Names {
  groups: readonly string[];
  hosts: readonly string[];
}

const LITERALS: Record<Type, readonly string[]> = {
  string: ["'a'", "'Ab c'", "'web-01.lan'", "''", "'7'", "'a,b,a'", "'yes'", '"it\'s"', "'é'", "'x/y.gz'"],
  int: ['0', '1', '7', '42', '-3', '1000'],
  float: ['1.0', '2.5', '0.1', '-1.5', '3.0'],
  bool: ['true', 'false', 'True', 'False'],
  list: [
    "['b', 'a', 'b']",
    '[3, 1, 2]',
    '[]',
    "['web1', 'db2']",
    "[['a', 'x'], ['b', 'y']]",
    '[1, [2, [3]]]',
  ],
  dict: ["{'a': 1, 'b': 'x'}", '{}', "{'b': {'c': 2}}", "{'a': [1, 2]}"],
};

/** Variables whose name says which type they mostly have: s1…, n1…. */
export const VARIABLES: Record<Type, readonly string[]> = {
  string: ['s1', 's2', 's3', 's4', 'ansible_user'],
  int: ['n1', 'n2', 'n3', 'ansible_port'],
  float: ['f1', 'f2'],
  bool: ['b1', 'b2'],
  list: ['l1', 'l2', 'l3'],
  dict: ['d1', 'd2', 'd3'],
};

/** S, N, F, B, L, D stand for expressions of these types, P for one of any type, G and H for a group and a host, V and W for variables of type string and dict. No mapping has a key that looks like an integer and another one: hxllm puts it first. */
const FORMS: Record<Type, readonly string[]> = {
  string: words(String.raw`
    S | lower  S | upper  S | title  S | capitalize  S | trim  S | replace('a', 'b')  S ~ N  S ~ F  S + S
    S if B else S  B | ternary('a', 'b')  inventory_hostname  inventory_hostname_short  P | string
    hostvars['H'].V  hostvars['H']['V']  hostvars[inventory_hostname].V  groups['G'] | first  groups['G'][0]
    group_names | join('-')  L | join(',')  L | join  S[0:2]  S[-1]  S[::-1]  S.split('.')[0]  S.upper()
    S | regex_replace('([a-z])([0-9])', '\2\1')  S | regex_replace('^a', 'x')  S | regex_search('[a-z]+')
    S | default('x')  nope | default('x')  nope | default(S)  S | default('x', true)  P | to_json  D.a  D['b']
    D.get('a', 'z')  S | b64encode  S | hash('md5')  S | quote  '%s-%02d' | format(S, N)  P | string | length
    '/srv/a' | basename  '/srv/a' | dirname  S | urlencode  L | first  L | last  S.replace('a', 'o')
    S | string  D.b.c
    (S | split('a'))[0]  S | indent(2)  '{}-{}'.format(S, N)  S | regex_escape  P | to_json(sort_keys=true)
    D | to_nice_json  L | to_json  S * 2  S | truncate(3)  S | center(9)  S | wordcount  S or 'x'  S and 'x'
    'a.b.gz' | splitext | first  L | to_yaml | from_yaml | join  S | sha1  S.title()
    S.strip('a')  S | regex_replace('a', 'b', ignorecase=True)  S | reverse  V
    lookup('vars', 'V')  lookup('env', 'NOPE_X')  S | unique | join  F | string  N | string
    S | replace('a', 'b', 1)  'x' ~ (S if B)  S if B else S if B else S  S | regex_replace('[^\w]', '_')
    S | regex_replace('$', '!')  S | regex_search('(\w)(\w)?', '\2', '\1') | string  L | to_nice_yaml
    D | to_nice_yaml(indent=2)  P | to_yaml  '%5.1f|%05d' % (F, N)  '%s' % P  S[N % 3]  S[::2]  S | trim('a')
    L | join('-', attribute='a')  S | indent(2, true, true)  S.split('a', 1) | join
    S | truncate(5, true, '', 0)  [S, S] | unique | join  S | capitalize | replace('', '-')  P ~ P
    L | groupby(0) | string  S.zfill(N % 9)  D | to_nice_json(indent=1, sort_keys=false)`),
  int: words(`
    N + N  N - N  N * N  N // 3  N % 5  N ** 2  -N  S | length  L | length  S | int  F | int  N | abs  L | sum
    L | max  L | min  groups['G'] | length  '0x1f' | int(base=16)  N | int  nope | default(5)  D | length
    S | int(9)  [N, N] | max  L.index('a')  S.count('a')  N if B else N  L | count  B | int  S.find('a')
    (N, N) | min  hostvars['H'].n1  hostvars['H'].ansible_port | default(22)  [N, N, N] | sum
    range(N % 9) | length  L | unique | length  S.find('a')  1e3  0x1f  1_000  S | regex_findall('w') | length
    [B, B] | select | length  S | list | length  N if B else N if B else N`),
  float: words(`
    N / N  F + N  F * F  S | float  N | float  F | round  F | round(1)  N / 2  F | abs
    7 / 2 | round(0, 'floor')  F | round(0, 'ceil')  F - F  F // 2  F % 2  [F, N] | max  [F, 1] | sum
    N | round(1)  N | pow(2)  N | root`),
  bool: words(`
    N > N  N == F  S == S  S != S  S in L  'a' in S  not B  B and B  B or B  S is defined  nope is defined
    nope is undefined  S is match('a')  S is search('b')  'yes' | bool  'no' | bool  N is odd  N is even
    'G' in groups  'G' in group_names  'H' in groups['G']  S is string  N is number  L is iterable
    D is mapping  P is none  N is divisibleby 3  S is regex('x')  N <= F  S < S  L == L  D == D  1 < N < 9
    'a' not in S  S is not none  N in [1, 7]  B == true  D is defined and 'a' in D  P is string  P is sequence
    P is integer  P is float  P is boolean  S is eq('a')  L is contains('a')  S is in L  F is integer
    N | bool  B | bool  L is subset(L)  L | length > 0  S is version('1.2', '>=')
    '1.10' is version('1.9', '>')  L is all  L is any  P is truthy  P is falsy
    hostvars['H'] is defined  'V' in hostvars['H']  hostvars['H'].V is defined  hostvars.nope is defined
    S is lower  S is upper  S is sameas(S)  P is eq(P)  P in L  P in S  S is search('A', ignorecase=true)
    [P, P] is any  (P if B) is defined  P is subset(L)  L is superset(L)  D is contains('a')  P is sameas P`),
  list: words(`
    L + L  L | unique  L | sort  L | unique | sort  L | map('upper') | list  L | map('string') | list
    L | select('match', 'a') | list  L | reject('equalto', 'a') | list  groups['G']  groups.G  group_names
    L | reverse | list  S.split(',')  S | split(',')  range(3) | list
    ['b'] | union(['a', 'c']) | map('string') | sort  L | difference(L) | map('string') | sort
    L | intersect(L) | map('string') | sort  L | symmetric_difference(L) | map('string') | sort  L | flatten
    L | flatten(1)  L | zip(L) | list
    D | dict2items  D | dict2items | map(attribute='key') | list
    groups['G'] | map('extract', hostvars, 'V') | list
    groups['G'] | map('extract', hostvars) | map(attribute='V') | list  D | list  D.keys() | list
    D.values() | list  D.items() | list  S | list  L[1:]  L[:-1]  L | list  [P, P]  [S, N]
    S | regex_findall('[a-z]')  L | map('default', 'x') | list  L | batch(2) | list  D | dictsort
    L | sort(reverse=true)  L | select | list  L | map('regex_replace', 'a', 'o') | list
    [D, D] | map(attribute='a') | list  [D, D] | selectattr('a', 'defined') | list  L if B else L
    groups.keys() | list  groups | list  groups['all'] | sort  [D] | map(attribute='a', default='-') | list
    L | product(L) | list  nope | default([])  L | slice(2) | list  L | map('length') | list  (P, P)
    hostvars | list  hostvars['H'].l1  groups.values() | list
    groups | dict2items | map(attribute='value') | flatten | unique  L * 2  L | map('int') | list
    L | select('string') | list  L | rejectattr('a', 'defined') | list
    L | zip_longest(L, fillvalue='-') | list  query('vars', 'V')
    ['H'] | map('extract', hostvars, ['d1', 'a']) | list  L | permutations(2) | list
    L | combinations(2) | list  L | groupby(0) | map('last') | list
    [D, D] | groupby('a') | map('first') | list  D | items | list
    [3, 1] | sort  L | batch(2, '-') | list  L | slice(2, '-') | list  L | sort(attribute=0)
    D | dictsort(by='value')  D | dictsort(true, reverse=true)  [D, D] | sort(attribute='a')
    L | unique(case_sensitive=true)  L[::-1]  L[::2]  L | groupby(0) | map('first') | list  [P, P, P] | unique
    (P,)  [P, ] + [P,]  L | flatten(skip_nulls=false)  [D, D] | unique(attribute='a')
    L | select('in', L) | list  L | map('upper') | map('default', '-') | list
    [P, P] | map('ternary', 1, 2) | list  [D, D] | selectattr('a') | list
    [D, D] | rejectattr('a', 'eq', 1) | list  [P] | zip(L, L) | list  [P, P if B] | map('string') | list
    P | list  [S, S] | map('regex_search', 'a') | list  [P, P] | difference([P]) | map('string') | sort
    [P, P] | union([P]) | map('string') | sort  [P, P] | intersect([P]) | map('string') | sort
    L | difference(['a']) | map('string') | sort`),
  dict: words(`
    D | combine(D)  D | combine(D, recursive=true)  D | combine({'z': N})  dict([['k' ~ S, N]])
    {'k': P, 'm': P}
    dict(a=N, b=S)  dict(L | map('regex_replace', '^', 'k') | zip(L))  L | map('string') | zip(L) | items2dict
    D | dict2items | items2dict
    D | combine(D, list_merge='append')  D if B else D  nope | default({})  (D | to_json) | from_json
    (D | to_yaml) | from_yaml  hostvars['H'].d1  [D, D] | combine
    D | dict2items(key_name='n', value_name='v') | first  '{"a": [1, 2.0, null]}' | from_json
    'a: [1, yes]' | from_yaml  D | combine(D, recursive=true, list_merge='append_rp')  dict([['a', N]])  D.b
    dict(groups)  D | combine(D, D)  D | combine(D, recursive=true, list_merge='prepend')
    [D, D, D] | combine(recursive=true)  {'a': P if B, 'b': 1}  {'k' ~ S: P}
    D | combine({'a': P}, recursive=true)  D | to_yaml | from_yaml  D | dictsort | items2dict  {'a': P,}`),
};
const TYPES: readonly Type[] = ['string', 'int', 'float', 'bool', 'list', 'dict'];
const LETTERS: Readonly<Record<string, Type>> = {
  S: 'string',
  N: 'int',
  F: 'float',
  B: 'bool',
  L: 'list',
  D: 'dict',
};

export function expression(dice: Dice, type: Type, names: Names, depth = 2): string {
  if (depth === 0 || dice.chance(0.25)) return dice.pick([...LITERALS[type], ...VARIABLES[type]]);
  // now and then another type than is wanted
  const wanted = dice.chance(0.04) ? dice.pick(TYPES) : type;
  return dice.pick(FORMS[wanted]).replace(/\b[SNFBLDPGHVW]\b/g, (letter) => {
    if (letter === 'G') return dice.pick(names.groups);
    if (letter === 'H') return dice.pick(names.hosts);
    if (letter === 'V') return dice.pick(VARIABLES.string);
    const inner = expression(dice, LETTERS[letter] ?? dice.pick(TYPES), names, depth - 1);
    return /^[\w.]+$|^'[^']*'$/.test(inner) ? inner : `(${inner})`;
  });
}

export function template(dice: Dice, type: Type, names: Names): string {
  const make = (of: Type, depth?: number): string => expression(dice, of, names, depth);
  if (type !== 'string' || dice.chance(0.5))
    return dice.chance(0.9) ? `{{ ${make(type)} }}` : `{{${make(type)}}}`;
  const any = (): string => make(dice.pick(TYPES), 1);
  return dice.pick([
    () => `a{{ ${any()} }}b`,
    () => `v{{ ${make('float', 1)} }}`,
    () => `{{ ${any()} }}-{{ ${any()} }}`,
    () => `{{ ${any()} }}{{ ${any()} }}`,
    () => ` {{ ${any()} }}`,
    () => `{{ ${any()} }} `,
    () => `{% if ${make('bool', 1)} %}${dice.pick(['x', `{{ ${any()} }}`])}{% else %}y{% endif %}`,
    () => `{% if ${make('bool', 1)} %}x{% elif ${make('bool', 1)} %}z{% endif %}`,
    () => `{% for i in ${make('list', 1)} %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}`,
    () => `{%- for i in ${make('list', 1)} -%} {{ loop.index }} {%- endfor -%}`,
    () => `{% for k, v in (${make('dict', 1)}).items() %}{{ k }}={{ v }};{% endfor %}`,
    () => `{% set x = ${any()} %}{{ x }}`,
    () =>
      `{% for i in ${make('list', 1)} if i ${dice.pick(['is string', '!= 1', 'is defined', '== i'])} %}{{ loop.index }}{{ i }}{{ ',' if not loop.last }}{% else %}none{% endfor %}`,
    () =>
      `{% for i in ${make('list', 1)} %}{% for j in ${make('list', 1)} %}{{ i }}{{ j }}{% endfor %}{% endfor %}`,
    () => `a{{ ${any()} if ${make('bool', 1)} }}`,
    () => `{# nothing #}{{ ${any()} }}`,
    () => `{% raw %}{{ a }}{% endraw %}`,
    () => `{{ '{{' }}x`,
    () => `{{- ${any()} -}} x`,
  ])();
}
