// The filter as checks see it: on its host, and from a web UI that must not get past the gateway.
import { describe, expect, test } from 'vitest';
import { closed } from '../../src/checks/closed.js';
import { filter } from '../../src/checks/filter.js';
import type { Opening } from '../../src/opening.js';
import { filterText } from '../../src/resources/rules.js';
import type { Stack } from '../../src/stack/stack.js';
import { aBackendHost, aGateway, aStack, aWebui, curlLine } from './members.js';

const opening = (rest: Partial<Opening> = {}): Opening => ({
  port: 11434,
  of: 'ollama_port',
  variable: 'ollama_allowed_networks',
  networks: [],
  hosts: [{ name: 'gw.lan', to: ['llm1.lan'] }],
  ...rest,
});
const TEXT = filterText([opening({ hosts: [{ name: 'gw.lan', to: [], from: ['10.0.0.11'] }] })]);
const FILE = `file ${btoa(TEXT)}`;

describe('on its host', () => {
  const backend = aBackendHost('llm1', { openings: [opening()] });
  test.each([
    [['nft works', FILE, 'boot', 'loaded', 'same'], 'pass', 'port 11434, loaded as its file says'],
    [['nft works'], 'warn', 'anybody may come to port 11434: no filter was deployed'],
    [['nft works', FILE, 'boot'], 'fail', 'it is not loaded: anybody may come to port 11434'],
    [['nft works', FILE, 'boot', 'loaded'], 'fail', 'somebody changed the loaded table'],
    [['nft works', FILE, 'loaded', 'same'], 'fail', 'it is not loaded at boot'],
    [['nft missing', FILE, 'boot'], 'fail', 'nft is not installed'],
    [
      ['nft refuses Operation not permitted', FILE, 'boot'],
      'fail',
      'nft cannot be used: Operation not permitted',
    ],
  ])('%j is %s', (said, status, message) => {
    const result = filter.judge(said.join('\n'), backend, aStack());
    expect(result).toMatchObject({ status, message });
    expect('fix' in result).toBe(status === 'fail');
  });

  test('a gateway that it does not know is a warning', () => {
    const more = opening({ hosts: [...opening().hosts, { name: 'gw2.lan', to: ['llm1.lan'] }] });
    const host = aBackendHost('llm1', { openings: [more] });
    expect(
      filter.judge(['nft works', FILE, 'boot', 'loaded', 'same'].join('\n'), host, aStack()),
    ).toMatchObject({
      status: 'warn',
      message: 'it does not know gw2.lan on port 11434',
    });
  });

  test('one that is off is skipped, and told when it is there all the same', () => {
    const off = aBackendHost('llm1', { vars: { hxllm_filter: false } });
    expect(filter.judge('nft works', off, aStack())).toEqual({
      status: 'skip',
      message: 'hxllm_filter is false',
    });
    expect(filter.judge('nft works\nloaded', off, aStack())).toMatchObject({ status: 'warn' });
    expect(filter.judge('nft works', aGateway(), aStack())).toEqual([]);
  });
});

describe('from a web UI', () => {
  const stackWith = (networks: string[] = []): Stack => ({
    ...aStack(),
    backends: ['llm1', 'llm2'].map((name) => aBackendHost(name, { openings: [opening({ networks })] })),
    webuis: [aWebui()],
  });
  const judge = (lines: string[], stack = stackWith()) =>
    closed.judge([...lines, 'asked'].join('\n'), aWebui(), stack);
  const refused = (name: string) => curlLine(name, { rc: 7, error: 'Connection refused' });

  test('asks each guarded backend, and none on its own host', () => {
    const script = closed.script(aWebui(), stackWith());
    expect(script).toContain('http://llm1.lan:11434/api/version');
    expect(script).toContain('http://llm2.lan:11434/api/version');
    expect(closed.script(aWebui({ name: 'llm1.lan' }), stackWith())).not.toContain('http://llm1.lan');
  });

  test('a backend that answers is a failure, one that refuses is good', () => {
    expect(judge([refused('llm1'), refused('llm2')])).toMatchObject({ status: 'pass' });
    expect(judge([refused('llm1'), curlLine('llm2')])).toMatchObject({
      status: 'fail',
      message: 'llm2 answers at http://llm2.lan:11434',
    });
    expect(judge([refused('llm1')])).toMatchObject({ status: 'fail' });
  });

  test('it may be one of the networks that are let in', () => {
    expect(judge([refused('llm1'), curlLine('llm2')], stackWith(['10.0.0.0/8']))).toMatchObject({
      status: 'skip',
    });
  });

  test('nothing is asked without a filter, and on a gateway', () => {
    expect(judge([], aStack())).toEqual([]);
    const stack = { ...stackWith(), gateways: [aGateway({ name: 'ui.lan' })] };
    expect(judge([], stack)).toEqual([]);
  });
});
