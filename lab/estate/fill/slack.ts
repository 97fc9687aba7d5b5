import { makeApp, makeChannel, makeToken, makeUser, signIn } from '../../twins/slack/browser.ts'
import type { App, User } from '../../twins/slack/state.ts'
import { startSlackTwin, type SlackTwin } from '../../twins/slack/twin.ts'
import { dayMs, type Company, type Customer } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { At, Part } from '../part.ts'
import { plantSlack } from '../planted/slack.ts'
import { draftOf, fine, tellApp, tellIdentity, weak, type Draft } from '../truth.ts'
import { useSlack } from '../use/slack.ts'

const callsPerMinute = 1_000_000
const workspace = 'T0BRIGHTWTR'
/** Of a hundred contractors, so many are guests in a chat. */
const guestsPercent = 5

/** An Enterprise organisation: staff, some contractors as guests, shared channels, apps with tokens, open sessions. */
export const slack: Part = async (company, at) => {
  const twin = await startSlackTwin({ clock: at.clock, org: `E0${drawOf(company.seed, 'slack').hex(8).toUpperCase()}` })
  twin.settings.perMinute = { web: callsPerMinute, audit: callsPerMinute, scim: callsPerMinute }
  twin.state.teams.set(workspace, { id: workspace, name: 'brightwater' })
  const fill = draftOf('slack')
  const users = fillPeople(twin, at, company, fill)
  fillChannels(twin, company, users)
  fillSessions(twin, at, company, users, fill)
  fillApps(twin, company, users, fill)
  plantSlack({ twin, company, fill, clock: at.clock, workspace })
  const source = await connectCordon(twin, at, company)
  fill.counts = countsOf(twin)
  const pasts = at.density > 0 ? useSlack(twin, company, users, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: namesOf(twin) }, pasts, close: () => twin.close() }
}

function fillPeople({ org }: SlackTwin, { clock }: At, company: Company, fill: Draft): Map<number, User> {
  const users = new Map<number, User>()
  let hasPrimary = false
  for (const { n, kind, email, given, family, startMs, endMs, admin, factor, leftAlive } of company.people) {
    const isGuest = kind === 'contractor'
    if (isGuest && (n % 100 >= guestsPercent || endMs !== null)) continue
    const isOwner = admin === 'owner'
    const role = isGuest
      ? 'guest'
      : isOwner && !hasPrimary
        ? 'primary owner'
        : isOwner
          ? 'owner'
          : admin === 'identity'
            ? 'admin'
            : 'member'
    hasPrimary ||= isOwner
    const isActive = endMs === null || leftAlive === 'slack'
    const hasMfa = factor !== 'none' && !isGuest
    const user = clock.during(startMs, () =>
      makeUser(org, `${given}.${family}.${n + 1}`.toLowerCase(), role, [workspace], { email, isActive, hasMfa }),
    )
    users.set(n, user)
    fill.natives.set(n, user.id)
    const plant = { noun: 'user', native: user.id, person: n } as const
    if (endMs !== null && isActive) weak(fill, 'leaver-alive', { ...plant, label: email, sinceMs: endMs })
    else if (endMs !== null) fine(fill, 'leaver-alive', { ...plant, label: email, why: 'left, and is deactivated' })
    if (['owner', 'admin', 'primary owner'].includes(role) && !hasMfa)
      weak(fill, 'admin-without-strong-factor', {
        ...plant,
        label: `${email}: ${role}`,
        sinceMs: startMs,
      })
  }
  return users
}

/** A customer's own organisation there, which the company knows. */
const organisationOf = ({ n }: Customer): string => `T0LAB${String(n).padStart(5, '0')}`

function fillChannels({ org, state }: SlackTwin, company: Company, users: ReadonlyMap<number, User>): void {
  for (const { slug, sharedWith } of company.channels) {
    const customer = sharedWith === null ? undefined : company.customers[sharedWith]
    makeChannel(org, slug, workspace, customer === undefined ? [] : [organisationOf(customer)])
  }
  for (const [team, { slug }] of company.teams.entries()) {
    const members = company.people.flatMap(({ n, kind, group, endMs }) =>
      kind === 'staff' && group === team && endMs === null ? (users.get(n)?.id ?? []) : [],
    )
    const id = `S0${String(team).padStart(6, '0')}`
    state.usergroups.set(id, { id, name: slug, team: workspace, users: members })
  }
}

function fillSessions(
  twin: SlackTwin,
  { clock }: At,
  company: Company,
  users: ReadonlyMap<number, User>,
  fill: Draft,
): void {
  const draw = drawOf(company.seed, 'slack/sessions')
  for (const [n, user] of users) {
    const left = company.people[n]?.leftAlive === 'slack'
    if (!user.isActive || (!left && !draw.chance(0.3))) continue
    const createdMs = company.nowMs - Math.round((0.1 + draw.unit() * 6) * dayMs)
    const session = clock.during(createdMs, () => signIn(twin.org, user, `198.51.100.${1 + (n % 250)}`))
    if (session === undefined) continue
    fill.credentials.push({
      id: `slack/session/${n}`,
      vendor: 'slack',
      kind: 'session',
      native: `${user.id}/${session.id}`,
      value: session.token,
      with: { cookie: session.cookie },
      owner: user.email,
      createdMs,
      lastUsedMs: company.nowMs - dayMs / 4,
      lies: [],
    })
  }
}

function fillApps({ org }: SlackTwin, company: Company, users: ReadonlyMap<number, User>, fill: Draft): void {
  for (const { vendor, slug, name, scopes, grants } of company.apps) {
    const installer = users.get(grants[0]?.person ?? -1)
    if (vendor !== 'slack' || installer === undefined) continue
    const createdMs = grants[0]?.atMs ?? company.yearMs
    const isOfUser = scopes.some((scope) => scope.startsWith('search'))
    const app = makeApp(org, name, { isInternal: false, resolution: 'approved', userScopes: isOfUser ? scopes : [] })
    tellApp(fill, { native: app.id, label: name, ours: false, letIn: null })
    tellIdentity(fill, { kind: 'vendor', noun: 'app', native: app.id, label: name })
    const bot = makeUser(org, `${slug}-bot`, 'member', [workspace], { isBot: true, hasMfa: false })
    const tokens = [
      makeToken(org, app, bot, 'bot', app.botScopes),
      ...(isOfUser ? [makeToken(org, app, installer, 'user', scopes)] : []),
    ]
    for (const { kind, value } of tokens)
      fill.credentials.push({
        id: `slack/${kind}/${slug}`,
        vendor: 'slack',
        kind: kind === 'bot' ? 'bot-token' : 'user-token',
        native: kind === 'bot' ? app.id : `${app.id}/${installer.id}`,
        value,
        with: {},
        owner: slug,
        createdMs,
        lastUsedMs: grants[0]?.lastUsedMs ?? null,
        lies: [],
      })
  }
}

async function connectCordon({ org, url }: SlackTwin, { roles }: At, { customers }: Company) {
  const keeper = makeUser(org, 'cordon-keeper', 'owner', [workspace])
  const made = (use: string): App => makeApp(org, `Cordon ${use}`, { botScopes: [] })
  const [see, contain, scim] = [made('see'), made('contain'), made('scim')]
  const config = {
    webUrl: url,
    apiUrl: url,
    plan: 'enterprise',
    appId: see.id,
    containAppId: contain.id,
    partners: customers.map(organisationOf),
  }
  const token = (app: App, scopes: string[]): string => makeToken(org, app, keeper, 'user', scopes).value
  const acts = (await roles('slack', config, 'contain')).filter((name) => name !== 'admin')
  return {
    connector: 'slack',
    config,
    see: { token: token(see, await roles('slack', config, 'see')) },
    contain: { token: token(contain, acts), scimToken: token(scim, ['admin']) },
  }
}

const namesOf = ({ state }: SlackTwin): Record<string, string[]> => ({
  channels: [...state.channels.values()].map(({ name }) => name),
})

function countsOf({ state }: SlackTwin): Record<string, number> {
  return {
    users: state.users.size,
    'shared-channels': [...state.channels.values()].filter(({ sharedWith }) => sharedWith.length > 0).length,
    usergroups: state.usergroups.size,
    sessions: state.sessions.size,
    apps: [...state.apps.values()].filter(({ resolution }) => resolution === 'approved').length,
  }
}
