// Host check `names`: a host finds by name what it speaks to, and the address leads back to that name.

import { isIP } from 'node:net';
import { quote } from '../shell.js';
import { hostOf } from '../stack/places.js';
import { type HostCheck, type Result, type RoleHost, verdict } from './check.js';

/** Names, not addresses, that this host asks. */
function asked(host: RoleHost): string[] {
  if (host.role === 'gateway') return host.backends.map(({ address }) => address);
  return host.role === 'webui' ? [hostOf(host.baseUrl)] : [];
}

export const names: HostCheck = {
  id: 'names',
  title: 'Names lead to hosts, and back',
  role: 'machine',
  doctor: true,
  hint: 'mend the name in DNS or in /etc/hosts of HOST: ssh HOST getent hosts NAME',
  script: (host) =>
    [...new Set(asked(host))]
      .filter((name) => !isIP(name))
      .map((name) => {
        const word = quote(name);
        return `a=$(getent ahosts ${word} | awk '{ print $1; exit }'); echo "name ${name} \${a:--} $([ -n "$a" ] && getent hosts "$a" | awk '{ $1 = ""; print; exit }')"`;
      })
      .concat('echo asked')
      .join('\n'),
  judge(output): Result {
    const seen = [...output.matchAll(/^name (\S+) (\S+) *(.*)$/gm)].map(([, name, address, back]) => ({
      name: name as string,
      address: address as string,
      back: (back as string).toLowerCase().split(/\s+/).filter(Boolean),
    }));
    if (!/^asked$/m.test(output)) return { status: 'fail', message: 'getent says nothing' };
    const data = Object.fromEntries(seen.map(({ name, address }) => [name, address]));
    const lost = seen.filter(({ address }) => address === '-').map(({ name }) => `${name} is not found`);
    if (lost.length > 0) return { status: 'fail', message: lost.join('; '), data };
    const odd = seen.filter(({ name, back }) => back.length > 0 && !back.includes(name.toLowerCase()));
    if (odd.length > 0) {
      const message = odd
        .map((o) => `${o.name} is ${o.address}, which is called ${o.back.join(' ')}`)
        .join('; ');
      return { status: 'warn', message, data };
    }
    return verdict([], seen.length > 0 ? `${seen.length} found` : 'it asks nobody by name', { data });
  },
};
