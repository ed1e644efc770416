// The filters that inventories use. Those that only pick or arrange leave secrets wrapped; those that build text go through `run.text`.

import type { Evaluation } from './evaluate.js';
import { COLLECTION_FILTERS } from './filters-collection.js';
import { NUMBER_FILTERS } from './filters-number.js';
import { SET_FILTERS } from './filters-set.js';
import { TEXT_FILTERS } from './filters-text.js';

export type Filter = (
  run: Evaluation,
  value: unknown,
  args: unknown[],
  named: Record<string, unknown>,
) => unknown;

export const FILTERS: Record<string, Filter> = {
  ...NUMBER_FILTERS,
  ...TEXT_FILTERS,
  ...COLLECTION_FILTERS,
  ...SET_FILTERS,
};
