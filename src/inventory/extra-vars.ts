// `-e`: key=value, a mapping in JSON or YAML, or @file. They override everything.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HxError, messageOf } from '../errors.js';
import { parseYaml } from '../yaml.js';
import type { Value } from './types.js';
import { isVault } from './vault/envelope.js';
import type { Vault } from './vault/vault.js';
import { splitWords } from './words.js';
import { isMapping, type WrittenVariables, writtenVariables } from './written.js';

export type ExtraVars = readonly string[] | Readonly<Record<string, Value>>;

export function readExtraVars(given: ExtraVars, cwd: string, vault: Vault): WrittenVariables {
  const variables: WrittenVariables = new Map();
  if (!Array.isArray(given)) {
    for (const [name, raw] of Object.entries(given)) variables.set(name, { raw, origin: { file: '-e' } });
    return variables;
  }
  for (const text of given as readonly string[])
    for (const [name, written] of readOne(text.trim(), cwd, vault)) variables.set(name, written);
  return variables;
}

function readOne(text: string, cwd: string, vault: Vault): WrittenVariables {
  if (text.startsWith('@'))
    return readFile(resolve(cwd, text.slice(1).replace(/^~(?=\/)/, process.env.HOME ?? '~')), vault);
  if (/^[{[]/.test(text)) return mapping(text, '-e', false);
  const variables: WrittenVariables = new Map();
  // as Ansible: typed only in JSON or YAML, here always a string
  for (const word of wordsOf(text)) {
    const at = word.indexOf('=');
    if (at < 1)
      throw new HxError({
        code: 'usage',
        message: `-e ${word}: expected key=value`,
        hint: `-e 'key=value', -e '{"key": 4000}' or -e @file`,
      });
    variables.set(word.slice(0, at), { raw: word.slice(at + 1), origin: { file: '-e' } });
  }
  return variables;
}

function wordsOf(text: string): string[] {
  try {
    // shlex without comments: a # is part of the value
    return splitWords(text, { comments: false }).words;
  } catch (error) {
    throw new HxError({ code: 'usage', message: `-e: ${messageOf(error)}` });
  }
}

function readFile(file: string, vault: Vault): WrittenVariables {
  let text: string;
  try {
    text = readFileSync(join(file), 'utf8');
  } catch (error) {
    throw new HxError({
      code: 'usage',
      message: `-e: cannot read ${file}: ${messageOf(error)}`,
      cause: error,
    });
  }
  return isVault(text) ? mapping(vault.open(text, file), file, true) : mapping(text, file, false);
}

function mapping(text: string, file: string, secret: boolean): WrittenVariables {
  const document = parseYaml(text, file, { python: true });
  if (document.value !== undefined && document.value !== null && !isMapping(document.value))
    throw new HxError({ code: 'usage', message: 'extra variables are a mapping: name: value', where: file });
  return writtenVariables(document, file, { secret });
}
