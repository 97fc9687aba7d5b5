import assert from 'node:assert/strict'

import { entityId, type EntityId } from '#model'
import { slackActions, slackOrigins } from '#connectors/slack'

import { install, makeApp, signIn } from '../../../lab/twins/slack/browser.ts'
import { defineTrial, delayOf, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { withSession, withToken, works } from './thief.ts'

export const at = (company: Company, kind: 'identity' | 'credential' | 'app', native: string): EntityId =>
  entityId(kind, company.twin.state.org, native)
export const opens = ({ twin, session }: Company): Promise<boolean> => works(twin.url, withSession(session))

const cases: ActionCase<Company>[] = [
  {
    verb: 'slack.app.restrict',
    isRestored: true,
    set(company) {
      const { twin, session } = company
      const app = makeApp(twin.org, 'Sync', { resolution: 'approved' })
      return {
        target: at(company, 'app', app.id),
        works: async () => install(twin.org, session, app) !== undefined,
      }
    },
  },
  {
    verb: 'slack.user.deactivate',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', company.ada.id),
      works: async () => signIn(company.twin.org, company.ada, '203.0.113.66') !== undefined,
    }),
  },
  {
    verb: 'slack.token.revoke',
    isRestored: false,
    set(company) {
      const { helper, helperTokens, ada, twin } = company
      return {
        target: at(company, 'credential', `user-token/${helper.id}/${ada.id}`),
        works: () => works(twin.url, withToken(helperTokens.user.value)),
        lent: helperTokens.user.value,
      }
    },
  },
  {
    verb: 'slack.user.sessions.reset',
    delay: delayOf('resetDelayMs', 'the queue of resets'),
    isRestored: false,
    set: (company) => ({ target: at(company, 'identity', company.ada.id), works: () => opens(company) }),
  },
  {
    verb: 'slack.session.invalidate',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `session/${company.ada.id}/${company.session.id}`),
      works: () => opens(company),
    }),
  },
  {
    verb: 'slack.app.uninstall',
    delay: delayOf('logDelayMs', 'the audit log'),
    isRestored: false,
    set(company) {
      const { helper, helperTokens, twin } = company
      return {
        target: at(company, 'app', helper.id),
        works: () => works(twin.url, withToken(helperTokens.bot.value)),
      }
    },
  },
]

const stateOf = ({ twin }: Company): string => stateText(twin.state)

export const trial = defineTrial({
  actions: slackActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  hold({ twin: { state }, tokens }, scopes) {
    for (const value of [tokens.contain, tokens.scim]) {
      const token = state.tokens.get(value)
      assert.ok(token)
      token.scopes = scopes.filter((name) => (name === 'admin') === (value === tokens.scim))
    }
  },
  origins: ({ config }) => slackOrigins(config),
  isChange: ({ pathname }, method) =>
    method === 'DELETE' || /\.(?:restrict|uninstall|reset|invalidate|revoke)$/.test(pathname),
  // Until the log tells of it, and what is queued is done.
  settle: ({ clock, twin: { settings } }) => clock.pass(settings.logDelayMs + settings.resetDelayMs + 1_000),
  heldBy: stateOf,
  refusesToo: { foreignSource: true },
  refusal: 'ERR_SLACK_TARGET',
  elsewhere: 'E0ELSEWHERE',
})
