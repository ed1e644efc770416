// Certificates for tests, made by openssl as a person makes them: of a private authority, and signed by themselves.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  certificate: string;
  key: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** One that is signed by itself. `names`: DNS:gw.lan,IP:10.0.0.10 */
export function selfSigned(names: string): Pair {
  return inFolder((openssl, read) => {
    openssl(['req', '-x509', ...EC, ...leaf(names), '-days', '90', '-keyout', 'key', '-out', 'certificate']);
    return { certificate: read('certificate'), key: read('key') };
  });
}

export interface Authority extends Pair {
  issue(names: string): Pair;
}

/** An authority of one's own; what it issues has its certificate behind it. */
export function authority(): Authority {
  const own = inFolder((openssl, read) => {
    openssl(['req', '-x509', ...EC, '-subj', '/CN=Test', '-days', '90', '-keyout', 'ca.key', '-out', 'ca']);
    return { certificate: read('ca'), key: read('ca.key') };
  });
  return { ...own, issue: (names) => issue(own, names) };
}

function issue(ca: Pair, names: string): Pair {
  return inFolder((openssl, read, write) => {
    write('ca', ca.certificate);
    write('ca.key', ca.key);
    openssl([
      'req',
      '-x509',
      '-CA',
      'ca',
      '-CAkey',
      'ca.key',
      ...EC,
      ...leaf(names),
      '-days',
      '60',
      '-keyout',
      'key',
      '-out',
      'certificate',
    ]);
    return { certificate: read('certificate') + ca.certificate, key: read('key') };
  });
}

/** What is read is text; the folder is gone afterwards. */
function inFolder<T>(
  work: (
    openssl: (args: string[]) => void,
    read: (name: string) => string,
    write: (name: string, text: string) => void,
  ) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-tls-'));
  try {
    return work(
      (args) => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }),
      (name) => readFileSync(join(folder, name), 'utf8'),
      (name, text) => writeFileSync(join(folder, name), text),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const leaf = (names: string) => [
  ...['-subj', '/CN=gateway', '-addext', `subjectAltName=${names}`],
  ...['-addext', 'basicConstraints=critical,CA:FALSE'],
];
