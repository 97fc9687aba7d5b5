import type { SigmaSort } from '#sources/contract'

const flow = /^(?:virtual|subnet|exit|physical)Traffic$/
export const isFlow = (record: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(record).some((key) => flow.test(key))

export const sorts: readonly SigmaSort[] = [
  {
    product: 'tailscale',
    category: 'network',
    service: 'configuration',
    fields: [
      'action',
      'actor.*',
      'deferredAt',
      'details.*',
      'error',
      'event.*',
      'eventGroupID',
      'eventTime',
      'fields.*',
      'new',
      'new.*',
      'old',
      'old.*',
      'origin',
      'target.*',
      'time',
      'type',
    ],
    holds: (record) => !isFlow(record),
  },
  {
    product: 'tailscale',
    category: 'network',
    service: 'flow',
    fields: [
      'end',
      'exitTraffic.*',
      'logged',
      'nodeId',
      'physicalTraffic.*',
      'start',
      'subnetTraffic.*',
      'virtualTraffic.*',
    ],
    holds: isFlow,
  },
]
