// Where things are on the hosts: units and ports that roles make and checks look at.
import type { BackendHost } from './stack.js';

/** LiteLLM's own ports on 127.0.0.1: never 4000, where it would take a random port when that is busy. */
export const LITELLM_PORT = 4401;
export const STANDBY_PORT = 4402;

export const LITELLM_UNIT = 'litellm.service';
export const PROXY_UNIT = 'haproxy.service';
export const OLLAMA_UNIT = 'ollama.service';
export const WEBUI_UNIT = 'open-webui.service';

/** Where a host itself reaches what is bound to an address, as a URL has it. */
export function addressOf(bound: string): string {
  if (bound === '0.0.0.0' || bound === '::') return '127.0.0.1';
  return urlHost(bound);
}

/** Where a backend's own host reaches its Ollama: `127.0.0.1:11434`. */
export function ollamaAt({ port, vars }: Pick<BackendHost, 'port' | 'vars'>): string {
  return `${addressOf(String(vars.ollama_bind_host))}:${port}`;
}

/** An IPv6 address in brackets, everything else as it is. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** The host of a URL: an IPv6 address without its brackets. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '');

export const LITELLM_ROOT = '/etc/litellm';

/** Where hosts keep an authority of one's own, for their list of trusted ones. */
export const AUTHORITY = '/usr/local/share/ca-certificates/hxllm.crt';
