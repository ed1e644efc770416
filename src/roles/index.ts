// The table of roles, in the order in which a stack is deployed: one line each.
import { backend } from './backend.js';
import { gateway } from './gateway/index.js';
import type { Role } from './role.js';
import { webui } from './webui/index.js';

export const ROLES: readonly Role[] = [backend, gateway, webui];
