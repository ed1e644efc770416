// How the control node reaches a gateway: at litellm_base_url as clients do, else through SSH.
import type { Access } from '../checks/check.js';
import { messageOf } from '../errors.js';
import { ask } from '../services/http.js';
import type { Recorder } from '../services/recorder.js';
import { fetchTrusting } from '../services/tls.js';
import type { Session } from '../ssh/types.js';
import type { GatewayHost, Stack } from '../stack/stack.js';

export interface OpenAccess extends Access {
  close(): void;
}

const PATIENCE_MS = 5_000;

export async function openAccess(
  gateway: GatewayHost,
  stack: Stack,
  session: Session | undefined,
  { signal, recorder }: { signal: AbortSignal; recorder?: Recorder | undefined },
): Promise<OpenAccess> {
  const base = { signal, fetch: recorder?.fetch ?? fetchOf(gateway) };
  const why = await refusal(gateway.baseUrl, base);
  const rest = { ...base, ...(why === undefined ? {} : { why }) };
  // one name in front of several gateways: each has to be asked itself
  const isShared = stack.gateways.some((g) => g !== gateway && g.baseUrl === gateway.baseUrl);
  if (session && (why !== undefined || isShared)) {
    const tunnel = await session.tunnel(addressOf(gateway), gateway.bindPort);
    const url = tunnelUrl(gateway, tunnel);
    if ((await refusal(url, base)) === undefined)
      return { ...rest, url, through: 'tunnel', close: tunnel.close };
    tunnel.close();
  }
  const everywhere = `${why}; nor does port ${gateway.bindPort} answer on the host itself`;
  return {
    ...base,
    ...(why === undefined ? {} : { why: session ? everywhere : why }),
    url: gateway.baseUrl,
    through: why === undefined ? 'direct' : 'nothing',
    close: () => {},
  };
}

/** Why nothing answers at a URL; undefined when something does, whatever it says: HAProxy itself, also under load. */
async function refusal(url: string, base: Pick<Access, 'signal' | 'fetch'>): Promise<string | undefined> {
  try {
    await ask({ url, ...base }, '/', { timeoutMs: PATIENCE_MS });
    return undefined;
  } catch (error) {
    base.signal.throwIfAborted();
    return messageOf(error);
  }
}

/** Asks at the gateway's own port, by TLS where it has a certificate. */
export function fetchOf({ certificate }: GatewayHost): typeof fetch {
  return certificate ? fetchTrusting(certificate) : globalThis.fetch;
}

export function tunnelUrl({ certificate }: GatewayHost, { port }: { port: number }): string {
  return `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
}

/** Where the host itself reaches its gateway. */
export function addressOf({ bindHost }: GatewayHost): string {
  if (bindHost === '::') return '::1';
  return bindHost === '0.0.0.0' ? '127.0.0.1' : bindHost;
}
