// Where things are on the hosts: units and ports that roles make and checks look at.

/** LiteLLM's own ports on 127.0.0.1: never 4000, where it would take a random port when that is busy. */
export const LITELLM_PORT = 4401;
export const STANDBY_PORT = 4402;

export const LITELLM_UNIT = 'litellm.service';
export const PROXY_UNIT = 'haproxy.service';
export const OLLAMA_UNIT = 'ollama.service';

export const LITELLM_ROOT = '/etc/litellm';
