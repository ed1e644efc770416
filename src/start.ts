// Where bin/run.js begins: oclif, from the same files as the commands.
export { execute } from '@oclif/core/execute';
