// The table of resource kinds: one line each.
import { archive } from './archive.js';
import { bytecode } from './bytecode.js';
import { connection } from './connection.js';
import { directory } from './directory.js';
import { file } from './file.js';
import { filter } from './filter.js';
import { generated } from './generated.js';
import { keys } from './keys.js';
import type { Kind } from './kind.js';
import { link } from './link.js';
import { model } from './model.js';
import { packages } from './packages.js';
import { port } from './port.js';
import { release } from './release.js';
import { service } from './service.js';
import { state } from './state.js';
import { unit } from './unit.js';
import { upgrade } from './upgrade.js';
import { user } from './user.js';
import { uv } from './uv.js';
import { venv } from './venv.js';

/** In the order in which a host is changed within a phase. */
export const KINDS: readonly Kind[] = [
  state,
  user,
  directory,
  packages,
  uv,
  venv,
  bytecode,
  archive,
  generated,
  keys,
  file,
  unit,
  release,
  link,
  port,
  connection,
  upgrade,
  filter,
  service,
  model,
].map((kind) => kind as unknown as Kind);
