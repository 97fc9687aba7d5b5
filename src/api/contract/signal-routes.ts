import { exchangeSchema, type RouteSpec } from './route-spec.ts'

/** One security event token, with room for the white space of senders. */
const deliveryBytesMax = 96 * 1024

/** Shared Signals, received: RFC 8935. */
export const signalRoutes = {
  'signal.receive': {
    method: 'POST',
    path: '/v1/signals/{source}',
    summary: 'take one security event token that the transmitter of this source pushes (RFC 8935)',
    action: 'signal.receive',
    resource: 'Source',
    response: exchangeSchema,
    raw: 'exchange',
    dialect: 'set',
    bytesMax: deliveryBytesMax,
    status: 202,
  },
} as const satisfies Record<string, RouteSpec>
