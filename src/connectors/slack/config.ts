import { z } from 'zod'

import { CordonError } from '#kit'
import { secureOrigin } from '#sources/contract'

export class SlackError extends CordonError<'ERR_SLACK_TARGET' | 'ERR_SLACK_REFUSED' | 'ERR_SLACK_NEEDS'> {}

const appId = z.string().regex(/^A[A-Z0-9]{2,30}$/, "an app's id, `A…`")

export const slackConfig = z.strictObject({
  /** Where the Web API is: another one for GovSlack (`https://slack-gov.com`). */
  webUrl: secureOrigin.default('https://slack.com'),
  /** Where the Audit Logs API and SCIM are (`https://api.slack-gov.com`). */
  apiUrl: secureOrigin.default('https://api.slack.com'),
  /**
   * What Slack was bought: `enterprise` has the Audit Logs and Admin APIs, `business` SCIM alone, `basic` (Free, Pro)
   * neither.
   */
  plan: z.enum(['enterprise', 'business', 'basic']),
  /** Organisations and workspaces that work with us (`T…`, `E…`): channels may be shared with them. */
  partners: z
    .array(z.string().regex(/^[TE][A-Z0-9]{2,30}$/, "an organisation's id, `T…` or `E…`"))
    .max(5_000)
    .default([]),
  /** Cordon's own app, that looks. */
  appId,
  /** Cordon's own app that acts, with tokens of its own; absent: this source can only look. */
  containAppId: appId.optional(),
})
export type SlackConfig = z.infer<typeof slackConfig>
export type Plan = SlackConfig['plan']

export const webOrigin = ({ webUrl }: SlackConfig): string => new URL(webUrl).origin
export const apiOrigin = ({ apiUrl }: SlackConfig): string => new URL(apiUrl).origin
/** Origins that this source's `Http` must allow. */
export const slackOrigins = (config: SlackConfig): string[] => [...new Set([webOrigin(config), apiOrigin(config)])]

/** Cordon's own apps. */
export const ownApps = ({ appId, containAppId }: SlackConfig): string[] =>
  containAppId === undefined || containAppId === appId ? [appId] : [appId, containAppId]
