import { z } from 'zod'

import { defineConnector, tellsNothing } from '#sources/contract'

import { ask, call, limits } from './ask.ts'
import { slackQuestionsConfig, type SlackQuestionsConfig } from './config.ts'
import { find, put, read } from './questions.ts'

export { slackQuestionsOrigins, type SlackQuestionsConfig } from './config.ts'

const permissions = [
  { name: 'chat:write', why: 'write to whoever is asked' },
  { name: 'im:write', why: 'open a conversation with them' },
  { name: 'im:history', why: 'read what they answer to the app, and nothing else that anybody writes' },
  { name: 'reactions:read', why: 'read an answer given by a reaction' },
  { name: 'users:read', why: 'see who is named in an answer; Slack gives `users:read.email` with it alone' },
  { name: 'users:read.email', why: 'find people by their addresses' },
]
const self = z.object({
  team_id: z.string(),
  enterprise_id: z.string().nullish(),
  bot_id: z.string().nullish(),
})

/** Who answers for what, asked of people by direct message in Slack. */
export const slackQuestionsConnector = defineConnector<SlackQuestionsConfig>({
  id: 'slack-questions',
  version: 1,
  title: 'Slack (questions)',
  config: slackQuestionsConfig,
  secrets: { see: ['token'], contain: [] },
  auth: () => ({ default: { kind: 'static', secret: 'token' } }),
  limits,
  ...tellsNothing,
  asker: {
    everyMs: 60_000,
    // A message that was posted is in the history at once; a request may hang for so long.
    settleMs: 60_000,
    scopes: permissions.map(({ name }) => name),
    find,
    put,
    read,
  },
  role: (_, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: permissions,
          text: [
            'https://api.slack.com/apps > Create New App > From a manifest: the one below; an app of its own, that neither looks nor acts',
            'install it; the Bot User OAuth Token (xoxb-…) is `token`',
            'App Home > Messages Tab > allow users to send messages: else nobody can answer by words',
          ],
          json: {
            display_information: { name: 'Cordon (questions)' },
            features: {
              app_home: { messages_tab_enabled: true, messages_tab_read_only_enabled: false },
              bot_user: { display_name: 'cordon', always_online: false },
            },
            oauth_config: { scopes: { bot: permissions.map(({ name }) => name) } },
            settings: { org_deploy_enabled: false, socket_mode_enabled: false, token_rotation_enabled: false },
          },
        },
  async check(context) {
    const {
      bot_id: bot,
      enterprise_id,
      team_id,
    } = await ask(context, 'auth.test', {}, self, 'who the token speaks for')
    return {
      authority: `slack-questions/${enterprise_id ?? team_id}`.toLowerCase(),
      missing: bot == null ? ['the token is no bot’s: people would be asked in somebody’s name'] : [],
      excess: [],
      says: ['people are asked by direct message; whether one reaches them shows with the first'],
    }
  },
  /** Slack tells a token's scopes with every answer to it. */
  async scopes(context, use) {
    if (use === 'contain') return null
    const held = (await call(context, 'auth.test', {})).header('x-oauth-scopes')
    return held === undefined ? null : held.split(/\s*,\s*/).filter((name) => name !== '')
  },
})
