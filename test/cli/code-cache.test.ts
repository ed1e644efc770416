// V8's code of one start is used by the next, but only of the same source and where nobody else can have written it.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { beforeAll, describe, expect, test } from 'vitest';
import { needBuild, ROOT } from '../support/built.js';
import { hxllm, run } from '../support/cli.js';

beforeAll(needBuild);

const scratch = () => mkdtempSync(join(tmpdir(), 'hxllm-code-'));
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('a start leaves its code to the next one, in a folder that is its user’s alone', async () => {
  const cache = scratch();
  const first = await hxllm(['--help'], { env: { HXLLM_CACHE: cache } });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const kept = filesOf(cache);
  expect(kept).not.toEqual([]);
  expect(statSync(join(cache, 'code')).mode & 0o777).toBe(0o700);
  expect(await hxllm(['--help'], { env: { HXLLM_CACHE: cache } })).toEqual(first);
  expect(filesOf(cache)).toEqual(kept);
});

test.each([
  ['a folder that cannot be made', '/proc/self/no', {}],
  ['a home that is not there', '/nonexistent', { HXLLM_CACHE: '', XDG_CACHE_HOME: '', HOME: '/nonexistent' }],
  ['NODE_DISABLE_COMPILE_CACHE', scratch(), { NODE_DISABLE_COMPILE_CACHE: '1' }],
])('with %s hxllm runs without', async (_, folder, env) => {
  const ran = await hxllm(['--help'], { env: { HXLLM_CACHE: folder, ...env } });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(folder) ? filesOf(folder) : []).toEqual([]);
});

// what Node.js 22.8 and newer do by themselves
describe.skipIf('enableCompileCache' in Module)('kept by hxllm itself', () => {
  /** Starts with this cache: `used` of its files had code in it, `made` were compiled. */
  async function start(cache: string, args = ['--help']) {
    const record = join(scratch(), 'record');
    const node = ['--import', join(ROOT, 'test/support/record-code.mjs')];
    const ran = await hxllm(args, { node, env: { HXLLM_CACHE: cache, HX_CODE: record } });
    return { ...ran, ...(JSON.parse(readFileSync(record, 'utf8')) as { used: number; made: number }) };
  }

  /** Another build's files, and what is done with them. */
  function startWith(root: string, cache: string, words: string) {
    const all = `require('./dist/code-cache.cjs').keepCode('${root}'); ${words}`;
    return run(process.execPath, ['-e', all], { cwd: ROOT, env: { ...process.env, HXLLM_CACHE: cache } });
  }

  /** What another build says, of one file that says this word. */
  async function startOf(root: string, cache: string, word: string): Promise<string> {
    const file = join(root, 'a.cjs');
    writeFileSync(file, `module.exports = () => '${word}'`);
    return (await startWith(root, cache, `console.log(require('${file}')())`)).stdout;
  }

  test('a second start compiles nothing, another command only what it has more', async () => {
    const cache = scratch();
    const { made } = await start(cache);
    expect(made).toBeGreaterThan(3);
    expect(await start(cache)).toMatchObject({ code: 0, used: made, made: 0 });
    const other = await start(cache, ['completion', 'bash']);
    expect(other).toMatchObject({ code: 0, used: expect.any(Number) });
    expect([other.used > 3, other.made > 0]).toEqual([true, true]);
    expect(await start(cache)).toMatchObject({ used: made, made: 0 });
    expect(await start(cache, ['completion', 'bash'])).toMatchObject({ made: 0 });
  });

  test('what a command loads while it runs is kept, too, and no secret with it', async () => {
    const [cache, key] = [scratch(), 'sk-of-a-test-0123456789abcdef'];
    const words = `vault_litellm_master_key=${key}`;
    const example = ['-i', join(ROOT, 'inventories/example/dev.ini'), '-e', words];
    for (const made of [expect.any(Number), 0]) {
      const args = ['role', 'render', '--role', 'gateway', ...example, '-o', scratch()];
      expect(await start(cache, args)).toMatchObject({ code: 0, stderr: '', made });
    }
    const kept = readFileSync(filesOf(cache)[0]!);
    expect(['litellm_master_key', key].map((text) => kept.includes(text))).toEqual([true, false]);
  });

  test('starts at one time leave one whole cache', async () => {
    const cache = scratch();
    const all = await Promise.all([1, 2, 3, 4].map(() => start(cache)));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(filesOf(cache)).toHaveLength(1);
    expect(await start(cache)).toMatchObject({ made: 0 });
  });

  test.each([
    ['cut short', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 1000))],
    ['of zeros', (file: string) => writeFileSync(file, Buffer.alloc(100_000))],
    ['of words', (file: string) => writeFileSync(file, 'what is this')],
  ])('a cache %s is made again', async (_, spoil) => {
    const cache = scratch();
    await start(cache);
    spoil(filesOf(cache)[0]!);
    expect(await start(cache)).toMatchObject({ code: 0, used: 0 });
    expect(await start(cache)).toMatchObject({ made: 0 });
  });

  test.each([
    ['others may write into', (folder: string) => chmodSync(folder, 0o777)],
    ['is another user’s', (folder: string) => chownSync(folder, 65534, 65534)],
    [
      'is a link',
      (folder: string) => {
        rmSync(folder, { recursive: true });
        symlinkSync(scratch(), folder);
      },
    ],
  ])('a folder that %s is not used', async (_, make) => {
    const cache = scratch();
    mkdirSync(join(cache, 'code'));
    make(join(cache, 'code'));
    for (const _ of [1, 2]) expect(await start(cache)).toMatchObject({ code: 0, used: 0 });
    expect(filesOf(cache)).toEqual([]);
  });

  test('a source that was changed runs as it is now, whatever its length', async () => {
    const [cache, root] = [scratch(), scratch()];
    const said = [];
    for (const word of ['one', 'two', 'one']) said.push(await startOf(root, cache, word));
    expect(said).toEqual(['one\n', 'two\n', 'one\n']);
  });

  /** A file whose function is most of its code. */
  const LARGE = `module.exports = (a) => { ${'a.push(a.length);'.repeat(200)} }`;

  test('what only a later run uses is kept once that run had the time', async () => {
    const [cache, root] = [scratch(), scratch()];
    const size = () => statSync(filesOf(cache)[0]!).size;
    writeFileSync(join(root, 'a.cjs'), LARGE);
    const start = (then: string) => startWith(root, cache, `const used = require('${root}/a.cjs'); ${then}`);
    await start('');
    const small = size();
    await start('used([])');
    expect(size()).toBe(small);
    await start('setTimeout(() => used([]), 2100)');
    const large = size();
    expect(large).toBeGreaterThan(small + 200);
    await start('setTimeout(() => {}, 2100)');
    expect(size()).toBe(large);
  });

  test('what a long run no longer knows stays kept', async () => {
    const [cache, root] = [scratch(), scratch()];
    for (const name of ['a', 'b']) writeFileSync(join(root, `${name}.cjs`), LARGE);
    const start = (then: string) =>
      startWith(
        root,
        cache,
        `const [a, b] = ['a', 'b'].map((n) => require('${root}/' + n + '.cjs')); ${then}`,
      );
    const code = () => {
      const kept = deserialize(readFileSync(filesOf(cache)[0]!)) as Map<string, { code: Buffer }>;
      return ['a.cjs', 'b.cjs'].map((name) => kept.get(name)!.code.length) as [number, number];
    };
    await start('a([])');
    const [large, small] = code();
    expect(large).toBeGreaterThan(small + 200);
    // a's code is forgotten, b's is new
    const flags =
      "for (const flag of ['--expose-gc', '--stress-flush-code']) require('v8').setFlagsFromString(flag)";
    const gc = "const gc = require('vm').runInNewContext('gc'); for (let i = 0; i < 3; i++) gc()";
    await start(`setTimeout(() => { ${flags}; ${gc}; b([]) }, 10); setTimeout(() => {}, 2100)`);
    expect([code()[0], code()[1] > small + 200]).toEqual([large, true]);
  });

  test('no more than four builds keep theirs', async () => {
    const cache = scratch();
    for (const word of 'abcdef') await startOf(scratch(), cache, word);
    expect(readdirSync(join(cache, 'code'))).toHaveLength(4);
  });
});
