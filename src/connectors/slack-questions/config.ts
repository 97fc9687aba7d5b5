import { z } from 'zod'

import { secureOrigin } from '#sources/contract'

export const slackQuestionsConfig = z.strictObject({
  /** Where the Web API is: another one for GovSlack (`https://slack-gov.com`). */
  webUrl: secureOrigin.default('https://slack.com'),
})
export type SlackQuestionsConfig = z.output<typeof slackQuestionsConfig>

export const slackQuestionsOrigins = ({ webUrl }: SlackQuestionsConfig): string[] => [new URL(webUrl).origin]
