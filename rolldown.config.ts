// What is shipped: few files instead of hundreds, packages included, because each file that a start reads costs it time.
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { source } from './src/compiled.js';

const commands = readdirSync('src/commands', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `commands/${file}`);
/** What something else than an import asks for: oclif, bin/, and the lab that starts its registry. */
const entries = [
  ...commands,
  'code-cache.ts',
  'help.ts',
  'start.ts',
  'lab/registry-main.ts',
  'roles/index.ts',
  'stack/host-variables.ts',
];

/** The package that a module is of: each keeps a file of its own, so that it shows who loads it. */
const packageOf = (id: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];

/** Templates are compiled here instead of at each start. */
const templates = readdirSync('templates', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.hbs'))
  .map((file) => `${JSON.stringify(file)}: ${source(readFileSync(`templates/${file}`, 'utf8'))}`);
const compiled = {
  name: 'templates',
  load: {
    filter: { id: /\/src\/compiled\.ts$/ },
    handler: () => `const ALL = { ${templates.join(',\n')} };\nexport const compiled = (name) => ALL[name];`,
  },
};

/** What is read costs time too: packages lose their comments and names, hxllm's own code stays as people read it. */
const small = {
  name: 'small',
  renderChunk: (code: string, { name }: { name: string }) =>
    name.startsWith('packages/') ? minifySync(name, code, { module: false }).code : null,
};

export default defineConfig({
  input: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, ''), `src/${file}`])),
  platform: 'node',
  plugins: [compiled, small],
  external: [/cpu-features/, /\.node$/],
  output: {
    dir: 'dist',
    format: 'cjs', // of which V8's code can be kept, see src/code-cache.ts
    strict: true, // as the sources are
    dynamicImportInCjs: false, // kept code cannot import()
    entryFileNames: '[name].cjs',
    cleanDir: true,
    chunkFileNames: '[name]-[hash].cjs',
    codeSplitting: {
      groups: [
        { debugName: 'packages', name: (id) => (packageOf(id) ? `packages/${packageOf(id)}/bundle` : null) },
      ],
    },
  },
});
