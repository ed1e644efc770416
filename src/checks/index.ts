// The list of checks, in the order of the report and of a host's script: one line each.
import { auth } from './auth.js';
import { backendAnswers } from './backend-answers.js';
import { backendModels } from './backend-models.js';
import { backendReach } from './backend-reach.js';
import { backup } from './backup.js';
import { balancer } from './balancer.js';
import { baseUrl } from './base-url.js';
import { certificate } from './certificate.js';
import type { HostCheck, StackCheck } from './check.js';
import { clientKeys } from './client-keys.js';
import { clientRights } from './client-rights.js';
import { clock } from './clock.js';
import { closed } from './closed.js';
import { completions } from './completions.js';
import { context } from './context.js';
import { deployed } from './deployed.js';
import { disk } from './disk.js';
import { embeddings } from './embeddings.js';
import { exposure } from './exposure.js';
import { filter } from './filter.js';
import { listeners } from './listeners.js';
import { memory } from './memory.js';
import { modelList } from './model-list.js';
import { models } from './models.js';
import { mtu } from './mtu.js';
import { names } from './names.js';
import { permissions } from './permissions.js';
import { python } from './python.js';
import { readiness } from './readiness.js';
import { refused } from './refused.js';
import { rotation } from './rotation.js';
import { sandbox } from './sandbox.js';
import { shell } from './shell.js';
import { start } from './start.js';
import { stream } from './stream.js';
import { trust } from './trust.js';
import { units } from './units.js';
import { version } from './version.js';
import { webuiCertificate } from './webui-certificate.js';
import { webuiChat } from './webui-chat.js';
import { webuiConnection } from './webui-connection.js';
import { webuiGateway } from './webui-gateway.js';
import { webuiModels } from './webui-models.js';
import { webuiSeen } from './webui-seen.js';
import { webuiService } from './webui-service.js';
import { webuiUser } from './webui-user.js';

export const CHECKS: readonly (HostCheck | StackCheck)[] = [
  // it goes by when it is asked: first, for others take their time
  clock,
  units,
  listeners,
  readiness,
  balancer,
  models,
  python,
  version,
  permissions,
  clientRights,
  sandbox,
  filter,
  backendReach,
  backendModels,
  backendAnswers,
  baseUrl,
  certificate,
  auth,
  rotation,
  exposure,
  clientKeys,
  modelList,
  completions,
  embeddings,
  stream,
  webuiService,
  webuiCertificate,
  closed,
  webuiConnection,
  webuiGateway,
  webuiModels,
  webuiChat,
  webuiUser,
  webuiSeen,
  deployed,
  start,
  refused,
  names,
  trust,
  mtu,
  shell,
  disk,
  memory,
  backup,
  context,
];
