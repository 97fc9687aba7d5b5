import { defineFormat } from '#sources/contract'

import { nativeOf, product, read, timeMs } from './normalize.ts'
import { recordsIn } from './record.ts'
import { sorts } from './sigma.ts'

/** Databricks' audit log: as log delivery writes it, as rows of `system.access.audit`, or as Azure's diagnostic settings wrap it. */
export const databricksConnector = defineFormat({
  id: 'databricks',
  version: 1,
  title: 'Databricks audit log',
  product,
  // Delivery to a bucket: "within one hour"; usually in 15 minutes.
  delayMs: { typical: 900_000, worst: 3_600_000 },
  covers: ['logins', 'reads', 'writes', 'admin'],
  logs: ['login', 'read', 'write', 'delete', 'admin'],
  blind: [
    'what a command or query does is told only where verbose audit logs are on; its text is taken out before it is stored',
    'what was read of a table is told by the credential that was given out for it, not by rows',
    'delivery does not keep the order, and may write a file again',
  ],
  sorts,
  unpack: recordsIn,
  timeMs,
  nativeOf,
  read,
})
