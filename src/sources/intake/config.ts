import { z } from 'zod'

import { isObject } from '#kit'
import { bucketEndpoint, bucketName, bucketRegion, secureUrl } from '#sources/contract'

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

const bucket = z.strictObject({
  kind: z.literal('bucket'),
  bucket: bucketName,
  region: bucketRegion,
  endpoint: bucketEndpoint,
  /** What keys begin with, each with a place of its own; on the command line separated by commas. */
  prefixes: z
    .preprocess(
      (value) => (typeof value === 'string' || typeof value === 'number' ? `${value}`.split(',') : value),
      z.array(z.string().max(512)).min(1).max(64),
    )
    .refine(
      (all) => all.every((one, at) => !all.some((other, place) => place !== at && one.startsWith(other))),
      'no prefix may begin with another',
    )
    .default(['']),
  /** What keys end with; other objects are left alone. */
  suffix: z.string().max(64).default(''),
  /** `sorted`: below a prefix keys sort by the time they are written, so that old ones need not be listed again. */
  keys: z.enum(['any', 'sorted']).default('any'),
  /** `json`: objects, one a line, a list of them, or `{"Records": […]}`. `text`: any lines, each becomes `{"message": line}`. */
  lines: z.enum(['json', 'text']).default('json'),
  /** The address of a queue of Amazon SQS that tells of new objects; absent: keys are listed each minute. */
  queue: secureUrl
    .refine((url) => /^\/\d{12}\/[\w-]{1,80}(\.fifo)?$/.test(new URL(url).pathname), {
      error: 'the URL of a queue, like https://sqs.eu-west-1.amazonaws.com/111122223333/drops',
    })
    .optional(),
  /** How far back the first look takes objects. */
  firstHours: z.number().int().min(0).max(87_840).default(24),
})

export const intakeSchema = z.discriminatedUnion('kind', [webhook, tail, syslog, bucket])
export type Intake = z.output<typeof intakeSchema>
export type IntakeKind = Intake['kind']

/** What a source's configuration says of its intake; undefined when it has none, or one that this version does not know. */
export function intakeOf(config: unknown): Intake | undefined {
  return isObject(config) ? intakeSchema.safeParse(config['intake']).data : undefined
}
