// Where a gateway sends requests now: the backends of its HAProxy, and of LiteLLM where that balances itself. Pure.
import { isListenerPort } from '../../stack/backends.js';
import { LITELLM_PORT, STANDBY_PORT } from '../../stack/places.js';

/** sh: a line `ADDRESS:PORT` per server. */
export const PROBE_ROUTES = `{ sed -nE 's/^ *server +\\S+ +(\\S+:[0-9]+)( .*)?$/\\1/p' /etc/haproxy/haproxy.cfg
sed -nE 's|^ *api_base: *"?https?://([^"/]+:[0-9]+).*$|\\1|p' /etc/litellm/current/config.yaml; } 2>/dev/null
echo '@@ end'`;

/** The addresses, in small letters; undefined when it did not run to its end. */
export function routesOf(output: string): string[] | undefined {
  const lines = output.split('\n').filter(Boolean);
  if (lines.pop() !== '@@ end') return undefined;
  return lines.flatMap((line) => {
    const [, address = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(line) ?? [];
    return isOwn(address, Number(port)) ? [] : [address.toLowerCase()];
  });
}

/** LiteLLM itself, and the listeners in front of backends. */
function isOwn(address: string, port: number): boolean {
  return address === '127.0.0.1' && ([LITELLM_PORT, STANDBY_PORT].includes(port) || isListenerPort(port));
}
