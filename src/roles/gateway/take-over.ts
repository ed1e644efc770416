// A gateway that hxllm did not install has the port: it gives way to HAProxy, once a standby beside it is proven.
import type { PortSpec } from '../../resources/port.js';
import { quote } from '../../shell.js';
import { LITELLM_UNIT, PROXY_UNIT } from '../../stack/places.js';
import type { GatewayHost } from '../../stack/stack.js';
import { templateText } from '../../templates.js';
import { budgetOf, slots } from './switch.js';

const script = (name: string) => templateText(`litellm/${name}`);

export function ownPort({ bindHost, bindPort, vars }: GatewayHost): PortSpec {
  const functions = `${slots(vars)}\n${script('old-gateway.sh')}`;
  return {
    address: bindHost,
    unit: PROXY_UNIT,
    like: 'litellm',
    takeOver(old) {
      const head = `OLD=${quote(old)} PORT=${bindPort}\n${functions}`;
      const handover = {
        id: `take over from ${old}`,
        order: 5,
        script: head + script('take-over.sh'),
        undo: head + script('take-over-undo.sh'),
        budget: budgetOf(vars),
      };
      const retire = { id: `disable ${old}`, order: 40, script: `systemctl disable -q ${quote(old)}` };
      return {
        handlers: [handover, ...(old === LITELLM_UNIT ? [] : [retire])],
        reason: `${old}, a LiteLLM that hxllm did not install, gives way to HAProxy when its successor is proven; new connections are refused for about a second then`,
      };
    },
    hint: 'stop it, or give litellm_bind_port another value',
  };
}
