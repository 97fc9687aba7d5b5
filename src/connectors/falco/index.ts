import { defineFormat, saidAt } from '#sources/contract'

import { product, read, timeMs } from './normalize.ts'

/** What Falco's rules find on hosts and in containers, as its JSON output says it. */
export const falcoConnector = defineFormat({
  id: 'falco',
  version: 1,
  title: 'Falco',
  product,
  delayMs: { typical: 5_000, worst: 600_000 },
  covers: [],
  logs: [],
  isHost: true,
  blind: [
    'only what a rule of Falco finds is sent, not what happened beside it',
    'events that the kernel dropped under load are not seen; Falco tells how many in a line of its own',
  ],
  sorts: [
    {
      product: 'falco',
      category: 'host',
      service: 'alerts',
      fields: [
        'hostname',
        'message',
        'output',
        'output_fields.*',
        'priority',
        'rule',
        'source',
        'tags',
        'time',
        'uuid',
      ],
      holds: () => true,
    },
  ],
  timeMs,
  nativeOf: (record) => saidAt(record, 'uuid'),
  read,
})
