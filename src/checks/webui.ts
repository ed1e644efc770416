// What the checks of the web UI share: one installation, asked by Python on its own host.
import { lookScript, readWebui, type SeenWebui, webuiScript } from '../open-webui.js';
import { WEBUI_UNIT } from '../stack/places.js';
import type { WebuiHost } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';
import { judgeAnswer, nonce } from './nonce.js';
import { patience } from './patience.js';

export const unitOf = ({ vars }: WebuiHost): string => String(vars.webui_unit ?? WEBUI_UNIT);

export const lookAt = (host: WebuiHost): string => `${lookScript(unitOf(host))}\ntrue`;

export function seenIn(output: string): SeenWebui {
  return readWebui<SeenWebui>(output);
}

/** What a call of prove.py prints. */
export interface Proven {
  /** Why the server could not be asked at all: multi-factor sign-in, no administrator. */
  why?: string;
  error?: string;
  models?: string[];
  answer?: string;
  ms?: number;
  /** hxllm installed it. */
  ours?: boolean;
}

export const ask = (
  call: 'gateway' | 'models' | 'chat' | 'user',
  host: WebuiHost,
  payload: object = {},
): string => `${webuiScript(call, { unit: unitOf(host), url: host.baseUrl, ...payload })}\ntrue`;

/** What could not be asked is told, and is no proof of anything. */
export function notAsked({ why = '' }: Proven): Result {
  return {
    status: 'warn',
    message: `it cannot be asked as an administrator: ${why}`,
    hint: /401/.test(why)
      ? 'with multi-factor sign-in on, look yourself: Admin Settings, Connections'
      : 'ssh HOST sudo systemctl status open-webui',
  };
}

/** sh: a chat with the first of its models; the nonce is printed for `judgeChat`. */
export function chatScript(call: 'chat' | 'user', host: WebuiHost): string {
  const [model] = host.models;
  if (model === undefined) return 'true';
  const word = nonce();
  return `echo 'nonce ${word}'\n${ask(call, host, { model, nonce: word, seconds: patience(host) })}`;
}

export function judgeChat(output: string, { answer = '', ms = 0 }: Proven): Result {
  const word = /^nonce (\S+)$/m.exec(output)?.[1] ?? '';
  return judgeAnswer(word, { text: answer, thinking: '', ms });
}

export type WebuiCheck = HostCheck<WebuiHost>;
