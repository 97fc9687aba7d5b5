import { defineFormat } from '#sources/contract'

import { nativeOf, read, timeMs } from './normalize.ts'
import { recordsIn } from './record.ts'
import { sorts } from './sigma.ts'
import { product } from './told.ts'

/** The unified audit log of Microsoft 365: records of the Office 365 Management Activity API, or rows of an export. */
export const m365Connector = defineFormat({
  id: 'm365',
  version: 1,
  title: 'Microsoft 365 audit log',
  product,
  // "Within 60 to 90 minutes" for core services; others may take a day.
  delayMs: { typical: 3_600_000, worst: 86_400_000 },
  covers: ['logins', 'reads', 'writes', 'admin', 'grants'],
  logs: ['login', 'read', 'write', 'delete', 'share', 'admin'],
  blind: [
    'which mails were read is told for licensed mailboxes alone (`MailItemsAccessed`), and above 1,000 in a day not at all',
    'what anybody opened by an anonymous link is told by its address alone',
    'subjects of mails and names of what is attached are taken out before a record is stored',
  ],
  sorts,
  unpack: recordsIn,
  timeMs,
  nativeOf,
  read,
})
