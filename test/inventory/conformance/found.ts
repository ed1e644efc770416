// Expressions about which hxllm and Ansible once disagreed, and the variables that they name.
import { TEXTS } from './found-texts.js';

export const VARIABLES = `f: 1.0\nn: 5\nzero: 0\ns: Ab c\nl: [b, A, c]\nd: {l: [1, 9], k: 'a b'}\nu: "{{ nope }}"\nlu: ["{{ nope }}", 1]
hard: "{{ 1 / 0 }}"\nown: "{{ [own, 1] | last }}"\npart: "{{ {'a': 1 if false} }}"\nnull_one:\nthrough_hostvars: "{{ hostvars['h'].n }}"\n`;

/** Each a variable of its own beside these: `f` 1.0, `n` 5, `zero` 0, `s` 'Ab c', `l`, `d`, `u` and `lu`, which are undefined, `hard`, which is an error, `part`, an item of which has no value, and `own`, which refers to itself. */
export const EXPRESSIONS = `
v{{ 1.0 }}
v{{ f }}
v{{ f // 2 }}
{{ -zero }}
{{ zero * -3 }}
{{ n | pow(2) }}
{{ n | root(1) }}
{{ '0x1f' | int(base=16) }}
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
{{ zero | map('upper') | list }}
{{ n is divisibleby 5 }}
{{ not n is divisibleby 5 }}
{{ n + 1 is odd }}
{{ [true, n] is all }}
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
{{ d[0:1] }}
{{ u in [] }}
{{ u is in [] }}
{{ u is iterable }}
{{ [u] is iterable }}
{{ 'a' is eq(u) }}
{{ l['a':1] }}
{{ l[none:1] }}
{{ [l[u:], 1] | last }}
{{ [u[0:1], 1] | last }}
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
{{ ('nan' | float) and 'x' }}
{{ ['solo', 'UP', 'Sa', 'ua'] | groupby(0) }}
{{ ['solo', 'UP', 'Sa', 'ua'] | groupby(0, case_sensitive=true) }}
{{ ([{'a': 'X'}, {'a': 'x'}] | groupby('a') | first).grouper }}
x{{ [[1, (1, 2)]] | groupby(0) }}
{{ {'b': 1, 'B': 0, 'a': 5} | dictsort(by='value') }}
{{ {'b': 1, 'B': 0, 'a': 5} | dictsort(true, reverse=true) }}
{{ {'b': 1, 'B': 0, 'a': 5} | dictsort(by='nope') }}
{{ [1, 2, 3, 4] | batch(3, 'x') | list }}
{{ [1, 2, 3] | slice(slices=2, fill_with='x') | list }}
{{ [{'a': 'x', 'b': 2}, {'a': 'x', 'b': 1}] | sort(attribute='a,b') }}
{{ [{'a': 2}, {'a': 1}] | max(attribute='a') }}
{{ ['b', 'A'] | min(case_sensitive=true) }}
{{ [1, [2, [none, 3]]] | flatten(skip_nulls=false) }}
{{ nope | mandatory | default('x') }}
{{ ','.join([1, 2]) }}
x{{ 'a' if false }}
{{ 'a' if false }}
{{ ['a' if false, 'b'] | join(',') }}
{{ ('a' if false) ~ 'b' }}
{{ ('a' if false) | default('z') }}
{{ ('a' if false) == '' or ('a' if false) is defined }}
{{ ('a' if false).b | default('x') }}
{% for i in range(3) %}{{ i }}{{ ',' if not loop.last }}{% endfor %}
{{ 1e3 + 1_000 + 0x1f + 0b11 + 1.5e-3 }}
{{ 1e3 | string }}
{{ 5a }}
{{ l.0 ~ d.l.1 }}
{{ ('a',) ~ '' }}
{{ ['a' , ] + [{'a': 1,}, ('a', 'b',)] }}
{{ [1,,2] }}
{{ range(3,) | list | batch(2,) | list }}
{{ range(3 4) | list }}
{{ range(,) | list }}
{{ dict(a=1, b=2,) }}
{{ [1) }}
{{ [,] }}
{{ {'a' ~ 'b': 1} }}
{{ {'a'} }}
{{ l[:] + l[::2] + l[:1] + l[1:2:1] + l[:2:] + l[::-1] }}
{{ l[1:2:1:1] }}
{{ l[1 if true else 0] }}
{{ [1:2] }}
{{ 1 if false else 2 if false else 3 }}
{{ 1 if true if false else 3 }}
{{ [] | difference(3) }}
{{ [1] | difference(3) }}
{{ [] | union(3) }}
{{ 'abc'.startswith(('x', 'a')) }}
{{ '-5'.zfill(4) }}
{{ d.get('nope', default='z') }}
{{ 1 is sameas 1.0 or true is sameas 1 or [] is sameas [] }}
{{ [u] | combinations(2) | list }}
{{ [u] | product([]) | list }}
{{ [u] | intersect([]) }}
{{ [true, 1.0] | intersect([1]) | list }}
{{ [true] | intersect([1, 2]) | list }}
{{ [true, 2, 3] | intersect([1, 2]) | list }}
{{ (u, 1) | zip([]) | list }}
{{ 1 if u is defined if n in l }}
{{ ['a', u] is subset([3, 1]) }}
{{ [{'a': {}}, {'a': {}}] | sort(attribute='a') }}
{{ part | length }}
{{ part }}
{{ (1.0,) | sort(attribute=0) }}
{{ hostvars.keys() | list + hostvars['h'].keys() | select('eq', 'n') | list }}
{{ hostvars['h'].get('nope', 5) ~ hostvars.get('h').n }}
{{ hostvars.values() | map(attribute='n') | list }}
{{ hostvars | dict2items | map(attribute='key') | list }}
{{ {'a': omit, 'b': [omit, nope | default(omit), 1]} }}
{% for i in l %}{{ loop.previtem | default('-') }}{{ loop.nextitem | default('-') }}{% endfor %}
{{ lookup('vars', 'null_one') }}
{{ lookup('vars', 'null_one', default='x') }}
{{ {'a': none}.get('a', 'x') }}
{{ hostvars['h'].get('null_one', 'x') }}
{{ hostvars['h'].null_one }}
{{ hostvars['h'].through_hostvars | default('none') }}
{{ 'a' ~ n is string }}
{% raw %}{{ a }}{% endraw %}
`
  .trim()
  .split('\n')
  .concat(TEXTS);
