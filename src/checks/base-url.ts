// Stack check `base-url`: clients find the gateway at litellm_base_url, seen from the control node.
import type { StackCheck } from './check.js';

export const baseUrl: StackCheck = {
  id: 'base-url',
  title: 'The gateway answers at litellm_base_url',
  hint: 'ssh HOST sudo systemctl status haproxy litellm; a firewall in between, or a wrong litellm_base_url?',
  async run({ baseUrl: url }, { through, why }) {
    if (why === undefined) return { status: 'pass', message: url };
    if (through === 'nothing') return { status: 'fail', message: why };
    return {
      status: 'warn',
      message: `${why}; the gateway does answer through SSH, and was checked that way`,
      hint: `is litellm_base_url right, and may this machine reach it? curl -v ${url}/v1/models`,
    };
  },
};
