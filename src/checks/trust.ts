// Host check `trust`: the host's own list has the authority of the inventory, so that curl and the SDKs need no flag.
import { AUTHORITY } from '../stack/places.js';
import type { HostCheck } from './check.js';

export const trust: HostCheck = {
  id: 'trust',
  title: 'The host trusts the authority of the inventory',
  role: 'machine',
  doctor: true,
  hint: 'hxllm deploy --limit HOST',
  script: ({ authority }) =>
    authority === undefined
      ? 'true'
      : `openssl verify -partial_chain -CAfile /etc/ssl/certs/ca-certificates.crt <<'END' 2>&1 | sed 's/^/openssl /'
${authority.trimEnd()}
END
[ "$(tail -n +2 ${AUTHORITY} 2>/dev/null)" != "$(cat <<'END'
${authority.trimEnd()}
END
)" ] || echo there`,
  judge(output, { authority }) {
    if (authority === undefined) return [];
    if (/^openssl stdin: OK$/m.test(output))
      return { status: 'pass', message: 'as hxllm_ca_certificate says' };
    const why = /error \d+ at .*: (.*)$/m.exec(output)?.[1] ?? /^openssl (.*)$/m.exec(output)?.[1];
    return {
      status: 'fail',
      message: `the authority of hxllm_ca_certificate is not trusted: ${why ?? 'openssl says nothing'}`,
      // it is known there, and fell out of the list, which a deploy does not see
      ...(/^there$/m.test(output) ? { fix: REBUILD, hint: 'hxllm doctor --fix --limit HOST' } : {}),
    };
  },
};

const REBUILD = {
  title: 'make the list of trusted authorities anew',
  script: 'update-ca-certificates --fresh >/dev/null',
};
