import type { TwinReply } from '../kit/server.ts'

/** Kubernetes refuses with a `Status`. */
export const refusal = (code: number, reason: string, message: string): TwinReply => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
})
export const notFound = (what: string): TwinReply => refusal(404, 'NotFound', `${what} not found`)
export const conflict = (what: string): TwinReply => refusal(409, 'Conflict', `the object of ${what} is another by now`)
export const invalid = (message: string): TwinReply => refusal(422, 'Invalid', message)
