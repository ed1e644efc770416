// Rendering: every name must be given, values keep their meaning in YAML and in an environment file, and locks are whole.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.js';
import { GATEWAY_VARIABLES } from '../../src/stack/gateway-variables.js';
import { render, templatePath } from '../../src/templates.js';

const ENVIRONMENT = 'litellm/litellm.env.hbs';
const CONFIG = 'litellm/config.yaml.hbs';
const environment = (value: unknown) =>
  render(ENVIRONMENT, { environment: { A: value } })
    .trim()
    .split('\n')
    .at(-1);

describe('a template', () => {
  it.each([
    [ENVIRONMENT, {}, 'environment'],
    [CONFIG, { models: [], timeout: 1 }, 'retries'],
    ['ollama/ollama.service.hbs', {}, 'gpu'],
    ['litellm/litellm.service.hbs', { description: '', release: '', port: 1, restart: '' }, 'install'],
  ])('%s names what it is not given', (name, values, missing) => {
    expect(() => render(name, values)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: `template ${name} names ${missing}, which it is not given`,
      }),
    );
  });

  it('escapes nothing for HTML', () => {
    expect(environment('<a href="x">&amp; \'y\'')).toBe(`A="<a href=\\"x\\">&amp; 'y'"`);
  });

  it('does not take a value for a template', () => {
    expect(environment('{{environment}}')).toBe('A="{{environment}}"');
  });

  it.each([
    ['plain', 'A="plain"'],
    ['', 'A=""'],
    [0, 'A="0"'],
    [false, 'A="false"'],
    ['$HOME `x` %h', 'A="$HOME `x` %h"'],
    ['a\\b"c', 'A="a\\\\b\\"c"'],
    [new Secret('hush'), 'A="hush"'],
  ])('writes %j into an environment as %s', (value, line) => {
    expect(environment(value)).toBe(line);
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('writes no value of several lines into one: %j', (value) => {
    expect(() => environment(value)).toThrow('an environment value must be one line');
  });
});

describe('the locks', () => {
  const names = readdirSync(templatePath('litellm/locks'));

  it('are two, one of them for the default version', () => {
    const version = GATEWAY_VARIABLES.find((v) => v.name === 'litellm_version')?.default;
    expect(names).toHaveLength(2);
    expect(names).toContain(`${version}.txt`);
  });

  it.each(names)('%s pins LiteLLM and everything else, each by hashes', (name) => {
    const entries = readFileSync(templatePath(`litellm/locks/${name}`), 'utf8')
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line && !line.trim().startsWith('#'));
    expect(entries.filter((line) => line.startsWith('litellm=='))).toHaveLength(1);
    expect(entries.join('\n')).toContain(`litellm==${name.replace('.txt', '')}`);
    const loose = entries.filter((line) => !/^[\w.-]+==\S+.*--hash=sha256:[0-9a-f]{64}/.test(line));
    expect(loose).toEqual([]);
    expect(entries.length).toBeGreaterThan(50);
  });
});
