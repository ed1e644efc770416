// What no release needs any more goes, once the new one is proven: old releases, those that never served, their venvs.
import { readFileSync } from 'node:fs';
import type { Handler } from '../../resources/kind.js';
import { templatePath } from '../../templates.js';
import { SERVED } from './releases.js';

const KEEP = 5;

export const prune: Handler = {
  id: 'remove old releases and their venvs',
  order: 40,
  script: `KEEP=${KEEP}\n${SERVED}${readFileSync(templatePath('litellm/prune.sh'), 'utf8')}`,
};
