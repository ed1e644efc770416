// A key changed in its file: every other byte stays, however the file is written and encrypted.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KeyFile } from '../../src/inventory/key-file.js';
import { labelOf, open, readEnvelope } from '../../src/inventory/vault/envelope.js';
import { Vault } from '../../src/inventory/vault/vault.js';
import { Masker, Secret } from '../../src/secret.js';
import { folder, inline, sealed } from './folder.js';

const OLD = 'sk-old0123456789abcdef0123';
const NEW = new Secret(`sk-${'0123456789abcdef'.repeat(3)}`);
const UNTIL = 1_795_555_555;

const vaultWith = (...passwords: string[]) =>
  new Vault(
    passwords.map((password) => ({
      label: password,
      source: password,
      read: () => new Secret(password),
    })),
    new Masker(),
  );

/** A file of variables with the key `k`, and what is in it for a person with the password. */
function keyFile(text: string, passwords = ['pw']) {
  const file = join(folder({ 'vars.yml': text }), 'vars.yml');
  const read = () => {
    const now = readFileSync(file, 'utf8');
    return now.startsWith('$ANSIBLE_VAULT') ? (open(readEnvelope(now), passwords[0]!) ?? '?') : now;
  };
  return { file, read, of: new KeyFile(file, 'k', vaultWith(...passwords)) };
}

/** A whole rotation: what the file says after each step, secrets shown. */
function rotated({ of, read }: ReturnType<typeof keyFile>): string[] {
  const texts: string[] = [];
  for (const step of [() => of.begin(NEW), () => of.end(UNTIL), () => of.end(UNTIL + 1), () => of.finish()]) {
    of.state();
    step();
    texts.push(read());
  }
  return texts;
}

const LAYOUTS: Record<string, string> = {
  'a bare value': `a: 1\nk: ${OLD}\nb: 2\n`,
  'double quotes and comments': `# head\n\n# about k\nk: "${OLD}"  # keep me\n\n# end\nb: [1, {x: 'y'}]   # odd   spaces\n`,
  'single quotes, aligned': `long_name: 1\nk:         '${OLD}'\n`,
  'no newline at the end': `a: 1\nk: ${OLD}`,
  CRLF: `# head\r\na: "1"\r\nk: "${OLD}"\r\n\r\n# end\r\n`,
  'document marks': `---\na: 1\nk: ${OLD}\n...\n`,
  'a folded value': `k: >-\n  ${OLD}\n\n\n# about b\nb: 1\n`,
  'the value on a line of its own': `k:\n  "${OLD}"\nb: 1\n`,
  'an indented mapping': `  a: 1\n  k: ${OLD}\n  b: 2\n`,
  "a value that is its neighbour's, too": `b: ${OLD}\nk: ${OLD}\nkk: ${OLD}\n`,
  'an anchor': `k: &key "${OLD}"\nb: 1\n`,
};

describe.each(Object.entries(LAYOUTS))('%s', (_, text) => {
  const expected = text.replace(/(^ *k: *(?:&key |>-\s+)?\s*["']?)sk-old\w+/m, `$1${NEW.reveal()}`);
  const eol = text.includes('\r') ? '\r\n' : '\n';

  test.each([
    ['in a plain file', (plain: string) => plain],
    ['in a vault', (plain: string) => sealed(plain)],
  ])('%s', (_, wrap) => {
    const own = keyFile(wrap(text));
    const [begun, ending, later, done] = rotated(own);
    expect(expected).not.toBe(text);
    expect(done).toBe(expected);
    // meanwhile two lines more, and nothing else
    const more = (lines: string) =>
      lines
        .split(eol)
        .filter((line) => !/^ *k_previous/.test(line))
        .join(eol);
    expect([begun, ending, later].map((t) => more(t!))).toEqual([expected, expected, expected]);
    expect(begun).toContain(`k_previous: ${OLD}${eol}`);
    expect(later).toContain(`k_previous_until: ${UNTIL + 1}${eol}`);
    expect(later).not.toContain(`${UNTIL}${eol}`);
  });
});

test('what each step means is read back', () => {
  const { of } = keyFile(sealed(`k: ${OLD}\n`));
  const seen = () => {
    const { key, previous, until } = of.state();
    return [key.reveal(), previous?.reveal(), until];
  };
  expect(seen()).toEqual([OLD, undefined, undefined]);
  of.begin(NEW);
  expect(seen()).toEqual([NEW.reveal(), OLD, undefined]);
  of.end(UNTIL);
  expect(seen()).toEqual([NEW.reveal(), OLD, UNTIL]);
  of.end(undefined);
  expect(seen()).toEqual([NEW.reveal(), OLD, undefined]);
  of.finish();
  expect(seen()).toEqual([NEW.reveal(), undefined, undefined]);
});

test.each([
  ['without a label', undefined, '$ANSIBLE_VAULT;1.1;AES256'],
  ['with a label', 'dev', '$ANSIBLE_VAULT;1.2;AES256;dev'],
])('a vault %s keeps it, its password, mode and owner', (_, label, header) => {
  const own = keyFile(sealed(`k: ${OLD}\n`, 'pw', label), ['other', 'pw']);
  chmodSync(own.file, 0o640);
  own.of.state();
  own.of.begin(NEW);
  const text = readFileSync(own.file, 'utf8');
  expect(text.split('\n')[0]).toBe(header);
  expect(open(readEnvelope(text), 'pw')).toContain(NEW.reveal());
  expect(statSync(own.file).mode & 0o7777).toBe(0o640);
});

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('an inline !vault is sealed as before, the old one kept as it is: %s', (_, eol) => {
  const old = inline(OLD, 'pw', 'dev');
  const text = `# head\nk: ${old}\n\n\n# about b\nb: ${inline('other')}\n`.replaceAll('\n', eol);
  const own = keyFile(text);
  own.of.state();
  own.of.begin(NEW);
  const begun = own.read();
  expect(begun).toContain(old.split('\n')[2]!.trim());
  expect(begun).not.toContain(NEW.reveal());
  expect(own.of.state().previous?.reveal()).toBe(OLD);
  own.of.finish();
  const done = own.read();
  expect(own.of.state().key.reveal()).toBe(NEW.reveal());
  const without = (whole: string) => whole.replace(/(k: !vault \|\r?\n)(?: +\S+\r?\n)+/, '$1');
  expect(without(done)).toBe(without(text));
  const block = /k: !vault \|\r?\n((?: {2}\S+\r?\n)+)/.exec(done)![1]!.replace(/^ +/gm, '');
  expect([labelOf(block), open(readEnvelope(block), 'pw')]).toEqual(['dev', NEW.reveal()]);
  expect(done.replaceAll('\r\n', '').includes(eol === '\n' ? '\r' : '\n')).toBe(false);
});

describe('refused, and nothing is written', () => {
  const refusal = (own: ReturnType<typeof keyFile>, work: () => void, message: RegExp) => {
    const before = readFileSync(own.file, 'utf8');
    expect(work).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }));
    expect(readFileSync(own.file, 'utf8')).toBe(before);
  };

  test.each([
    ['flow style', `{k: ${OLD}, b: 1}\n`],
    ['JSON', `{\n  "k": "${OLD}"\n}\n`],
    ['escapes', `k: "sk\\x2dold"\n`],
    ['an alias', `a: &x ${OLD}\nk: *x\n`],
    ['a list', `k: [${OLD}]\n`],
    ['an inventory in YAML', `all:\n  vars:\n    k: ${OLD}\n`],
    ['no YAML', `[all:vars]\nk=${OLD}\n`],
  ])('%s', (_, text) => {
    const own = keyFile(text);
    refusal(own, () => own.of.rehearse(), /vars\.yml/);
    refusal(own, () => own.of.begin(NEW), /vars\.yml/);
  });

  test('a wrong password', () => {
    const own = keyFile(sealed(`k: ${OLD}\n`, 'theirs'));
    refusal(own, () => own.of.rehearse(), /vars\.yml: wrong vault password/);
  });

  test('text that is not UTF-8', () => {
    const own = keyFile('');
    writeFileSync(own.file, Buffer.from(`# caf\xe9\nk: ${OLD}\n`, 'latin1'));
    refusal(own, () => own.of.rehearse(), /not UTF-8/);
  });

  test("somebody else's edit since it was read", () => {
    const own = keyFile(`k: ${OLD}\n`);
    own.of.state();
    writeFileSync(own.file, `k: ${OLD}\nmine: 1\n`);
    refusal(own, () => own.of.begin(NEW), /changed by somebody else meanwhile/);
    own.of.state();
    own.of.begin(NEW);
    expect(own.read()).toContain('mine: 1\n');
  });

  test('a folder that may not be written to', () => {
    const own = keyFile(`k: ${OLD}\n`);
    chmodSync(join(own.file, '..'), 0o755);
    chmodSync(own.file, 0o666);
    own.of.state();
    process.seteuid?.(65_534);
    try {
      refusal(own, () => own.of.begin(NEW), /cannot write: EACCES/);
    } finally {
      process.seteuid?.(0);
    }
  });

  test('a full disk', () => {
    const small = folder({ x: '' });
    mkdirSync(join(small, 'disk'));
    execFileSync('mount', ['-n', '-t', 'tmpfs', '-o', 'size=64k', 'own', join(small, 'disk')]);
    try {
      const file = join(small, 'disk', 'vars.yml');
      const text = `k: ${OLD}\n${'# comment\n'.repeat(4000)}`;
      writeFileSync(file, text);
      const own = { file, read: () => readFileSync(file, 'utf8'), of: new KeyFile(file, 'k', vaultWith()) };
      own.of.state();
      refusal(own, () => own.of.begin(NEW), /cannot write: ENOSPC/);
      expect(execFileSync('ls', [join(small, 'disk')], { encoding: 'utf8' })).toBe('vars.yml\n');
    } finally {
      execFileSync('umount', [join(small, 'disk')]);
    }
  });
});
