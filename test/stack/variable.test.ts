// Types of variables: what people write, in INI and in YAML, and what hxllm takes it for.
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/inventory/types.js';
import { Secret } from '../../src/secret.js';
import { BACKEND_VARIABLES } from '../../src/stack/backend-variables.js';
import { COMMON_VARIABLES } from '../../src/stack/common-variables.js';
import { GATEWAY_VARIABLES } from '../../src/stack/gateway-variables.js';
import { typed, type VariableType } from '../../src/stack/variable.js';

it.each<[VariableType, Value, unknown]>([
  ['string', 'x', 'x'],
  ['string', 3.12, '3.12'],
  ['string', new Secret('x'), 'x'],
  ['integer', '-1', -1],
  ['integer', 0, 0],
  ['positive integer', ' 5 ', 5],
  ['port', '4000', 4000],
  ['port', 65535, 65535],
  ['boolean', 'Yes', true],
  ['boolean', 'off', false],
  ['boolean', false, false],
  ['url', 'https://h/x//', 'https://h/x'],
  ['sha256', 'A'.repeat(64), 'a'.repeat(64)],
  ['list of strings', ['a', 1], ['a', '1']],
  ['list of strings', [], []],
  ['list of urls', ['http://a/', 'http://b'], ['http://a', 'http://b']],
  ['list of maps', [{ a: 1 }], [{ a: 1 }]],
  ['map', { a: null }, { a: null }],
])('%s takes %j', (type, value, expected) => {
  expect(typed(type, value)).toEqual({ value: expected });
});

it.each<[VariableType, Value, string]>([
  ['string', ['x'], 'a string, not ["x"]'],
  ['string', true, 'a string, not true'],
  ['secret', 5, 'a string, not 5'],
  ['integer', '1.5', 'an integer, not "1.5"'],
  ['integer', '', 'an integer, not ""'],
  ['positive integer', -1, 'an integer above 0, not -1'],
  ['port', 0, 'a port from 1 to 65535, not 0'],
  ['port', '80a', 'a port from 1 to 65535, not "80a"'],
  ['boolean', 'maybe', 'true or false, not "maybe"'],
  ['boolean', 'constructor', 'true or false, not "constructor"'],
  ['boolean', 1, 'true or false, not 1'],
  ['url', 'ftp://h', 'a URL that begins with http:// or https://, not "ftp://h"'],
  ['url', 'http://', 'a URL that begins with http:// or https://, not "http://"'],
  ['sha256', 'a'.repeat(63), `64 hexadecimal digits, not "${'a'.repeat(63)}"`],
  [
    'list of urls',
    ['http://a', 'b'],
    'a list of URLs that begin with http:// or https://, not ["http://a","b"]',
  ],
  ['list of maps', [[]], 'a list of maps, not [[]]'],
  ['map', [], 'a map of names to values, not []'],
  ['map', new Secret('hidden'), 'a map of names to values, not a secret of another type'],
])('%s does not take %j', (type, value, wrong) => {
  expect(typed(type, value)).toEqual({ wrong: `should be ${wrong}` });
});

describe.each([...COMMON_VARIABLES, ...GATEWAY_VARIABLES, ...BACKEND_VARIABLES])('$name', (variable) => {
  it('has a default that it would itself accept, and one sentence about it', () => {
    const { default: value, doc, type, refuse } = variable;
    if (value !== undefined) {
      expect(typed(type, value as Value)).toEqual({ value });
      expect(refuse?.(value)).toBeUndefined();
    }
    expect(doc).toMatch(/^\S.*[^.]$/);
  });
});
