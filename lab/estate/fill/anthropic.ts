import {
  makeFile,
  makeKey,
  makeUser,
  makeAdminKey,
  makeMember,
  makeWorkspace,
} from '../../twins/anthropic/organization.ts'
import { startAnthropicTwin, type AnthropicTwin } from '../../twins/anthropic/twin.ts'
import type { User, Workspace } from '../../twins/anthropic/state.ts'
import { dayMs, type Company, type Customer } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type Part } from '../part.ts'
import { isOld } from '../planted/kinds.ts'
import { draftOf, fine, weak, type Draft } from '../truth.ts'
import { useAnthropic } from '../use/anthropic.ts'
import { modelUsers } from './model-users.ts'

type World = { twin: AnthropicTwin; at: At; company: Company; fill: Draft }

/** A workspace for each customer with a file in it, and keys of programs. Anthropic does not tell when a key was last used. */
export const anthropic: Part = async (company, at) => {
  const hex = drawOf(company.seed, 'anthropic').hex(12)
  const twin = await startAnthropicTwin({ clock: at.clock, organization: `00000000-0000-4000-8000-${hex}` })
  twin.settings.perMinute = 1_000_000
  const fill = draftOf('anthropic')
  const world = { twin, at, company, fill }
  const users = at.clock.during(company.yearMs, () => fillPeople(world))
  const [root] = users.values()
  const spaces = at.clock.during(company.yearMs, () =>
    company.customers.map((customer) => fillWorkspace(world, customer, root, [...users.values()])),
  )
  const source = connectCordon(world, root, spaces)
  fill.counts = {
    users: twin.state.users.size,
    workspaces: twin.state.workspaces.size,
    keys: twin.state.keys.size,
    files: twin.state.files.size,
  }
  const pasts = at.density > 0 ? useAnthropic(twin, company, users, fill.credentials, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, ...standing(twin) }
}

function fillPeople({ twin: { org }, company, fill }: World): Map<number, User> {
  const users = new Map<number, User>()
  for (const { person, isAdmin, isForgotten } of modelUsers(company, 'anthropic')) {
    const { n, email, given, family, endMs } = person
    const user = makeUser(org, `${given} ${family}`, email, isAdmin ? 'admin' : 'developer')
    users.set(n, user)
    fill.natives.set(n, user.id)
    if (isForgotten)
      weak(fill, 'leaver-alive', { noun: 'user', native: user.id, label: email, sinceMs: endMs ?? 0, person: n })
  }
  return users
}

function fillWorkspace(
  { twin: { org }, at, company, fill }: World,
  { slug, n }: Customer,
  root: User | undefined,
  users: readonly User[],
): Workspace {
  const draw = drawOf(company.seed, `anthropic/${slug}`)
  const space = makeWorkspace(org, slug)
  makeFile(org, space.id, `interviews-${slug}.csv`)
  for (const { id } of users.slice(n, n + 2)) makeMember(org, space.id, id, 'workspace_developer')
  const hasPlants = n < company.size.weaknesses
  for (const [name, days] of [
    [`rater-${slug}`, 30 + draw.int(200)],
    ...(hasPlants ? ([[`first-rater-${slug}`, 420]] as const) : []),
  ] as const) {
    const createdMs = company.nowMs - days * dayMs
    const { row, value } = at.clock.during(createdMs, () =>
      makeKey(org, name, { workspace: space.id, by: root?.id ?? '' }),
    )
    fill.credentials.push({
      id: `anthropic/key/${name}`,
      vendor: 'anthropic',
      kind: 'key',
      native: row.id,
      value,
      with: {},
      owner: name,
      createdMs,
      lastUsedMs: company.nowMs - dayMs,
      lies: [],
    })
    const plant = { noun: 'key', native: row.id, label: name } as const
    if (isOld(createdMs, company.nowMs)) weak(fill, 'old-key', { ...plant, sinceMs: createdMs })
    else fine(fill, 'old-key', { ...plant, why: 'made within the last year' })
  }
  return space
}

function connectCordon({ twin, company, at }: World, root: User | undefined, spaces: readonly Workspace[]) {
  const { org, url } = twin
  const own = at.clock.during(company.nowMs - 30 * dayMs, () => ({
    see: makeAdminKey(org, 'cordon-see'),
    contain: makeAdminKey(org, 'cordon-contain'),
    reads: spaces.map(({ id }) => ({ id, key: makeKey(org, 'cordon', { workspace: id, by: root?.id ?? '' }) })),
  }))
  return {
    connector: 'anthropic',
    config: {
      ownKeys: [own.see.id, own.contain.id],
      acts: true,
      activityFeed: true,
      dataWorkspaces: spaces.map(({ id }) => id),
      apiUrl: url,
    },
    see: {
      adminKey: own.see.value,
      workspaceKeys: own.reads.map(({ id, key }) => `${id}=${key.value}\n`).join(''),
    },
    contain: { adminKey: own.contain.value },
  }
}
