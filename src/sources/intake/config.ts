import { z } from 'zod'

import { isObject } from '#kit'

/** How records reach a source that no connector reads: what they mean stays with its connector. */
const webhook = z.strictObject({
  kind: z.literal('webhook'),
  /** Whose way of signing: Standard Webhooks, GitHub's `X-Hub-Signature-256`, or Slack's `X-Slack-Signature`. */
  signature: z.enum(['standard', 'github', 'slack']).default('standard'),
})

const tail = z.strictObject({
  kind: z.literal('tail'),
  /** One file; what it is renamed to on rotation is found beside it. */
  path: z.string().regex(/^\/.*[^/]$/, 'the absolute path of a file'),
  /** `json`: one JSON object a line. `text`: any lines, each becomes `{"message": line}`. */
  lines: z.enum(['json', 'text']).default('json'),
  /** Where a first look begins. */
  from: z.enum(['start', 'end']).default('start'),
})

const syslog = z.strictObject({
  kind: z.literal('syslog'),
  /** Where it listens for TLS; 6514 is the port of RFC 5425. */
  listen: z
    .string()
    .regex(/^[\w.:[\]-]+:\d{1,5}$/, 'write host:port, for example 0.0.0.0:6514')
    .refine((listen) => Number(listen.slice(listen.lastIndexOf(':') + 1)) <= 65_535, 'a port is at most 65535'),
  framing: z.enum(['octets', 'lines']).default('octets'),
  /** `certificate`: only senders whose certificate `clientAuthority` signed. */
  clients: z.enum(['certificate', 'any']).default('certificate'),
  /** `text`: the record is `{"syslog": …}`. `json`: it is the JSON object that the message holds. */
  message: z.enum(['text', 'json']).default('text'),
})

export const intakeSchema = z.discriminatedUnion('kind', [webhook, tail, syslog])
export type Intake = z.output<typeof intakeSchema>
export type IntakeKind = Intake['kind']

/** What a source's configuration says of its intake; undefined when it has none, or one that this version does not know. */
export function intakeOf(config: unknown): Intake | undefined {
  return isObject(config) ? intakeSchema.safeParse(config['intake']).data : undefined
}
