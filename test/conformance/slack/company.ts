import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { install, makeApp, makeChannel, makeToken, makeUser, signIn } from '../../../lab/twins/slack/browser.ts'
import type { App, Channel, Session, Token, User } from '../../../lab/twins/slack/state.ts'
import { startSlackTwin, type SlackTwin } from '../../../lab/twins/slack/twin.ts'
import { slackConfig, slackConnector, type SlackConfig } from '#connectors/slack'

export type Company = {
  twin: SlackTwin
  clock: TwinClock
  config: SlackConfig
  /** Cordon's tokens: of the app that looks, of the one that acts, and SCIM's. */
  tokens: { see: string; contain: string; scim: string }
  boss: User
  ada: User
  grace: User
  /** What Ada is signed in with, and what a thief copies. */
  session: Session
  /** Installed by Ada long ago. */
  helper: App
  helperTokens: { bot: Token; user: Token }
  deals: Channel
  cordonApps: App[]
}

export const startMs = Date.UTC(2026, 2, 24, 12)
const workspaces = ['T0ENGINEER', 'T0SALES001']

/** A small company on an Enterprise plan: three people, two workspaces, an app, and the apps Cordon uses. */
export async function foundCompany(over: Partial<SlackConfig> = {}): Promise<Company> {
  const clock = new TwinClock(startMs - 40 * 86_400_000)
  const twin = await startSlackTwin({ clock })
  const { org, state } = twin
  for (const id of workspaces) state.teams.set(id, { id, name: id.toLowerCase() })
  const boss = makeUser(org, 'boss', 'primary owner', workspaces)
  const keeper = makeUser(org, 'keeper', 'owner', workspaces)
  const ada = makeUser(org, 'ada', 'owner', workspaces)
  const grace = makeUser(org, 'grace', 'member', ['T0ENGINEER'])
  state.usergroups.set('S0ENG', { id: 'S0ENG', name: 'engineers', team: 'T0ENGINEER', users: [ada.id, grace.id] })
  const deals = makeChannel(org, 'deals', 'T0SALES001', ['T0PARTNER1'])
  makeChannel(org, 'secret', 'T0SALES001')

  const helper = makeApp(org, 'Helper', { userScopes: ['search:read', 'files:read'], resolution: 'approved' })
  const first = signIn(org, ada)
  const helperTokens = first === undefined ? undefined : install(org, first, helper)
  if (first === undefined || helperTokens === undefined) throw new Error('Ada installs the app')
  state.sessions.delete(first.id)

  const cordonApps = ['see', 'contain', 'scim'].map((use) => makeApp(org, `Cordon ${use}`, { botScopes: [] }))
  const [see, contain, scim] = cordonApps
  if (see === undefined || contain === undefined || scim === undefined) throw new Error('three apps')
  const config = slackConfig.parse({
    webUrl: twin.url,
    apiUrl: twin.url,
    plan: 'enterprise',
    appId: see.id,
    containAppId: contain.id,
    ...over,
  })
  const needed = (use: 'see' | 'contain'): string[] =>
    (slackConnector.role?.(config, use)?.scopes ?? []).map(({ name }) => name)
  const tokens = {
    see: makeToken(org, see, keeper, 'user', needed('see')).value,
    contain: makeToken(
      org,
      contain,
      keeper,
      'user',
      needed('contain').filter((name) => name !== 'admin'),
    ).value,
    scim: makeToken(org, scim, keeper, 'user', ['admin']).value,
  }
  clock.pass(40 * 86_400_000)
  const session = signIn(org, ada)
  if (session === undefined) throw new Error('Ada signs in')
  return { twin, clock, config, tokens, boss, ada, grace, session, helper, helperTokens, deals, cordonApps }
}
