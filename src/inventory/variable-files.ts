// group_vars and host_vars: which files count for a name, and what is in them. Read when first needed.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { HxError, messageOf } from '../errors.js';
import { Float, parseYaml } from '../yaml.js';
import { showOrigin, type Warning } from './types.js';
import { isVault } from './vault/envelope.js';
import type { Vault } from './vault/vault.js';
import { isMapping, type WrittenVariables, writtenVariables } from './written.js';

const ENDINGS = ['', '.yml', '.yaml', '.json'];

export interface VariableFile {
  readonly file: string;
  /** An encrypted file: `read` needs a password. */
  sealed(): boolean;
  /** True when it can be read: it is plain, or there is a password to try. */
  readable(): boolean;
  read(): WrittenVariables;
}

/** Finds and opens variable files; each is read at most once. */
export class VariableFiles {
  readonly #files = new Map<string, VariableFile>();
  readonly #found = new Map<string, VariableFile[]>();
  readonly #warned = new Set<string>();

  constructor(
    readonly vault: Vault,
    readonly warn: (warning: Warning) => void,
  ) {}

  /** The files for a name in `group_vars` or `host_vars`, the last one counting most. */
  find(folder: string, name: string): VariableFile[] {
    const base = join(folder, name);
    let files = this.#found.get(base);
    if (!files) {
      files = (name.startsWith('/') ? [] : this.#paths(base)).map((file) => this.#open(file));
      this.#found.set(base, files);
    }
    return files;
  }

  #paths(base: string): string[] {
    const there = ENDINGS.map((ending) => base + ending).filter((path) => existsSync(path));
    const [first, ...shadowed] = there;
    if (!first) return [];
    for (const path of shadowed)
      if (!this.#warned.has(path)) {
        this.#warned.add(path);
        this.warn({
          message: `is not read, as in Ansible: ${showOrigin({ file: first })} comes first`,
          where: showOrigin({ file: path })!,
        });
      }
    return statSync(first).isDirectory() ? filesIn(first) : [first];
  }

  #open(file: string): VariableFile {
    let opened = this.#files.get(file);
    if (!opened) {
      opened = openFile(file, this.vault, this.warn);
      this.#files.set(file, opened);
    }
    return opened;
  }
}

/** As Ansible: sorted, folders without an ending included, hidden files and backups not. */
function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .flatMap((name) => {
      const path = join(folder, name);
      const ending = extname(name);
      if (statSync(path).isDirectory()) return ending ? [] : filesIn(path);
      return ENDINGS.includes(ending) ? [path] : [];
    });
}

function openFile(file: string, vault: Vault, warn: (warning: Warning) => void): VariableFile {
  let text: string | undefined;
  let variables: WrittenVariables | undefined;
  const load = (): string => {
    text ??= readText(file);
    return text;
  };
  return {
    file,
    sealed: () => isVault(load()),
    readable: () => !isVault(load()) || vault.hasKeyFor(load()),
    read() {
      if (variables) return variables;
      const secret = isVault(load());
      const document = parseSafely(secret ? vault.open(load(), showOrigin({ file })!) : load(), file, secret);
      for (const { key, line } of document.duplicates)
        warn({ message: `${key} is set twice; the last one counts`, where: showOrigin({ file, line })! });
      // as Ansible: what Python takes for false is an empty file
      const value = isEmpty(document.value) ? undefined : document.value;
      if (value !== undefined && !isMapping(value))
        throw new HxError({
          code: 'inventory',
          message: 'a file of variables is a mapping: name: value',
          where: showOrigin({ file }),
        });
      variables = value === undefined ? new Map() : writtenVariables(document, file, { secret });
      return variables;
    },
  };
}

const isEmpty = (value: unknown): boolean =>
  !value || (value instanceof Float && value.value === 0) || (Array.isArray(value) && value.length === 0);

/** A parser's message may quote the text, so for a vault it is not shown. */
function parseSafely(text: string, file: string, secret: boolean) {
  try {
    return parseYaml(text, file, { python: true });
  } catch (error) {
    if (!secret) throw error;
    throw new HxError({
      code: 'inventory',
      message: 'what is encrypted here is not valid YAML',
      where: error instanceof HxError ? error.where : showOrigin({ file }),
      hint: `hxllm vault edit ${file}`,
    });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HxError({
      code: 'inventory',
      message: `cannot read: ${messageOf(error)}`,
      where: showOrigin({ file }),
      cause: error,
    });
  }
}
