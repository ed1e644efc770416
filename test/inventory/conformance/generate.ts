// Makes a case of a seed: an inventory in one file or a folder of several, its variables, and patterns for it.
import type { Case } from './case.js';
import { Dice, words } from './dice.js';
import type { Names } from './expressions.js';
import { iniEntry, PASSWORDS, sealed, yamlEntry } from './values.js';

const GROUPS = ['web', 'db', 'prod', 'eu', 'a_b', 'Web2', 'lb', 'éa'];
const HOSTS = words(`
    web1  web[1:3]  db-[a:c]  n[01:03].lan  x[1:9:4]  h.example.org  10.0.0.[1:2]  solo  one:2222  n02.lan:22
    b_c  m[a:b][1:2]  "q1"  höst  [fe80::1]:22  fe80::2  UP  localhost  127.0.0.1  z[08:10]
    a-b  1h  [fe80::3]  *bad  y[:2]  w:abc  l[a:c:2]  v[1-3]  web1:  n[1:2  'r[1:2]'  k[0:2]:99`);
const SAFE_HOSTS = 22;

export function generate(seed: number): Case {
  const dice = new Dice(seed);
  const patterns = dice.times(2, 6, () =>
    dice.pick(HOSTS.slice(0, dice.chance(0.01) ? HOSTS.length : SAFE_HOSTS)),
  );
  const groups = dice.some(GROUPS, 0.4);
  const names: Names = { groups: [...groups, 'ungrouped', 'all'], hosts: patterns.flatMap(named) };
  const files: Record<string, string> = { 'pw/default': `${PASSWORDS.default}\n`, 'pw/prod': PASSWORDS.prod };
  const sources = inventories(dice, files, patterns, names);
  const folder = sources[0] === 'inv' ? 'inv/' : '';
  for (const kind of ['group_vars', 'host_vars'] as const)
    for (const name of dice.some([...new Set(kind === 'group_vars' ? names.groups : names.hosts)], 0.5))
      variables(dice, files, `${folder}${kind}/${name}`, names);
  files.limit = `${names.hosts[0]}\nall[1:]\n\n`;
  return {
    files,
    sources,
    patterns: limits(dice, names),
    passwords: [
      ['default', 'pw/default'],
      ['prod', 'pw/prod'],
    ],
  };
}

/** The first name that a pattern stands for. */
function named(pattern: string): string[] {
  const name = pattern
    .replace(/["']/g, '')
    .replace(/^\[([^\]]+)\]:\d+$/, '$1')
    .replace(/(?<=^[^:]*):\d+$/, '')
    .replace(/\[(\w+):[^\]]*\]/g, '$1');
  return /^[\p{L}\p{N}._:-]+$/u.test(name) ? [name] : [];
}

function inventories(dice: Dice, files: Record<string, string>, hosts: string[], names: Names): string[] {
  const one = (ending: string): string =>
    (['.yml', '.yaml', '.json'].includes(ending) ? yaml : ini)(dice, hosts, names);
  if (dice.chance(0.65)) {
    const ending = dice.pick(['.ini', '.ini', '', '.yml', '.yaml', '.hosts']);
    files[`hosts${ending}`] = one(ending);
    return [`hosts${ending}`];
  }
  for (const name of dice.some(
    ['01-a.ini', '02-b.yml', '03-c', 'sub/x.ini', 'sub/deep/y.yaml', '9.ini'],
    0.5,
  ))
    files[`inv/${name}`] = one(/\.\w+$/.exec(name)?.[0] ?? '');
  for (const name of dice.some(
    ['a.bak', 'b.ini~', '.hidden', 'c.swp', 'd.orig', 'e.retry', 'f.cfg', 'g.md', 'h.txt', 'i.rst', 'j.pyc'],
    0.15,
  ))
    files[`inv/${name}`] = 'ignored\n';
  if (!Object.keys(files).some((file) => file.startsWith('inv/'))) files['inv/z.ini'] = one('.ini');
  if (dice.chance(0.2)) {
    files['more.ini'] = one('.ini');
    return dice.pick([
      ['inv', 'more.ini'],
      ['more.ini', 'inv'],
    ]);
  }
  return dice.chance(0.1) ? ['inv', 'la,lb'] : ['inv'];
}

/** Groups that may be children of a group: those behind it, and never `ungrouped`, which Ansible then empties oddly. */
function below(group: string, { groups }: Names): string[] {
  if (group === 'ungrouped') return [];
  return groups.slice(0, -2).slice(groups.slice(0, -2).indexOf(group) + 1);
}

function ini(dice: Dice, hosts: string[], names: Names): string {
  const groups = names.groups.filter((name) => name !== 'all' || dice.chance(0.5));
  const hostLine = (): string =>
    [dice.pick(hosts), ...dice.times(0, 3, () => iniEntry(dice, names, 'host'))].join(
      dice.pick([' ', '  ', '\t']),
    ) + dice.pick(['', '', '', ' # note', ' #', '  ']);
  const lines = dice.times(0, 2, hostLine);
  for (const group of dice.chance(0.2) ? [...groups, ...groups] : groups) {
    const tail = dice.pick(['', '', '', ' # group', '  ']);
    lines.push(`[${group}]${tail}`, ...dice.times(0, 3, hostLine));
    if (dice.chance(0.2)) lines.push(dice.pick(['; comment', '# comment', '', '   ']));
    if (dice.chance(0.3))
      lines.push(`[${group}:vars]`, ...dice.times(1, 3, () => iniEntry(dice, names, 'vars')));
    if (dice.chance(0.1))
      lines.push(
        `[${group}:vars]`,
        `ansible_group_priority=${dice.pick(['10', '2', '0', '-1', '"5"', '1.5'])}`,
      );
    if (dice.chance(0.25))
      lines.push(
        `[${group}:children]`,
        // mostly downwards, so that no group contains itself
        ...dice.some(below(group !== 'ungrouped' && dice.chance(0.02) ? 'all' : group, names), 0.5),
      );
  }
  if (dice.chance(0.03))
    lines.splice(
      dice.from(0, lines.length),
      0,
      dice.pick([
        '[web:children]\nnope',
        ...words(`
    [bad name]  [x:hosts]  [x:what]  []  [web  [nope:vars]  h a  h a='b  ---  [web]]  [ web ]  [web] x
    [x:y:z]  = 5`),
      ]),
    );
  return lines.join(dice.chance(0.05) ? '\r\n' : '\n') + (dice.chance(0.9) ? '\n' : '');
}

function yaml(dice: Dice, hosts: string[], names: Names): string {
  const groups = names.groups.filter((name) => name !== 'all');
  const lines: string[] = dice.chance(0.5) ? ['---\n'] : [];
  const body = (group: string, pad: string, depth: number): void => {
    const parts = dice.some(['vars', 'hosts', 'children'], 0.6);
    if (dice.chance(0.3)) parts.reverse();
    for (const part of parts) {
      if (dice.chance(0.03)) {
        lines.push(`${pad}${part}:${dice.pick([' ', ' x', ' [x]', ' {}', ' 5', ' ~'])}\n`);
        continue;
      }
      const before = lines.length;
      lines.push(`${pad}${part}:\n`);
      if (part === 'vars') lines.push(...entries(dice, names, `${pad}  `));
      else if (part === 'hosts')
        for (const host of dice.some([...new Set(hosts)], 0.4)) {
          lines.push(
            `${pad}  ${/^[[*'"]|:/.test(host) ? JSON.stringify(host.replace(/["']/g, '')) : host}:\n`,
          );
          lines.push(...entries(dice, names, `${pad}    `, 0));
        }
      else if (depth > 0)
        for (const child of dice.some(below(group, names), 0.4)) {
          lines.push(`${pad}  ${child}:\n`);
          body(child, `${pad}    `, depth - 1);
        }
      if (lines.length === before + 1 && dice.chance(0.5)) lines.pop();
    }
    if (dice.chance(0.02))
      lines.push(`${pad}${dice.pick(['unknown: {}', 'unknown: 5', 'hosts2: {a: }', '5: {}'])}\n`);
  };
  for (const top of dice.chance(0.7) ? ['all'] : dice.some([...groups, 'all'], 0.6)) {
    lines.push(`${top}:\n`);
    body(top, '  ', 2);
  }
  if (dice.chance(0.02))
    lines.push(dice.pick(['5: {hosts: {a: }}\n', 'plugin: x\n', '- a\n', 'x: 5\n', '? [a]\n: b\n']));
  return lines.join('');
}

/** Entries with a name each; a name twice now and then, as Ansible takes the last. */
function entries(dice: Dice, names: Names, pad: string, least = 1): string[] {
  const made = dice.times(least, 3, () => yamlEntry(dice, names, pad));
  if (dice.chance(0.05)) made.push(`${pad}ansible_group_priority: ${dice.pick(['10', '5', '"3"', '0'])}\n`);
  const seen = new Set<string>();
  return dice.chance(0.05)
    ? made
    : made.filter((entry) => !seen.has(entry.split(':')[0]!) && seen.add(entry.split(':')[0]!));
}

/** The files of one name: a file, several of which one counts, or a folder. */
function variables(dice: Dice, files: Record<string, string>, base: string, names: Names): void {
  const text = (): string => {
    const plain = `${dice.chance(0.3) ? '---\n' : ''}${entries(dice, names, '').join('')}`;
    return dice.chance(0.1) ? sealed(dice, plain) : plain;
  };
  if (dice.chance(0.7))
    for (const ending of dice.times(1, 2, () => dice.pick(['', '.yml', '.yaml', '.json', '.txt', '.yml~'])))
      files[base + ending] = text();
  else if (!(base in files))
    for (const name of dice.some(
      words(`
    main.yml  10.yaml  plain  z.json  no.txt  old.yml~  .hidden.yml  sub/a.yml  sub.d/b.yml  sub/c/d.yml
    e.bak  f.swp  g.ini`),
      0.35,
    ))
      files[`${base}/${name}`] = text();
  if (dice.chance(0.02))
    files[`${base}.yml`] = dice.pick([
      '',
      '---\n',
      '# only\n',
      '[]\n',
      '- a\n',
      'text\n',
      'a: [\n',
      '5\n',
      'a: 1\n---\nb: 2\n',
      '{"a": 1}',
      'null\n',
    ]);
}

function limits(dice: Dice, names: Names): string[] {
  const atom = (): string =>
    dice.pick([
      () => dice.pick(names.groups),
      () => dice.pick(names.groups),
      () => dice.pick([...names.hosts, 'web1']),
      () => 'all',
      () => '*',
      () => `${dice.pick(names.groups).slice(0, 2)}*`,
      () => `~${dice.pick(['web', '.*1', '(db|n)', 'w.b[12]', '^h', '\\d', '[a-c]$'])}`,
      () =>
        `${dice.pick(names.groups)}[${dice.pick(['0', '-1', '1', '0:1', '1:', '0:0', '9', '-9', '0-1', '2:1'])}]`,
      () =>
        dice.pick(
          words(`
    web?  w[ae]b*  [!w]*  n0[1-2].lan  *.lan  db-[ab]  web[0]  web*[0]  all[1:]  *1  ungr*  [wd]*  WEB  w*[!1]`),
        ),
    ])();
  const made: string[] = [];
  for (const part of dice.times(2, 5, atom)) made.push(part);
  for (const parts of dice.times(2, 4, () => dice.times(2, 3, atom))) {
    made.push(
      ...parts,
      parts
        .map((part, at) => (at > 0 || dice.chance(0.1) ? dice.pick(['', '!', '&']) : '') + part)
        .join(parts.some((part) => part.includes('::')) ? ',' : dice.pick([',', ',', ':', ', '])),
    );
  }
  if (dice.chance(0.2)) made.push('@limit', 'all[1:]', 'web', 'web,@limit', names.hosts[0]!);
  return [...new Set(made)];
}
