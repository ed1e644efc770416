// Values of variables, as they are written in YAML and in INI.
import { seal } from '../../../src/inventory/vault/envelope.js';
import { type Dice, words } from './dice.js';
import { type Names, type Type, template, VARIABLES } from './expressions.js';

const TYPES = Object.keys(VARIABLES) as Type[];

/** Scalars that mean something else than they look like, to one reader or another. */
const YAML_TRAPS = [
  '',
  '"a" ',
  'a\tb',
  ...words(String.raw`
    yes  no  on  Off  True  FALSE  y  n  ~  null  NULL  Null  1_000  0x1F  010  0o10  0b11  1e3  1.5e3  1.5e+3
    .5  5.  1.0  -0  +4  12:30  1:30:45  190:20:30.15  .inf  -.INF  "quoted"  'it''s'
    "tab\t\u00e9"  !!str 5  !!int "5"  !!float 3  !!bool "yes"  a #b  a#b
    !!null ""  1,000  1.2.3  0.  09  0_1  "\x41"  '\n'  é  日本  "😀"  [1, two, 3.0]  {a: 1, "b": [x, y]}
    [a, [b, c]]  {}  []  {a: {b: {c: 1}}}  !unsafe "{{ s1 }}"  1.  -1.50  1E5  0.10  1e-7
    123456789012345  "{{ s1 }}"  '{{ n1 }}'  "{{"  "}}"  "{%"  x{{
    -  --  ---x  {b: 1, a: 2}
    [~, yes]  "[1, 2]"  |  >  "\/"  0o17  0X1F  +.inf  .nan  1__0  0b  0x  &a1 x  -0x1F  +12  1e  e3  1.e3`),
];
/** What YAML does not take there. */
const YAML_ERRORS = ['a: b', '- x', '*none', '? a', '!foo bar', '@a', '%a', '`a', '"a', '[a', '{a: 1'];
const PLAIN: Record<Type, readonly string[]> = {
  string: ['abc', 'web-01.lan', 'Ab', '/srv/a', '"a b"', "'x'", 'deploy', 'a,b,c'],
  int: ['0', '1', '22', '8080', '-5'],
  float: ['1.0', '2.5', '0.25', '10.0'],
  bool: ['true', 'false', 'yes', 'no'],
  list: ['[a, b]', '[b, a, b]', '[1, 2]', '[]', '[[a, 1], [b, 2]]'],
  dict: ['{a: 1}', '{a: x, b: {c: 2}}', '{}', '{b: [1], a: {}}'],
};
const INI_TRAPS = [
  '',
  '5 ',
  'True ',
  ...words(String.raw`
    yes  True  true  None  none  01  0x1f  1_0  1e3  1.0  -5  --5  +5  1j  [1, 2]  (1, 2)  1,2  {1, 2}
    {"a": 1}  {'a': [1, 'x']}  "str"  'str'  'a' 'b'  b"x"  r'\d'  '\n'  a=b  a#b  a # b  "a#b"  x;y  # c
    "'1'"  '"1"'  ""  ...  a b  "a b"  \"x  a\b  {{  "{{ s1 }}"  '{{ n1 }}'  1 + 1  u'x'  f'x'  1.  .5
    [1,  {}  []  ()  {'a': (1, 2)}  é  "é"  日本  [None, True]  0o17  0b11  "5"  '5'  1 2  """x"""  not x  set()
    a:b  [a]  -1.5  1e400  "a\tb"  {"b": 1, "a": 2}  "a"b  a"b"c  1_  _1  00  0_0  -0  -0.0  1E5
    "\u00e9"  '\x41'  ~  null  @x  $HOME  *  [[1], [2, [3]]]  #  x#  ( 1 )  (1)  (1,)  ('a' 'b')  - 5  -True
    "\\"  'a\'b'`),
];

/** `name: value` for YAML, its lines indented by `pad`. */
export function yamlEntry(dice: Dice, names: Names, pad: string): string {
  const type = dice.pick(TYPES);
  const name = dice.pick(VARIABLES[type]);
  return `${pad}${name}:${yamlValue(dice, type, names, `${pad}  `)}\n`;
}

function yamlValue(dice: Dice, type: Type, names: Names, pad: string): string {
  const roll = dice.next();
  if (roll < 0.002) return ` ${dice.pick(YAML_ERRORS)}`;
  if (roll < 0.14) return ` ${dice.pick(YAML_TRAPS)}`;
  if (roll < 0.5) return ` ${dice.pick(PLAIN[type])}${dice.chance(0.1) ? '  # why' : ''}`;
  if (roll < 0.53) return ` ${inlineVault(dice, type, names, pad)}`;
  if (roll < 0.6 && type === 'list')
    return `\n${dice.times(1, 3, () => `${pad}- ${quoted(dice, template(dice, 'string', names))}`).join('\n')}`;
  if (roll < 0.6 && type === 'dict')
    return `\n${['a', 'b'].map((key) => `${pad}${key}:${yamlValue(dice, dice.pick(TYPES), names, `${pad}  `)}`).join('\n')}`;
  if (roll < 0.64)
    return ` ${dice.pick(['|', '>', '|-', '>-', '|+'])}\n${pad}${template(dice, type, names)}\n${pad}${dice.pick(['more', '  deeper', '# no comment'])}`;
  return ` ${quoted(dice, template(dice, type, names))}`;
}

function quoted(dice: Dice, text: string): string {
  return dice.chance(0.6) || text.includes('\\') ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}

export const PASSWORDS = { default: 'pw', prod: 'secret prod' } as const;

function inlineVault(dice: Dice, type: Type, names: Names, pad: string): string {
  const text = dice.chance(0.3)
    ? template(dice, type, names)
    : dice.pick(['s3cret', '5', 'yes', '', 'é', 'a\nb']);
  return `!vault |\n${sealed(dice, text).trimEnd().replace(/^/gm, pad)}`;
}

export function sealed(dice: Dice, text: string): string {
  const id = dice.pick(['default', 'prod'] as const);
  return seal(text, PASSWORDS[id], dice.chance(0.9) ? id : dice.pick(['default', 'prod', 'other']));
}

/** `name=value` for a host line or a section of variables. */
export function iniEntry(dice: Dice, names: Names, line: 'host' | 'vars'): string {
  const type = dice.pick(TYPES);
  const name = dice.pick(VARIABLES[type]);
  return name + dice.pick(line === 'host' ? ['='] : ['=', ' = ', '= ']) + iniValue(dice, type, names, line);
}

function iniValue(dice: Dice, type: Type, names: Names, line: 'host' | 'vars'): string {
  const roll = dice.next();
  let value =
    roll < 0.3
      ? dice.pick(INI_TRAPS)
      : roll < 0.65
        ? dice.pick(PLAIN[type]).replace(/^(true|yes)$/, 'True')
        : template(dice, type, names);
  // Python takes this for a set of sets, which it cannot make: the whole inventory is refused
  if (dice.chance(0.98) && /^\s*\{\{[^a-z]*\}\}\s*$/.test(value.replace(/'[^']*'|True|False/g, '0')))
    value = `{{ s1 ~ ${value.trim().slice(2, -2)} }}`;
  // on a host line a blank or a quote that is not in quotes mostly breaks it
  if (line === 'vars' || (roll < 0.65 && dice.chance(/^[^\s'"\\]*$/.test(value) ? 0.6 : 0.01))) return value;
  return value.includes("'") ? `"${value.replace(/["\\]/g, '\\$&')}"` : `'${value}'`;
}
