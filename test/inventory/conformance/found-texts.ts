// Of the expressions in found.ts those that make or read texts and numbers.
export const TEXTS = String.raw`
{{ '{"a": [1, 2.0, null]}' | from_json }}x
{{ (n / 2) | round }}
{{ 2.5 | round(0, 'ceil') }}
{{ -0.5 | round(0, 'ceil') }}
{{ 'yes please' | bool }}
{{ 'x/y.gz' | title }}
{{ "it's" | title }}
{{ 'archive.tar.gz' | splitext }}
{{ 'a longer text than that' | truncate(12) }}
{{ s | center(9) }}|
{{ 'abc' | split(none) }}
{{ 3 | split('a') }}
{{ '1.10' is version('1.9', '>') }}
{{ {'b': 'é', 'a': [1, 2.0, none, {}, []]} | to_nice_json }}
{{ {'b': 'é', 'a': 1} | to_nice_json(indent=2, sort_keys=false, ensure_ascii=false) }}
{{ {'b': 'é', 'a': 2.0} | to_json(indent=1, sort_keys=true) }}
{{ "a\tb\n-é" | regex_escape }}
{{ '%s' % {'a': 1} }}
{{ 'x' % {'a': 1} }}
{{ '%s' % [1] }}
{{ '%s' | format({'a': 1}) }}
{{ 1500.0 | to_yaml | from_yaml }}x
{{ {'a': 1500.0, 'b': 0.00001} | to_nice_yaml }}
{{ ('nan' | float) | round(0, 'ceil') }}
{{ ('inf' | float) | round(0, 'floor') }}
{{ ('inf' | float) | round }}x
{{ ('nan' | float) | round(-1) }}x
{{ ['a'] | groupby(0) | to_yaml }}
{{ 'aaa' | replace('a', 'b', 2) }}
{{ 'aaa' | replace('a', 'b', count=2) }}
{{ 'aaa' | replace('a', 'b', most=2) }}
{{ 'aaa'.replace('a', 'b', 2) }}
{{ d | to_nice_yaml }}
{{ [[1, [2]], {'a': [1, {'b': 2}]}] | to_yaml }}
{{ {'b': 1, 'a': 2} | to_nice_yaml(sort_keys=false, indent=2) }}
{{ {'b': 1, 'a': 2} | to_yaml(default_flow_style=false) }}
{{ ['yes', 'y', 'n', '', '1.0', '0o7', '1e3', '2020-01-01', 'null', '~', '=', '<<'] | to_yaml }}
{{ 'abc' is search('B', ignorecase=true) }}
{{ '😀a'[1] ~ '😀a'.find('a') ~ ('😀' | center(5)) ~ '%5s' % '😀' }}
{% set x = 'x\n\ny' %}{{ x | indent(width=2, first=true, blank=true) }}
{% set x = 'x\ny' %}{{ x | indent('>') }}
{{ 'aa' | regex_replace('a', 'b', count=1) }}
{{ 'aa' | regex_replace('^a', 'b', mandatory_count=2) }}
{{ 'aB' | regex_findall('b', ignorecase=true) }}
{{ 'YQ' | b64decode }}
{{ 5 | from_json }}
{{ none | from_yaml }}
{{ '%05d|%5.1f|%.3s' % (-3, 2.25, 'abcdef') }}
{{ {'a': 'x' if false} | to_json }}
{{ 'a,b,c'.split(sep=',', maxsplit=1) }}
{{ 'a,b,c'.split(nope=',') }}
{{ [1, 2] | truncate(3) }}
{{ range(9) | list | truncate(3) }}
{{ 'a' | truncate(2) }}
{{ '😀😀😀 😀😀' | truncate(4, true, '', 0) }}
{{ 'höst-1' | regex_replace('W', '_') }}
{{ 'höst-1' | regex_replace('[^w-]', '_') }}
{{ 'höst ö' | regex_findall('\bö') }}
{{ 'hö:s/t' | regex_replace(':|/', '.') }}
{{ '😀a' | regex_replace('.', 'x') }}
{% set x = 'abc\n' %}{{ x | regex_replace('$', 'X') }}
{% set x = 'abc\nd' %}{{ x | regex_replace('A', '> ', multiline=true) }}
{% set x = 'a\rb$' %}{{ x | regex_replace('.', 'x') | regex_replace('[$]', '<') }}
{{ 'ab' | regex_replace('(a)(b)', '\3') }}
{{ 'ab' | regex_replace('a', 'd') }}
{{ 'ab' | regex_search('(a)(z)?', '\1', '\2') }}
{{ 'ab' | regex_search('(a)', '\2') }}
{{ 'ab' | regex_search('(a)', 'a') }}
{{ 'ab' | regex_search('(?P<x>a)', 'g<x>') }}
{{ 'web-01' | regex_replace('\1.0', '_') }}
{{ 'Fa' | regex_replace('\F', '_') }}
{{ 'Fa' | regex_replace('\a', '_') }}
{{ 'a_b@' | regex_replace('\_|\@', '-') }}
{{ none | quote }}
{{ 0.0 is version('1.2', '>=') }}
{{ '1' is version('1', 'match') }}
`
  .trim()
  .split('\n');
