import { store } from '../../twins/openai/data.ts'
import { makeUser } from '../../twins/openai/organization.ts'
import { makeAccount, makeAdminKey, makeKey, makeMember, makeProject } from '../../twins/openai/projects.ts'
import { idOf, textOf, type ProjectKey, type Row } from '../../twins/openai/state.ts'
import { startOpenaiTwin, type OpenaiTwin } from '../../twins/openai/twin.ts'
import { dayMs, type Company, type Customer } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type Part } from '../part.ts'
import { isOld, isUnused, staleInviteMs } from '../planted/kinds.ts'
import { draftOf, fine, tellIdentity, weak, type Draft } from '../truth.ts'
import { useOpenai } from '../use/openai.ts'
import { modelUsers } from './model-users.ts'

type World = { twin: OpenaiTwin; at: At; company: Company; fill: Draft }

/** A project for each customer with what lies in it, programs with keys, and engineers who call models themselves. */
export const openai: Part = async (company, at) => {
  const organization = `org-${drawOf(company.seed, 'openai').hex(16)}`
  const twin = await startOpenaiTwin({ clock: at.clock, organization })
  twin.settings.perMinute = 1_000_000
  const fill = draftOf('openai')
  const world = { twin, at, company, fill }
  const users = at.clock.during(company.yearMs, () => fillPeople(world))
  const projects = at.clock.during(company.yearMs, () => company.customers.map((one) => fillProject(world, one, users)))
  fillInvites(world)
  const [root] = users.values()
  const source = connectCordon(world, root, projects)
  fill.counts = {
    users: twin.state.users.size,
    projects: twin.state.projects.size,
    keys: twin.state.keys.size + twin.state.adminKeys.size,
    invites: twin.state.invites.size,
  }
  const pasts = at.density > 0 ? useOpenai(twin, company, users, fill.credentials, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, ...standing(twin) }
}

function fillPeople({ twin: { org, state }, company, fill }: World): Map<number, Row> {
  const users = new Map<number, Row>()
  for (const { person, isAdmin, isForgotten } of modelUsers(company, 'openai')) {
    const { n, email, given, family, endMs } = person
    const user = makeUser(org, `${given} ${family}`, email, isAdmin ? 'owner' : 'reader')
    users.set(n, user)
    fill.natives.set(n, user.id)
    if (isForgotten)
      weak(fill, 'leaver-alive', { noun: 'user', native: user.id, label: email, sinceMs: endMs ?? 0, person: n })
  }
  state.defaultProject = makeProject(org, 'Default').id
  return users
}

function fillProject(world: World, { slug, n }: Customer, users: ReadonlyMap<number, Row>): Row {
  const { twin, at, company } = world
  const { org } = twin
  const draw = drawOf(company.seed, `openai/${slug}`)
  const project = makeProject(org, slug)
  const file = store(org, project.id, 'files', `interviews-${slug}.jsonl`)
  file['created_at'] = Math.floor(company.yearMs / 1000)
  const hasPlants = n < company.size.weaknesses
  const robots: [name: string, days: number, lastDays: number | null][] = [
    ['rater', 30 + draw.int(200), 1],
    ...(hasPlants
      ? (
          [
            ['old-rater', 500, 1],
            ['pilot', 100, null],
            ['new-pilot', 5, null],
          ] as const
        ).map((one) => [...one] as [string, number, number | null])
      : []),
  ]
  for (const [name, days, lastDays] of robots) {
    const account = makeAccount(org, project.id, `${name}-${slug}`)
    const createdMs = company.nowMs - days * dayMs
    const key = at.clock.during(createdMs, () => makeKey(org, project.id, { account: account.id }, `${name}-${slug}`))
    hold(world, key, createdMs, lastDays === null ? null : company.nowMs - lastDays * dayMs)
    tellIdentity(world.fill, { kind: 'agent', noun: 'service-account', native: account.id, label: `${name}-${slug}` })
  }
  for (const [person, user] of [...users].slice(n, n + 2)) {
    if (company.people[person]?.endMs !== null) continue
    makeMember(org, project.id, user, 'member')
    const createdMs = company.nowMs - (10 + draw.int(100)) * dayMs
    const name = `notebook-${slug}-${person}`
    const key = at.clock.during(createdMs, () => makeKey(org, project.id, { user: user.id }, name))
    hold(world, key, createdMs, company.nowMs - dayMs, person)
  }
  return project
}

function hold(
  { fill, company }: World,
  key: ProjectKey,
  createdMs: number,
  lastUsedMs: number | null,
  person?: number,
): void {
  key.row['last_used_at'] = lastUsedMs === null ? null : Math.floor(lastUsedMs / 1000)
  const name = textOf(key.row, 'name')
  fill.credentials.push({
    id: `openai/key/${name}`,
    vendor: 'openai',
    kind: 'key',
    native: key.row.id,
    value: key.value,
    with: {},
    owner: name,
    ...(person === undefined ? {} : { person }),
    createdMs,
    lastUsedMs,
    lies: [],
  })
  const plant = { noun: 'key', native: key.row.id, label: name } as const
  if (isOld(createdMs, company.nowMs)) weak(fill, 'old-key', { ...plant, sinceMs: createdMs })
  if (isUnused(createdMs, lastUsedMs, company.nowMs)) weak(fill, 'unused-key', { ...plant, sinceMs: createdMs })
  else if (lastUsedMs === null) fine(fill, 'unused-key', { ...plant, why: 'made this month' })
}

/** Into the organisation as its owner, by a mail that lies somewhere; and such as came yesterday. */
function fillInvites({ twin: { state }, company, fill }: World): void {
  for (let n = 1; n <= company.size.weaknesses; n++)
    for (const [word, role, days, why] of [
      ['owner', 'owner', 80, undefined],
      ['new', 'owner', 1, 'sent yesterday'],
      ['accepted', 'owner', 80, 'accepted'],
    ] as const) {
      const atMs = company.nowMs - days * dayMs
      const row: Row = {
        object: 'organization.invite',
        id: idOf(state, 'invite-'),
        email: `invited-${word}-${n}@${company.domain}`,
        role,
        status: word === 'accepted' ? 'accepted' : 'pending',
        created_at: Math.floor(atMs / 1000),
        expires_at: Math.floor(company.nowMs / 1000) + 86_400,
        accepted_at: word === 'accepted' ? Math.floor(atMs / 1000) + 60 : null,
        projects: [],
      }
      state.invites.set(row.id, row)
      const plant = { noun: 'invite', native: row.id, label: textOf(row, 'email') } as const
      if (why === undefined) weak(fill, 'stale-invite', { ...plant, sinceMs: atMs + staleInviteMs })
      else fine(fill, 'stale-invite', { ...plant, why })
    }
}

function connectCordon({ twin, company, at }: World, root: Row | undefined, projects: readonly Row[]) {
  const { org, state, url } = twin
  const own = at.clock.during(company.nowMs - 30 * dayMs, () => ({
    see: makeAdminKey(org, root?.id ?? '', 'cordon-see', 'read'),
    contain: makeAdminKey(org, root?.id ?? '', 'cordon-contain'),
    reads: projects.map(({ id }) => makeKey(org, id, { account: makeAccount(org, id, 'Cordon').id }, 'cordon')),
  }))
  return {
    connector: 'openai',
    config: {
      organization: state.organization,
      ownKeys: [own.see.row.id, own.contain.row.id],
      acts: true,
      dataProjects: projects.map(({ id }) => id),
      apiUrl: `${url}/v1`,
    },
    see: {
      adminKey: own.see.value,
      projectKeys: own.reads.map(({ project, value }) => `${project}=${value}\n`).join(''),
    },
    contain: { adminKey: own.contain.value },
  }
}
