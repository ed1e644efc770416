// HTTP requests that a host makes itself: sh that runs curl, a reader of what it prints, and words for curl's exit codes. Pure.
import type { Secret } from '../secret.js';
import { AGENT, parsed } from '../services/http.js';
import { type Kept, quote } from '../shell.js';

export interface Ask {
  id: string;
  url: string;
  /** JSON. Never holds a key: it is an argument of curl. */
  body?: string | undefined;
  seconds: number;
}

export interface Asked {
  /** Why there was no answer; undefined when there was one. */
  failed?: string;
  /** 0 without an answer. */
  status: number;
  ms: number;
  /** Until the first byte. */
  firstMs: number;
  text: string;
  /** undefined when the text is not JSON. */
  json: unknown;
}

export interface Manner {
  /** In the script, and on the stdin of curl; in no argument and in no file. */
  key?: Secret;
  /** PEM that is trusted besides what the host trusts. */
  chain?: string | undefined;
}

/** Bytes of an answer that are kept. */
const MOST = 262_144;

/**
 * Requests of one lane run one after the other, lanes side by side. An answer is one line, encoded where it has more:
 * `id|exit code of curl|status seconds seconds|=|text` or `id|…|…|base64|base64 of the error`.
 */
export function curls(lanes: readonly (readonly Ask[])[], { key, chain }: Manner = {}): string {
  const line = ({ id, url, body, seconds }: Ask) =>
    `ask ${quote(id)} ${seconds} ${quote(url)}${body === undefined ? '' : ` -H 'content-type: application/json' -d ${quote(body)}`}`;
  // straight, as HAProxy goes, whatever root's environment says of proxies
  const flags = `-A ${AGENT} --noproxy '*' --connect-timeout 5 --max-time "$seconds"${chain ? ' --cacert "$d/trusted"' : ''}`;
  const ask = [
    `ask() {`,
    `  id=$1 seconds=$2 url=$3; shift 3`,
    `  o=$(${key ? `printf 'Authorization: Bearer %s\\n' "$key" | ` : ''}curl -q -gsS ${key ? '-H @- ' : ''}${flags} -w '\\n%{http_code} %{time_total} %{time_starttransfer}' "$@" -- "$url" 2>&1); rc=$?`,
    `  b=\${o%"$nl"*}; w=\${o##*"$nl"}`,
    `  case $rc$b in 0*"$nl"*|0*@@hxllm*|[!0]*) ;; *) if [ \${#b} -lt ${MOST} ]; then printf '%s|0|%s|=|%s\\n' "$id" "$w" "$b"; return; fi ;; esac`,
    `  e=; [ $rc = 0 ] || { e="curl: (\${o##*curl: (}"; b=; }`,
    // whether it is refused or has no route is what curl says on the way, and it also writes down a header with a key
    ...(key
      ? []
      : [
          `  [ $rc != 7 ] || e=$(curl -q -gsv ${flags} -o /dev/null -- "$url" 2>&1 | grep -aE 'refused|route|unreachable')`,
        ]),
    `  printf '%s|%s|%s|%s|%s\\n' "$id" "$rc" "$w" "$(printf %s "$b" | head -c ${MOST} | base64 -w0)" "$(printf %s "$e" | head -c 400 | base64 -w0)"`,
    `}`,
    `nl='`,
    `'`,
    ...(key ? [`key=${quote(key.reveal())}`] : []),
  ];
  const folder = [`d=$(mktemp -d) || exit 0`, `trap 'rm -rf "$d"' EXIT`];
  if (lanes.length < 2)
    return [...(chain ? [...folder, trusted(chain)] : []), ...ask, ...lanes.flat().map(line), 'true'].join(
      '\n',
    );
  return [
    ...folder,
    ...(chain ? [trusted(chain)] : []),
    ...ask,
    // a long line of one would be cut by another's
    ...lanes.map((lane, index) => `(\ntrap - EXIT\n${lane.map(line).join('\n')}\n) > "$d/${index}.lane" &`),
    'wait',
    `cat "$d"/*.lane`,
    'true',
  ].join('\n');
}

/** sh: an answer of one line that the script may have got already; else it is asked for, to learn why there is none. */
export function answered({ ask, name }: Kept, { id, ...rest }: Ask): string {
  // how long it took is not known any more
  const got = `printf '%s|0|200|=|%s\\n' ${quote(id)} "$${name}"`;
  return `${ask}\nif [ -n "$${name}" ]; then ${got}; else\n${curls([[{ id, ...rest }]])}\nfi`;
}

/** sh that writes, into the folder $d, what this host trusts and these certificates. */
export function trusted(chain: string): string {
  return `cat /etc/ssl/certs/ca-certificates.crt - > "$d/trusted" 2>/dev/null <<'END'\n${chain.trimEnd()}\nEND`;
}

const decode = (text = '') => Buffer.from(text, 'base64').toString();

export function readCurls(output: string): Map<string, Asked> {
  const answers = new Map<string, Asked>();
  for (const line of output.split('\n')) {
    const [id, rc, written, body, ...rest] = line.split('|');
    if (!id || rest.length === 0) continue;
    const [status, seconds, first] = (written ?? '').split(' ').map(Number);
    const [text, error] = body === '=' ? [rest.join('|'), ''] : [decode(body), decode(rest[0])];
    const code = Number(rc);
    answers.set(id, {
      ...(code === 0 ? {} : { failed: why(code, error.trim()) }),
      status: code === 0 ? (status ?? 0) : 0,
      ms: Math.round((seconds ?? 0) * 1000),
      firstMs: Math.round((first ?? 0) * 1000),
      text,
      json: parsed(text),
    });
  }
  return answers;
}

/** The output with bodies and errors as people read them: for the evidence folder. */
export function readable(output: string): string {
  const answers = readCurls(output);
  const lines = output.split('\n').map((line) => {
    const id = line.slice(0, Math.max(line.indexOf('|'), 0));
    const answer = answers.get(id);
    if (!answer) return line;
    const { failed, status, ms, text } = answer;
    const after = ms > 0 ? ` after ${ms} ms` : '';
    return `${id}: ${failed ?? status}${after}${text ? `\n${text.trimEnd()}` : ''}`;
  });
  return lines.join('\n');
}

const WHY: Record<number, string> = {
  6: 'its name is not found',
  7: 'it cannot be connected to',
  28: 'it does not answer in time',
  52: 'it closes the connection without an answer',
  56: 'it closes the connection',
  60: 'its certificate is not trusted',
  127: 'curl is not installed on the host',
};

/** 7 means refused and no route alike: only what curl says on the way (-v) tells them apart. */
function why(code: number, text: string): string {
  if (code === 7 && /refused/i.test(text)) return 'it refuses the connection';
  if (code === 7 && /route|unreachable/i.test(text)) return 'there is no route to it';
  if (code === 60 && /subject name/.test(text)) return 'it shows a certificate for another name';
  const last = /^curl: \(\d+\) (.*)$/m.exec(text)?.[1];
  return WHY[code] ?? last ?? `curl exit code ${code}`;
}
