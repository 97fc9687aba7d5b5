import { startHuggingfaceTwin, type HuggingfaceTwin } from '../../twins/huggingface/twin.ts'
import type { Token, User } from '../../twins/huggingface/state.ts'
import { dayMs, type Company, type Customer } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type Part } from '../part.ts'
import { isOld, isUnused } from '../planted/kinds.ts'
import { draftOf, fine, weak, type Draft } from '../truth.ts'
import { useHuggingface } from '../use/huggingface.ts'
import { modelUsers } from './model-users.ts'

type World = { twin: HuggingfaceTwin; at: At; company: Company; fill: Draft }

/** The company's own models and datasets: a group for each customer, a service account that exports, tokens of a few members. */
export const huggingface: Part = async (company, at) => {
  const twin = await startHuggingfaceTwin({ clock: at.clock })
  twin.settings.perWindow = 1_000_000
  const fill = draftOf('huggingface')
  const world = { twin, at, company, fill }
  const { state } = twin
  const users = at.clock.during(company.yearMs, () => fillPeople(world))
  for (const customer of company.customers) fillCustomer(world, customer, users)
  const source = await connectCordon(world)
  fill.counts = {
    users: state.users.size,
    groups: state.groups.size,
    repositories: state.repos.size,
    tokens: state.tokens.size,
    'service-accounts': state.accounts.size,
    'account-tokens': [...state.accounts.values()].reduce((sum, { tokens }) => sum + tokens.size, 0),
  }
  const pasts = at.density > 0 ? useHuggingface(twin, company, fill.natives, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, ...standing(twin) }
}

/** Owners administer; everybody has a second factor, which the organisation asks for. */
function fillPeople({ twin: { console: hub }, company, fill }: World): User[] {
  return modelUsers(company, 'huggingface').map(({ person: { n, email, given, family }, isAdmin }, at) => {
    const name = `${given}-${family}-${n}`.toLowerCase().replace(/[^a-z0-9-]/g, '')
    const user = hub.makeUser(name, isAdmin ? 'admin' : at % 3 === 0 ? 'write' : 'read')
    user.email = email
    fill.natives.set(n, user.id)
    return user
  })
}

function fillCustomer({ twin, at, company, fill }: World, { slug, n }: Customer, users: readonly User[]): void {
  const { console: hub } = twin
  const draw = drawOf(company.seed, `huggingface/${slug}`)
  const members = users.slice(n, n + 2)
  at.clock.during(company.yearMs, () => {
    const group = hub.makeGroup(slug, [
      ...members.slice(0, 1).map((user) => [user, 'write'] as const),
      ...members.slice(1).map((user) => [user, 'read'] as const),
    ])
    for (const one of [
      hub.makeRepo('datasets', `interviews-${slug}`, { group: group.id }),
      hub.makeRepo('models', `rater-${slug}`),
      hub.makeRepo('spaces', `review-${slug}`),
    ]) {
      const [author] = members
      if (author !== undefined) hub.push(one, author, 'first')
    }
  })
  const accountMs = company.nowMs - (30 + draw.int(200)) * dayMs
  const account = at.clock.during(accountMs, () => hub.makeAccount(`export-${slug}`))
  const exports = at.clock.during(accountMs, () => hub.makeAccountToken(account, ['repo.content.read']))
  exports.lastUsedMs = company.nowMs - dayMs
  fill.credentials.push({
    id: `huggingface/account-token/${slug}`,
    vendor: 'huggingface',
    kind: 'service-token',
    native: `${account.id}/${exports.id}`,
    value: exports.value,
    with: {},
    owner: account.name,
    createdMs: accountMs,
    lastUsedMs: exports.lastUsedMs,
    lies: [],
  })
  const [writer, reader] = members
  if (writer !== undefined) fillToken(writer, 'write', n < company.size.weaknesses ? 420 : 40 + draw.int(200), 1)
  if (reader !== undefined) fillToken(reader, 'read', 60 + draw.int(100), n < company.size.weaknesses ? null : 2)

  function fillToken(user: User, role: Token['role'], ageDays: number, usedDaysAgo: number | null): void {
    const createdMs = company.nowMs - ageDays * dayMs
    const lastUsedMs = usedDaysAgo === null ? null : company.nowMs - usedDaysAgo * dayMs
    const token = at.clock.during(createdMs, () => hub.makeToken(user, role))
    token.lastUsedMs = lastUsedMs
    const label = `token of ${user.email}`
    fill.credentials.push({
      id: `huggingface/token/${slug}/${role}`,
      vendor: 'huggingface',
      kind: 'personal-token',
      native: token.id,
      value: token.value,
      with: {},
      owner: user.email,
      createdMs,
      lastUsedMs,
      lies: [],
    })
    const plant = { noun: 'token', native: token.id, label } as const
    if (isOld(createdMs, company.nowMs)) weak(fill, 'old-key', { ...plant, sinceMs: createdMs })
    else fine(fill, 'old-key', { ...plant, why: 'made within the last year' })
    if (isUnused(createdMs, lastUsedMs, company.nowMs)) weak(fill, 'unused-key', { ...plant, sinceMs: createdMs })
  }
}

async function connectCordon({ twin, company, at }: World) {
  const { console: hub } = twin
  const config = { organization: twin.state.organization.name, plan: 'enterprise-plus', acts: true, apiUrl: twin.url }
  const robot = at.clock.during(company.nowMs - 30 * dayMs, () => hub.makeUser('cordon', 'admin'))
  const value = async (use: 'see' | 'contain'): Promise<string> => {
    const permissions = await at.roles('huggingface', config, use)
    return at.clock.during(company.nowMs - 30 * dayMs, () => hub.makeToken(robot, 'fineGrained', permissions)).value
  }
  return {
    connector: 'huggingface',
    config: { ...config, ownUsers: [robot.id] },
    see: { token: await value('see') },
    contain: { token: await value('contain') },
  }
}
