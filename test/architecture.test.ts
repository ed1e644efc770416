// The house's rules, read from the sources. Each failure says which file and what to do.
import { expect, test } from 'vitest';
import { type Source, sources } from './support/sources.js';

/** From the top down. A file imports its own part and parts of lower layers, never a neighbour in its layer. */
const LAYERS = [
  ['commands'],
  ['tasks'],
  ['ui', 'engine', 'checks', 'roles', 'lab'],
  ['resources', 'services', 'stack'],
  ['inventory', 'ssh'],
  ['leaves'],
];

/** One place per dependency: everyone else asks that place. */
const DOORS: Record<string, RegExp> = {
  '@oclif/core': /^src\/(commands\/.*|base|flags|help|start)\.ts$/,
  chalk: /^src\/ui\/color\.ts$/,
  'cli-table3': /^src\/ui\/table\.ts$/,
  diff: /^src\/ui\/diff\.ts$/,
  handlebars: /^src\/(compiled|templates)\.ts$/,
  'js-yaml': /^src\/yaml(-types)?\.ts$/,
  listr2: /^src\/ui\/listr\.ts$/,
  'node-ssh': /^src\/ssh\//,
  nunjucks: /^src\/inventory\//,
  openai: /^src\/services\//,
  ssh2: /^src\/ssh\//,
};
/** Doors that are a folder: still one file in it. */
const ONE_FILE = ['node-ssh', 'nunjucks', 'openai'];

const BANNED = /manager|helper|util/i;
const MOST_LINES = 250;
const MEDIAN_LINES = 80;

const src = sources('src');
const all = [...src, ...sources('test'), ...sources('bin'), ...sources('bench')];

function partOf(path: string): string {
  const [, folder, rest] = path.split('/');
  if (rest) return folder!;
  return ['base.ts', 'flags.ts', 'help.ts', 'start.ts'].includes(folder!) ? 'commands' : 'leaves';
}

const layerOf = (part: string) => LAYERS.findIndex((layer) => layer.includes(part));

function problems(files: Source[], find: (file: Source) => (string | undefined | false)[]): string[] {
  return files.flatMap((file) => find(file).flatMap((text) => (text ? [`${file.path}: ${text}`] : [])));
}

test('every folder of src has a layer', () => {
  expect(
    problems(src, ({ path }) => [
      layerOf(partOf(path)) < 0 &&
        `src/${partOf(path)} has no layer: add it to LAYERS in test/architecture.test.ts`,
    ]),
  ).toEqual([]);
});

test('imports point downwards, and neighbours do not import each other', () => {
  const found = problems(src, ({ path, imports }) =>
    imports.map(({ file }) => {
      if (!file?.startsWith('src/')) return false;
      const [from, to] = [partOf(path), partOf(file)];
      if (from === to || layerOf(from) < layerOf(to)) return false;
      const what = layerOf(from) === layerOf(to) ? 'is a neighbour in the same layer' : 'is in a layer above';
      return `imports ${file}, which ${what}: pass the value in from above, or move what both need into a lower layer`;
    }),
  );
  expect(found).toEqual([]);
});

test('the engine knows resources, not what they are for', () => {
  const found = problems(src, ({ path, imports }) =>
    imports.map(
      ({ file }) =>
        path.startsWith('src/engine/') &&
        /^src\/(stack|services)\//.test(file ?? '') &&
        `imports ${file}: take resources or plain data as a parameter`,
    ),
  );
  expect(found).toEqual([]);
});

test('each dependency has one door', () => {
  const found = problems(src, ({ path, imports }) =>
    imports.map(({ package: name }) => {
      if (!name) return false;
      if (!DOORS[name])
        return `imports ${name}, which has no door: name its one file in DOORS of test/architecture.test.ts`;
      return (
        !DOORS[name].test(path) && `imports ${name}: only ${DOORS[name].source} may; call that file instead`
      );
    }),
  );
  expect(found).toEqual([]);
  for (const name of ONE_FILE) {
    const users = src.filter(({ imports }) => imports.some((one) => one.package === name && !one.typeOnly));
    expect(
      users.map(({ path }) => path).slice(1),
      `${name} is imported in more than one file: keep one`,
    ).toEqual([]);
  }
});

test('a command loads nothing but oclif and the base command before it runs', () => {
  const commands = src.filter(({ path }) => path.startsWith('src/commands/'));
  const found = problems(commands, ({ imports }) =>
    imports.map(
      ({ from, typeOnly, dynamic }) =>
        !typeOnly &&
        !dynamic &&
        from !== '@oclif/core' &&
        !/^(\.\.\/)+base\.js$/.test(from) &&
        `imports ${from} at start: use import type, or await import('${from}') inside run()`,
    ),
  );
  expect(found).toEqual([]);
});

test('each file says in its first line what it is for', () => {
  const found = problems(all, ({ lines }) => {
    const first = lines[0]?.startsWith('#!') ? lines[1] : lines[0];
    return [!/^\/\/ \S/.test(first ?? '') && 'begin it with a comment line that says what the file is for'];
  });
  expect(found).toEqual([]);
});

test('files are short', () => {
  const found = problems(all, ({ lines }) => [
    lines.length >= MOST_LINES &&
      `${lines.length} lines: split it where a second idea begins (fewer than ${MOST_LINES})`,
  ]);
  expect(found).toEqual([]);
  const lengths = src.map(({ lines }) => lines.length).sort((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)]!;
  expect(
    median,
    'the median file of src is too long: split the files that hold two ideas',
  ).toBeLessThanOrEqual(MEDIAN_LINES);
});

test('names are the field’s own', () => {
  const EXPORT = /^export (?:abstract )?(?:async )?(?:function|class|const|interface|type) (\w+)/gm;
  const found = problems(all, ({ path, text }) => {
    const names = [path.split('/').at(-1)!, ...[...text.matchAll(EXPORT)].map(([, name]) => name!)];
    return names.map((name) => BANNED.test(name) && `"${name}" says nothing: name what it is or does`);
  });
  expect(found).toEqual([]);
});
