import type { PushStream } from '#sources/contract'

import { keepAudit } from './audit-event.ts'
import type { KubernetesConfig } from './config.ts'
import { auditSigma } from './sigma.ts'

/** The API server sends a batch at the latest every 30 seconds, and tries again for minutes while Cordon is not there. */
export const log: PushStream<KubernetesConfig> = {
  name: 'log',
  kind: 'push',
  delayMs: { typical: 30_000, worst: 10 * 60_000 },
  everyMs: 30_000,
  covers: ['logins', 'admin', 'reads', 'writes'],
  sigma: auditSigma,
  keep: keepAudit,
}
