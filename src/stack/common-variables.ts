// Variables that belong to no role: which group plays which role.
import type { Variable } from './variable.js';

export const COMMON_VARIABLES: readonly Variable[] = [
  { name: 'hxllm_gateway_group', type: 'string', default: 'litellm', doc: 'group of the gateway hosts' },
  { name: 'hxllm_backend_group', type: 'string', default: 'llm', doc: 'group of the hosts that run Ollama' },
  {
    name: 'hxllm_webui_group',
    type: 'string',
    default: 'webui',
    doc: 'group of the hosts that run Open WebUI',
  },
];
