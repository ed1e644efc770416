// Findings as a JUnit report, the form that CI servers read. Pure.
import type { Finding } from '../finding.js';

export function junit(findings: readonly Finding[], at: Date): string {
  const hosts = [...new Set(findings.map((f) => f.host))];
  const suites = hosts.map((host) =>
    suite(
      host,
      findings.filter((f) => f.host === host),
      at,
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hxllm verify"${counts(findings)}>\n${suites.join('')}</testsuites>\n`;
}

function suite(host: string, findings: readonly Finding[], at: Date): string {
  const time = at.toISOString().slice(0, 19);
  return `  <testsuite name="${xml(host)}" timestamp="${time}"${counts(findings)}>\n${findings.map(testcase).join('')}  </testsuite>\n`;
}

function counts(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((f) => f.status === status).length;
  return ` tests="${findings.length}" failures="${count('fail')}" errors="${count('unreached')}" skipped="${count('skip')}"`;
}

function testcase({ check, title, host, subject, status, message, hint, data }: Finding): string {
  const name = `${check}: ${subject ? `${title} (${subject})` : title}`;
  const ms = data?.ms;
  const time = typeof ms === 'number' ? ` time="${(ms / 1000).toFixed(3)}"` : '';
  const open = `    <testcase classname="hxllm.${xml(host.replaceAll('.', '_'))}" name="${xml(name)}"${time}`;
  const body = `message="${xml(message)}"`;
  const more = hint ? `>${xml(hint)}<` : '><';
  switch (status) {
    case 'pass':
      return `${open}/>\n`;
    case 'skip':
      return `${open}><skipped ${body}/></testcase>\n`;
    case 'warn':
      return `${open}><system-out>${xml(`${message}\n${hint ?? ''}`.trimEnd())}</system-out></testcase>\n`;
    case 'fail':
      return `${open}><failure ${body}${more}/failure></testcase>\n`;
    case 'unreached':
      return `${open}><error ${body}${more}/error></testcase>\n`;
  }
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** XML 1.0 has no way at all to write most control characters. */
function xml(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]/g, '')
    .replace(/[&<>"\n]/g, (c) => ENTITIES[c] ?? c);
}
