// Releases of LiteLLM that are known to be vulnerable, as docs/versions.md tells them. Pure.
interface Weakness {
  what: string;
  /** The first release that has it; undefined = all older ones. */
  from?: string;
  /** The first release of each line without it; a line that is not here has it when it is older than the last. */
  mended: readonly string[];
}

const WEAKNESSES: readonly Weakness[] = [
  { what: 'CVE-2026-42208, SQL injection before authentication', from: '1.81.16', mended: ['1.83.7'] },
  { what: 'CVE-2026-42271, remote code execution through MCP', from: '1.74.2', mended: ['1.83.7'] },
  { what: 'GHSA-4xpc-pv4p-pm3w, bypass by the Host header', mended: ['1.84.0'] },
  {
    what: 'GHSA-7hp6-4w63-5g45, key reuse to remote code execution',
    from: '1.91.0',
    mended: ['1.100.4', '1.101.3', '1.102.2', '1.103.1', '1.104.0'],
  },
];

/** What a release has, each with where it is mended. */
export function weaknessesOf(release: string): string[] {
  const has = ({ from, mended }: Weakness) => {
    const sameLine = mended.find((m) => lineOf(m) === lineOf(release));
    return (!from || !isOlder(release, from)) && isOlder(release, sameLine ?? (mended.at(-1) as string));
  };
  return WEAKNESSES.filter(has).map(({ what, mended }) => `${what}, mended in ${mended.join(', ')}`);
}

const numbersOf = (release: string) => release.split('.').map((part) => Number.parseInt(part, 10) || 0);
const lineOf = (release: string) => numbersOf(release).slice(0, 2).join('.');

function isOlder(a: string, b: string): boolean {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = [0, 1, 2].find((i) => left[i] !== right[i]);
  return at !== undefined && (left[at] ?? 0) < (right[at] ?? 0);
}
