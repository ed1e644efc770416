// HTTP requests that a host makes itself: sh that runs curl, a reader of what it prints, and words for curl's exit codes. Pure.
import type { Secret } from '../secret.js';
import { AGENT, parsed } from '../services/http.js';
import { quote } from '../shell.js';

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

/** Requests of one lane run one after the other, lanes side by side. Answers are kept apart by files of their own. */
export function curls(lanes: readonly (readonly Ask[])[], { key, chain }: Manner = {}): string {
  const line = ({ id, url, body, seconds }: Ask) =>
    `ask ${quote(id)} ${seconds} ${quote(url)}${body === undefined ? '' : ` -H 'content-type: application/json' -d ${quote(body)}`}`;
  const flags = [
    // -v tells what is refused from what has no route; it also writes down the header with the key
    key ? `-sS -H @-` : '-sSv',
    ...(chain ? [`--cacert "$d/trusted"`] : []),
  ];
  return [
    `d=$(mktemp -d) || exit 0`,
    `trap 'rm -rf "$d"' EXIT`,
    ...(chain ? [trusted(chain)] : []),
    ...(key ? [`key=${quote(key.reveal())}`] : []),
    `ask() {`,
    `  id=$1 seconds=$2 url=$3; shift 3; n=$((n + 1)); f=$d/$lane.$n; : > "$f"`,
    // straight, as HAProxy goes, whatever root's environment says of proxies
    `  w=$(${key ? `printf 'Authorization: Bearer %s\\n' "$key" | ` : ''}curl ${flags.join(' ')} -A ${AGENT} --noproxy '*' --connect-timeout 5 --max-time "$seconds" -o "$f" -w '%{http_code} %{time_total} %{time_starttransfer}' "$@" -- "$url" 2>"$f.err"); rc=$?`,
    `  printf '%s|%s|%s|%s|%s\\n' "$id" "$rc" "$w" "$(head -c 262144 "$f" | base64 -w0)" "$([ $rc = 0 ] || grep -aE '^curl: |refused|route|unreachable' "$f.err" | head -c 400 | base64 -w0)" > "$f.line"`,
    `}`,
    ...lanes.map((lane, index) => `(\ntrap - EXIT; lane=${index} n=0\n${lane.map(line).join('\n')}\n) &`),
    'wait',
    `cat "$d"/*.line 2>/dev/null; true`,
  ].join('\n');
}

/** sh that writes, into the folder $d, what this host trusts and these certificates. */
export function trusted(chain: string): string {
  return `cat /etc/ssl/certs/ca-certificates.crt - > "$d/trusted" 2>/dev/null <<'END'\n${chain.trimEnd()}\nEND`;
}

export function readCurls(output: string): Map<string, Asked> {
  const answers = new Map<string, Asked>();
  for (const line of output.split('\n')) {
    const [id, rc, written, body, error] = line.split('|');
    if (!id || error === undefined) continue;
    const [status, seconds, first] = (written ?? '').split(' ').map(Number);
    const text = Buffer.from(body ?? '', 'base64').toString();
    const code = Number(rc);
    answers.set(id, {
      ...(code === 0 ? {} : { failed: why(code, Buffer.from(error, 'base64').toString().trim()) }),
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
    const id = line.split('|').length === 5 ? line.slice(0, line.indexOf('|')) : '';
    const answer = answers.get(id);
    if (!answer) return line;
    const { failed, status, ms, text } = answer;
    return `${id}: ${failed ?? status} after ${ms} ms${text ? `\n${text.trimEnd()}` : ''}`;
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
