import { defineFormat } from '#sources/contract'

import { nativeOf, read, timeMs } from './normalize.ts'
import { flatOf } from './record.ts'
import { sorts } from './sigma.ts'

/** Microsoft Sysmon's event log of Windows hosts, as Winlogbeat or an export of the event log writes it in JSON. */
export const sysmonConnector = defineFormat({
  id: 'sysmon',
  version: 1,
  title: 'Sysmon',
  product: { name: 'Sysmon', vendor_name: 'Microsoft' },
  delayMs: { typical: 30_000, worst: 3_600_000 },
  covers: [],
  logs: [],
  isHost: true,
  blind: [
    "what Sysmon's configuration on a host leaves out is not written, and does not say so",
    'the reading of files is not logged: a stolen file of credentials leaves no record here',
  ],
  sorts,
  unpack: (record) => [flatOf(record)],
  timeMs,
  nativeOf,
  read,
})
