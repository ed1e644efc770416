// The documents name nothing that is not there: commands, npm scripts, files.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { needBuild, ROOT } from './support/built.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const commands = new Set<string>();

beforeAll(() => {
  needBuild();
  const manifest = JSON.parse(read('oclif.manifest.json')) as { commands: Record<string, unknown> };
  for (const id of Object.keys(manifest.commands)) commands.add(id.replaceAll(':', ' '));
});

describe.each([
  ['README.md'],
  ['CONTRIBUTING.md'],
  ['docs/json.md'],
  ['docs/balancing.md'],
  ['docs/inventory.md'],
  ['docs/versions.md'],
  ['docs/webui.md'],
])('%s', (path) => {
  const text = read(path);

  test('each command that it names is there', () => {
    const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
    const inline = [...text.matchAll(/`(hxllm [^`]+)`/g)].map(([, line]) => line!);
    const code = [...blocks, ...inline].join('\n');
    const named = [...code.matchAll(/(?:^|\()hxllm((?: [a-z][a-z-]*)+)/gm)].map(([, words]) => words!.trim());
    const absent = named.filter((words) => {
      const [first, second] = words.split(' ');
      return !commands.has(first!) && !commands.has(`${first} ${second}`);
    });
    expect(absent, `${path} names commands that do not exist: build, or mend the text`).toEqual([]);
  });

  test('each npm script that it names is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !scripts[name])).toEqual([]);
  });

  test('each link leads somewhere', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to]) => to!);
    expect(links.filter((to) => !existsSync(join(ROOT, dirname(path), to)))).toEqual([]);
  });
});
