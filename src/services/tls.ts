// TLS to a gateway: a fetch that trusts the certificate of the inventory besides the usual ones, and what a gateway shows.

import { request as plain } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { type ConnectionOptions, checkServerIdentity, connect, createSecureContext } from 'node:tls';

export interface Trust {
  /** PEM; none = only the usual ones are trusted. */
  chain?: string | undefined;
  /** The name that must be in the certificate, wherever the connection goes: a tunnel ends on 127.0.0.1. */
  name: string;
}

export function fetchTrusting(trust: Trust): typeof fetch {
  return fetchWith(optionsOf(trust));
}

/** A fetch that connects to a port of this machine, whatever host a URL names: that host gets what is meant for it, and its TLS is checked by its name. */
export function fetchThrough(port: number, trust: Trust): typeof fetch {
  return fetchWith({ ...optionsOf(trust), hostname: '127.0.0.1', port });
}

/** Bodies are texts. */
function fetchWith(options: RequestOptions): typeof fetch {
  return (input, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const { protocol, host } = new URL(String(input));
      const sent = { host, ...Object.fromEntries(new Headers(headers)) };
      const asked = (protocol === 'https:' ? request : plain)(
        String(input),
        { method, headers: sent, agent: false, ...options, ...(signal ? { signal } : {}) },
        (answer) => {
          const status = answer.statusCode ?? 0;
          const said = new Headers(Object.entries(answer.headers).map(([k, v]) => [k, String(v)]));
          const text = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
          resolve(new Response(status === 204 ? null : (text as never), { status, headers: said }));
        },
      );
      asked.on('error', reject).end(body ?? undefined);
    });
}

/** SHA-256 of the certificate that is shown at a URL, whether it is good or not. */
export function shownAt(
  url: string,
  trust: Trust,
  signal: AbortSignal,
  versions: Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'> = {},
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      {
        ...optionsOf(trust),
        ...versions,
        // the context of a trust has versions of its own
        ...(versions.maxVersion ? { secureContext: undefined } : {}),
        host: hostname,
        port: Number(port || 443),
        rejectUnauthorized: false,
      },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    const end = () => socket.destroy(new Error('it was interrupted'));
    signal.addEventListener('abort', end, { once: true });
    socket.setTimeout(10_000, () => socket.destroy(new Error('does not answer within 10 s')));
    socket.on('error', reject).on('close', () => signal.removeEventListener('abort', end));
  });
}

/** Whether an old TLS is spoken there, which nothing may be proven with. */
export async function speaksOldTls(url: string, trust: Trust, signal: AbortSignal): Promise<boolean> {
  try {
    // without SECLEVEL=0 this side would refuse it by itself
    await shownAt(url, trust, signal, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function optionsOf({ chain, name }: Trust) {
  // a certificate of the inventory is trusted by itself, its issuer need not be there
  const secureContext = createSecureContext({ allowPartialTrustChain: true });
  if (chain) secureContext.context.addCACert(chain);
  return {
    secureContext,
    servername: isIP(name) ? '' : name,
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(name, certificate),
  };
}
