import { z } from 'zod'

import { isObject } from '#kit'

/** How records reach a source that no connector reads: what they mean stays with its connector. */
const webhook = z.strictObject({
  kind: z.literal('webhook'),
  /** Whose way of signing: Standard Webhooks, GitHub's `X-Hub-Signature-256`, or Slack's `X-Slack-Signature`. */
  signature: z.enum(['standard', 'github', 'slack']).default('standard'),
})

export const intakeSchemas = { webhook } as const
export type IntakeKind = keyof typeof intakeSchemas
export type WebhookIntake = z.output<typeof webhook>

export const intakeSchema = z.discriminatedUnion('kind', [webhook])
export type Intake = z.output<typeof intakeSchema>

/** What a source's configuration says of its intake; undefined when it has none, or one that this version does not know. */
export function intakeOf(config: unknown): Intake | undefined {
  return isObject(config) ? intakeSchema.safeParse(config['intake']).data : undefined
}
