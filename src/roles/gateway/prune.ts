// What no release needs any more goes, once the new one is proven: old releases, those that never served, their venvs.
import type { Handler } from '../../resources/kind.js';
import { templateText } from '../../templates.js';
import { SERVED } from './releases.js';

const KEEP = 5;

export const prune: Handler = {
  id: 'remove old releases and their venvs',
  order: 40,
  script: `KEEP=${KEEP}\n${SERVED}${templateText('litellm/prune.sh')}`,
};
