// Host check `sandbox`: systemd's own score of the units' sandboxing stays where the unit files put it.
import { LITELLM_UNIT, OLLAMA_UNIT } from '../stack/places.js';
import type { HostCheck } from './check.js';

/** 0 is best, 10 is worst. A GPU needs devices. */
const MOST = 1.2;
const MOST_WITH_DEVICES = 1.6;

export const sandbox: HostCheck = {
  id: 'sandbox',
  title: `Services are sandboxed (systemd-analyze security)`,
  role: 'any',
  hint: 'systemctl cat on the host shows which drop-in loosens it; then: hxllm deploy --limit HOST',
  script(host) {
    const unit = host.role === 'gateway' ? LITELLM_UNIT : OLLAMA_UNIT;
    return [
      `systemd-analyze security --no-pager ${unit} 2>&1 | tail -n 1`,
      `systemctl show -p PrivateDevices ${unit}`,
      `head -n 1 /etc/systemd/system/${unit} 2>/dev/null | grep -q '^# Written by hxllm' && echo ours`,
      `true`,
    ].join('\n');
  },
  judge(output) {
    const [, unit = '', figure = ''] = /exposure level for (\S+?): ([\d.]+)/.exec(output) ?? [];
    if (!figure)
      return {
        status: 'fail',
        message: `systemd-analyze gives no score: ${output.split('\n')[0]?.trim() || 'no output'}`,
        hint: 'ssh HOST systemd-analyze security',
      };
    const score = Number(figure);
    const most = /^PrivateDevices=no$/m.test(output) ? MOST_WITH_DEVICES : MOST;
    const rest = { data: { unit, score, most } };
    const message = `${unit.replace(/\.service$/, '')} scores ${score}`;
    if (score <= most) return { ...rest, status: 'pass', message };
    if (/^ours$/m.test(output)) return { ...rest, status: 'fail', message: `${message}, more than ${most}` };
    return {
      ...rest,
      status: 'warn',
      message: `${message}: its unit was here before hxllm, which leaves its sandboxing alone`,
      hint: 'to get the hardened unit: remove the old one and its package, set ollama_archive, then: hxllm deploy --limit HOST',
    };
  },
};
