// Client checks without a client: whose key is used, what is a pass, in which words, and which checks run.
import { describe, expect, test } from 'vitest';
import { type Errand, errandFor } from '../../src/checks/client.js';
import { readStream } from '../../src/checks/client-curl.js';
import { judgeClient, plainly } from '../../src/checks/client-result.js';
import { selectClients } from '../../src/checks/clients.js';
import { selectChecks } from '../../src/checks/select.js';
import { Secret } from '../../src/secret.js';
import type { Client } from '../../src/stack/stack.js';
import { aGateway, aModel } from './members.js';

const MODEL = 'phi3-3.8b';

describe('whose key', () => {
  const client = (name: string, rest: Partial<Client> = {}) => ({
    name,
    key: new Secret(`sk-${name}`),
    ...rest,
  });
  const NOW = Date.UTC(2027, 0, 1);
  const restricted = [
    client('scrape', { metrics: true }),
    client('some', { models: ['a'] }),
    client('slow', { rpm: 1 }),
    client('small', { tpm: 1 }),
    client('one', { parallel: 1 }),
    client('old', { expires: NOW / 1000 }),
  ];
  test.each([
    [
      'the first that may do all',
      [...restricted, client('alice', { expires: NOW / 1000 + 9 }), client('bob')],
      'alice',
    ],
    ['the master key when there is none', restricted, 'admin'],
    ['the master key without clients', [], 'admin'],
  ])('%s', (_, clients, who) => {
    const gateway = aGateway({ clients });
    const asked = errandFor(gateway, NOW);
    expect(asked?.who).toBe(who);
    expect(asked?.key).toBe(clients.find((c) => c.name === who)?.key ?? gateway.masterKey);
  });
  test('a gateway without a chat model is asked for nothing', () => {
    expect(errandFor(aGateway({ models: [aModel('e', { mode: 'embedding' })] }))).toBeUndefined();
  });
});

test.each([
  ['[Errno -2] Name or service not known', 'its name is not found'],
  ['Temporary failure in name resolution', 'its name is not found'],
  ['[Errno 111] Connection refused', 'it refuses the connection'],
  [
    '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate',
    'its certificate is not trusted',
  ],
  [
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'x'",
    'it shows a certificate for another name',
  ],
  ['Request timed out.', 'it does not answer in time'],
  ['open failed', 'sshd of the host allows no tunnel'],
  ['administratively prohibited', 'sshd of the host allows no tunnel'],
  ['something else', 'something else'],
])('%s: %s', (said, words) => {
  expect(plainly(said)).toBe(words);
});

test('an empty answer is a failure, and the rest is not told', () => {
  const said = { text: 'hxllm-abcdef0123', thinking: '', finish: 'stop', tokens: 16, pieces: 16 };
  const seen = {
    version: 'curl 8',
    models: [MODEL],
    chat: { text: '', thinking: '', ms: 5 },
    stream: { ...said, firstMs: 1, tookMs: 2, tokensPerSecond: undefined },
  };
  const words = { chat: 'hxllm-0123456789', stream: 'hxllm-abcdef0123' };
  const asked = { ...(errandFor(aGateway({ models: [aModel(MODEL)] })) as Errand), words };
  const as = 'curl 8 as admin, with the master key';
  expect(judgeClient(asked, seen)).toMatchObject({
    status: 'fail',
    message: `${as}: chat: gave an empty answer after 5 ms`,
  });
  expect(judgeClient(asked, { ...seen, models: ['x'] }).message).toBe(
    `${as}: does not list ${MODEL}, only x; chat: gave an empty answer after 5 ms`,
  );
});

test('a stream that tells an error is a failure', () => {
  const text =
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"error":{"message":"gone","type":"x"}}\n\n';
  expect(() => readStream({ text, firstMs: 1, ms: 2 })).toThrow('no stream: 200 x: gone');
});

describe('which run', () => {
  const ids = (options: Parameters<typeof selectClients>[0]) => selectClients(options).map(({ id }) => id);
  test('those that --clients names, with any other checks', () => {
    expect(ids({})).toEqual([]);
    expect(ids({ clients: ['node', 'curl'] })).toEqual(['client-curl', 'client-node']);
    expect(ids({ clients: ['curl'], only: ['units'] })).toEqual(['client-curl']);
    expect(ids({ clients: ['curl', 'node'], skip: ['client-curl'] })).toEqual(['client-node']);
  });
  test('nothing else with --only of their own', () => {
    const options = { clients: ['curl', 'node'], only: ['client-node'] };
    expect([ids(options), selectChecks(options)]).toEqual([['client-node'], []]);
  });
  test('one that is not asked for is a usage error', () => {
    expect(() => selectChecks({ only: ['client-node'] })).toThrow('client-node is asked only with --clients');
    expect(() => selectChecks({ clients: ['curl'], only: ['client-curl'], skip: ['client-curl'] })).toThrow(
      'leave no check',
    );
  });
});
