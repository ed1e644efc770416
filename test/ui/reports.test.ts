// Findings and the state of hosts, as people and CI servers read them.
import { expect, test } from 'vitest';
import type { Finding } from '../../src/finding.js';
import { findingsText } from '../../src/ui/findings.js';
import { junit } from '../../src/ui/junit.js';
import { statusText } from '../../src/ui/status.js';

const plain = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, '');

const about = (check: string, host: string, rest: Partial<Finding>): Finding => ({
  check,
  title: `About ${check}`,
  host,
  status: 'pass',
  message: 'fine',
  ...rest,
});
const FINDINGS = [
  about('units', 'gw.lan', { data: { ms: 12 } }),
  about('completions', 'gw.lan', {
    subject: 'phi3-3.8b',
    status: 'fail',
    message: 'said "<no>" & \x07',
    hint: 'look at gw.lan',
  }),
  about('stream', 'gw.lan', { status: 'skip', message: 'no chat model' }),
  about('base-url', 'gw.lan', { status: 'warn', message: 'not from here', hint: 'curl -v' }),
  about('models', 'llm1.lan', { status: 'fail', message: 'missing', hint: 'hxllm deploy --limit llm1.lan' }),
  about('models', 'llm2.lan', { status: 'fail', message: 'missing', hint: 'hxllm deploy --limit llm2.lan' }),
  about('reach', 'llm3.lan', { status: 'unreached', message: 'no route', hint: 'ping it' }),
];
const SUMMARY = { pass: 1, warn: 1, fail: 3, skip: 1, unreached: 1 };

test('the table says what was seen, below it what mends it, at the end the count', () => {
  expect(plain(findingsText(FINDINGS, SUMMARY))).toMatchInlineSnapshot(`
    "RESULT     HOST      CHECK        SEEN
    pass       gw.lan    units        fine
    FAIL       gw.lan    completions  phi3-3.8b: said "<no>" & 
    skip       gw.lan    stream       no chat model
    warn       gw.lan    base-url     not from here
    FAIL       llm1.lan  models       missing
    FAIL       llm2.lan  models       missing
    unreached  llm3.lan  reach        no route

    completions: look at gw.lan
    base-url: curl -v
    models: hxllm deploy --limit llm1.lan
      likewise: llm2.lan
    reach: ping it

    1 passed, 1 with a warning, 3 failed, 1 skipped, 1 not reached"
  `);
});

test('JUnit: failed, not reached and skipped are told apart, and every text is legal XML', () => {
  expect(junit(FINDINGS, new Date('2026-11-23T10:00:00Z'))).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="hxllm verify" tests="7" failures="3" errors="1" skipped="1">
      <testsuite name="gw.lan" timestamp="2026-11-23T10:00:00" tests="4" failures="1" errors="0" skipped="1">
        <testcase classname="hxllm.gw_lan" name="units: About units" time="0.012"/>
        <testcase classname="hxllm.gw_lan" name="completions: About completions (phi3-3.8b)"><failure message="said &quot;&lt;no&gt;&quot; &amp; ">look at gw.lan</failure></testcase>
        <testcase classname="hxllm.gw_lan" name="stream: About stream"><skipped message="no chat model"/></testcase>
        <testcase classname="hxllm.gw_lan" name="base-url: About base-url"><system-out>not from here&#10;curl -v</system-out></testcase>
      </testsuite>
      <testsuite name="llm1.lan" timestamp="2026-11-23T10:00:00" tests="1" failures="1" errors="0" skipped="0">
        <testcase classname="hxllm.llm1_lan" name="models: About models"><failure message="missing">hxllm deploy --limit llm1.lan</failure></testcase>
      </testsuite>
      <testsuite name="llm2.lan" timestamp="2026-11-23T10:00:00" tests="1" failures="1" errors="0" skipped="0">
        <testcase classname="hxllm.llm2_lan" name="models: About models"><failure message="missing">hxllm deploy --limit llm2.lan</failure></testcase>
      </testsuite>
      <testsuite name="llm3.lan" timestamp="2026-11-23T10:00:00" tests="1" failures="0" errors="1" skipped="0">
        <testcase classname="hxllm.llm3_lan" name="reach: About reach"><error message="no route">ping it</error></testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test('status: one line per host and service, and why a host was not reached', () => {
  const hosts = [
    {
      name: 'gw.lan',
      reached: true,
      lastDeploy: '2026-11-23T09:00:00.000Z',
      services: [
        {
          role: 'gateway',
          unit: 'litellm.service',
          state: 'active',
          since: '2026-11-23T09:58:00.000Z',
          restarts: 2,
          atBoot: true,
          version: '1.106.2',
          models: ['a', 'b'],
        },
        { role: 'gateway', unit: 'haproxy.service', state: 'failed', restarts: 0, atBoot: true },
      ],
    },
    {
      name: 'llm1.lan',
      reached: false,
      error: { code: 'unreachable', message: 'no route', hints: ['ping it'] },
      services: [],
    },
  ];
  expect(plain(statusText(hosts, new Date('2026-11-23T10:00:00Z')))).toMatchInlineSnapshot(`
    "HOST      SERVICE  STATE               FOR    VERSION  LAST DEPLOY  MODELS
    gw.lan    litellm  active, 2 restarts  2 min  1.106.2  1 h ago      a, b
    gw.lan    haproxy  failed              -      -        1 h ago      -
    llm1.lan  -        not reached         -      -        -            -

    llm1.lan: no route
      ping it"
  `);
});
