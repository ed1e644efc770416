// The backend's variables.
import type { Variable } from './variable.js';

export const BACKEND_VARIABLES: readonly Variable[] = [
  {
    name: 'ollama_archive',
    type: 'file or url',
    defaultDoc: 'none: an Ollama that is on the host is used as it is',
    doc: 'release archive of Ollama (.tgz, .tar.gz, .tar.zst): a file on the control node or a URL',
  },
  { name: 'ollama_sha256', type: 'sha256', doc: 'SHA-256 of ollama_archive; required with it' },
  { name: 'ollama_bind_host', type: 'string', default: '0.0.0.0', doc: 'address that Ollama listens on' },
  { name: 'ollama_port', type: 'port', default: 11434, doc: 'port that Ollama listens on' },
  {
    name: 'ollama_allowed_networks',
    type: 'networks',
    default: [],
    doc: 'networks that may come to Ollama besides the gateways, e.g. [10.20.0.0/16, "fd00::/8"]',
  },
  {
    name: 'ollama_models',
    type: 'list of strings',
    default: [],
    doc: 'models that this host must have, besides those of litellm_models',
  },
  {
    name: 'ollama_pull_from',
    type: 'url',
    defaultDoc: "Ollama's own",
    doc: 'registry that models are pulled from, e.g. a mirror in an isolated network',
  },
  {
    name: 'ollama_keep_alive',
    type: 'string',
    default: '5m',
    doc: 'time that an idle model stays in memory',
  },
  {
    name: 'ollama_context_length',
    type: 'positive integer',
    defaultDoc: "Ollama's own choice by memory",
    doc: 'tokens of context; longer prompts are cut in silence',
  },
  {
    name: 'ollama_num_parallel',
    type: 'positive integer',
    default: 1,
    doc: 'requests that one model answers at once',
  },
  {
    name: 'ollama_gpu',
    type: 'boolean',
    default: false,
    doc: 'the host has a GPU for Ollama: its unit may then reach the devices',
  },
  { name: 'ollama_environment', type: 'map', doc: 'further environment of Ollama' },
];
