import { defineFormat } from '#sources/contract'

import { nativeOf, product, read, timeMs } from './normalize.ts'
import { recordsIn } from './record.ts'
import { sorts } from './sigma.ts'

/** The audit log of Linux hosts: lines as auditd writes them, or the JSON that Laurel joins of them. */
export const auditdConnector = defineFormat({
  id: 'auditd',
  version: 2,
  title: 'Linux audit log',
  product,
  delayMs: { typical: 30_000, worst: 3_600_000 },
  covers: [],
  logs: [],
  isHost: true,
  blind: [
    'only what the rules of a host ask for is written: without a watch on a file its reading leaves no record',
    'where lines come one by one (a followed file, syslog), the parts of one event stay apart, under one `metadata.correlation_uid`; handed in together, or by Laurel, they are one',
    'of system calls those of x86-64 and arm64 have names; of another machine each is a call of the kernel',
  ],
  sorts,
  unpack: recordsIn,
  timeMs,
  nativeOf,
  read,
})
