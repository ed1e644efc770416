// The scripts of host checks as sh runs them: they parse, end in order, and curl's answers come back whole.
import { execFile, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answered, curls, readable, readCurls } from '../../src/checks/curl.js';
import {
  findingsOf,
  HOST_CHECKS,
  judgePieces,
  PROBE_CHECKS,
  piecesOf,
  secondsOf,
} from '../../src/checks/pieces.js';
import { selectChecks } from '../../src/checks/select.js';
import { units } from '../../src/checks/units.js';
import { quote } from '../../src/shell.js';
import { aBackendHost, aGateway, aStack, aWebui, KEY, WEBUI_KEY } from './members.js';

const MEMBERS = [aGateway(), aBackendHost(), aWebui({ bindHost: '::' })];
const pieces = piecesOf(MEMBERS, aStack(), HOST_CHECKS);

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/hangup') return void request.socket.destroy();
    if (request.url === '/slow') return void setTimeout(() => response.end('{"slow":true}'), 300);
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () =>
      response.writeHead(request.url === '/missing' ? 404 : 200).end(body || 'a|b\n"ü"\n'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each(pieces)('$name parses, and holds no key', ({ script }) => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(script).not.toContain(KEY);
  expect(script).not.toContain(WEBUI_KEY);
});

test('requests run side by side by lane, and each answer comes back whole', async () => {
  const ask = (path: string, seconds = 5, body?: string) => ({
    id: path,
    url: `${url}${path}`,
    seconds,
    body,
  });
  const script = curls([
    [ask('/text'), ask('/json', 5, `{"it's": "a \\"quote\\""}`), ask('/missing')],
    [ask('/slow')],
    [ask('/silent', 1)],
    [ask('/hangup')],
    [{ id: 'refused', url: 'http://127.0.0.1:9', seconds: 5 }],
    // a label of 64 characters: no resolver has to be asked, whose silence would be another answer
    [{ id: 'name', url: `http://${'n'.repeat(64)}.invalid`, seconds: 5 }],
  ]);
  const { stdout } = await promisify(execFile)('sh', ['-c', script]);
  const answers = readCurls(stdout);
  expect(answers.get('/text')).toMatchObject({ status: 200, text: 'a|b\n"ü"\n', json: undefined });
  expect(answers.get('/json')).toMatchObject({ status: 200, json: { "it's": 'a "quote"' } });
  expect(answers.get('/missing')).toMatchObject({ status: 404 });
  expect(answers.get('/slow')).toMatchObject({ status: 200, json: { slow: true } });
  expect(answers.get('/slow')?.ms).toBeGreaterThanOrEqual(250);
  expect(answers.get('/silent')).toMatchObject({ status: 0, failed: 'it does not answer in time' });
  expect(answers.get('/hangup')).toMatchObject({ failed: 'it closes the connection without an answer' });
  expect(answers.get('refused')).toMatchObject({ failed: 'it refuses the connection' });
  expect(answers.get('name')).toMatchObject({ failed: 'its name is not found' });
});

test.each([
  [
    'an answer that the script has',
    `{"models":[]}`,
    { status: 200, json: { models: [] } },
    /^tags: 200\n\{"models":\[\]\}$/m,
  ],
  ['one that it did not get is asked for', '', { status: 0, failed: 'it refuses the connection' }, /refuses/],
])('%s', async (_, kept, answer, text) => {
  const ask = { id: 'tags', url: 'http://127.0.0.1:9', seconds: 5 };
  const script = answered({ ask: `have=${quote(kept)}`, name: 'have' }, ask);
  const { stdout } = await promisify(execFile)('sh', ['-c', script]);
  expect(readCurls(stdout).get('tags')).toMatchObject(answer);
  expect(readable(stdout)).toMatch(text);
});

test('a host with two roles gets the pieces of both, under names of their own', () => {
  const names = pieces.map(({ name }) => name);
  expect(names).toContain('units gateway');
  expect(names).toContain('units backend');
  expect(new Set(names).size).toBe(names.length);
  expect(secondsOf(pieces)).toBeGreaterThan(300);
});

test('what rides on the probe of a deploy asks no model', () => {
  expect(PROBE_CHECKS.map(({ id }) => id)).toEqual([
    'units',
    'listeners',
    'readiness',
    'balancer',
    'models',
    'webui-service',
    'webui-connection',
  ]);
});

test('a piece that did not run, or cannot be read, is a failure and never a pass', () => {
  expect(judgePieces(pieces, new Map(), aStack()).every(({ status }) => status === 'fail')).toBe(true);
  const noise = new Map(pieces.map(({ name }) => [name, 'noise|0|200 1|bm9pc2U=|\n\0']));
  for (const finding of judgePieces(pieces, noise, aStack()))
    expect(finding).toMatchObject({ status: 'fail' });
});

test('a finding names its host in the hint, and has one only when something is to be done', () => {
  const [bad] = findingsOf(units, 'gw.lan', {
    status: 'fail',
    message: 'x',
    hint: 'ssh HOST; OLLAMA_HOST=1',
  });
  expect(bad).toMatchObject({ check: 'units', host: 'gw.lan', hint: 'ssh gw.lan; OLLAMA_HOST=1' });
  expect(findingsOf(units, 'gw.lan', { status: 'pass', message: 'x' })[0]).not.toHaveProperty('hint');
});

test('what a model says cannot steer the terminal', () => {
  const [found] = findingsOf(units, 'gw.lan', { status: 'pass', message: 'said:\n\x1b[2J\x9b2Jx\x07' });
  expect(found?.message).toBe('said: [2J2Jx');
});

test('--only and --skip choose by id; an unknown one is a usage error with the list', () => {
  expect(selectChecks({ only: ['units', 'stream'] }).map(({ id }) => id)).toEqual(['units', 'stream']);
  expect(selectChecks({ skip: ['units'] }).map(({ id }) => id)).not.toContain('units');
  expect(() => selectChecks({ only: ['unit'] })).toThrow('no check is called unit');
  try {
    selectChecks({ skip: ['unit'] });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2, suggestions: [expect.stringContaining('units, listeners')] });
  }
  expect(() => selectChecks({ only: ['units'], skip: ['units'] })).toThrow('leave no check');
});
