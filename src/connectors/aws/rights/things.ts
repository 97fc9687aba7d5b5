import type { Policy } from './policy.ts'
import type { Policies, Verdict } from './evaluate.ts'
import type { Row } from '../rows.ts'

/** A resource and its own policy. `isUnread`: there may be one. `isClosed`: what it gives to everybody does not hold. */
export type Thing = { arn: string; policy?: Policy; isUnread?: boolean; isClosed?: boolean }
export type Things = {
  buckets: readonly Thing[]
  secrets: readonly Thing[]
  functions: readonly Thing[]
  keys: readonly Thing[]
  queues: readonly Thing[]
}
export const noThings: Things = { buckets: [], secrets: [], functions: [], keys: [], queues: [] }
export const thingKinds = [
  'buckets',
  'secrets',
  'functions',
  'keys',
  'queues',
] as const satisfies readonly (keyof Things)[]

/** What an organisation lays over its accounts, level by level: over who asks, and over what is asked for. */
export type Organization = { scps: Policy[][]; rcps: Policy[][] }

/** An action that stands for a right, and on which ARN it is asked. */
export type Way = { type: Row<'share'>['type']; action: string; suffix: string }
export const kinds: Record<keyof Things, readonly Way[]> = {
  buckets: [
    { type: 'CAN_READ', action: 's3:GetObject', suffix: '/' },
    { type: 'CAN_WRITE', action: 's3:PutObject', suffix: '/' },
    { type: 'CAN_ADMIN', action: 's3:PutBucketPolicy', suffix: '' },
  ],
  secrets: [
    { type: 'CAN_READ', action: 'secretsmanager:GetSecretValue', suffix: '' },
    { type: 'CAN_WRITE', action: 'secretsmanager:PutSecretValue', suffix: '' },
    { type: 'CAN_ADMIN', action: 'secretsmanager:PutResourcePolicy', suffix: '' },
  ],
  functions: [
    // Its code, and the variables it runs with; then what it answers.
    { type: 'CAN_READ', action: 'lambda:GetFunction', suffix: '' },
    { type: 'CAN_READ', action: 'lambda:InvokeFunction', suffix: '' },
    { type: 'CAN_WRITE', action: 'lambda:UpdateFunctionCode', suffix: '' },
  ],
  keys: [
    { type: 'CAN_READ', action: 'kms:Decrypt', suffix: '' },
    { type: 'CAN_ADMIN', action: 'kms:PutKeyPolicy', suffix: '' },
  ],
  queues: [
    { type: 'CAN_READ', action: 'sqs:ReceiveMessage', suffix: '' },
    { type: 'CAN_WRITE', action: 'sqs:SendMessage', suffix: '' },
    { type: 'CAN_ADMIN', action: 'sqs:SetQueueAttributes', suffix: '' },
  ],
}

/** Of all that lies in a bucket: sure when any object may be had, `maybe` when those of some prefix may. */
export function inside(
  { suffix }: Way,
  { arn }: Thing,
  { identity, resource = [] }: Pick<Policies, 'identity' | 'resource'>,
  ask: (object: string) => Verdict,
): Verdict {
  if (suffix === '') return ask(arn)
  const prefix = `${arn}${suffix}`
  const whole = ask(`${prefix}\u0001`)
  if (whole !== 'deny') return whole
  const named = [...identity.flat(), ...resource].flatMap(({ resources = [] }) => resources)
  const examples = named.filter((pattern) => pattern.startsWith(prefix)).map((pattern) => pattern.replace(/[*?]/g, 'x'))
  return examples.some((object) => ask(object) !== 'deny') ? 'maybe' : 'deny'
}

/** Whoever steals takes the way that is let through. */
export const taken: Readonly<Record<string, string>> = { 'aws:securetransport': 'true' }
