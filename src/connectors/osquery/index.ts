import { defineFormat } from '#sources/contract'

import { product, read, recordsIn, timeMs } from './normalize.ts'

/** Results of osquery's scheduled queries, as its logger writes them: differential, batched and snapshot. */
export const osqueryConnector = defineFormat({
  id: 'osquery',
  version: 1,
  title: 'osquery',
  product,
  delayMs: { typical: 600_000, worst: 86_400_000 },
  covers: [],
  logs: [],
  isHost: true,
  blind: [
    'only what the schedule of a host asks for is told, and what came and went between two runs of a query is not',
    'a query has a name that its author chose: what a row is, is told by the name and the columns',
  ],
  sorts: [
    {
      product: 'osquery',
      category: 'host',
      service: 'results',
      fields: [
        'action',
        'calendarTime',
        'columns.*',
        'counter',
        'diffResults.*',
        'decorations.*',
        'epoch',
        'hostIdentifier',
        'log_type',
        'name',
        'numerics',
        'snapshot.*',
        'unixTime',
      ],
      holds: () => true,
    },
  ],
  unpack: recordsIn,
  timeMs,
  read,
})
