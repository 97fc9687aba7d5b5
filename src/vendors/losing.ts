import { authorityOf, kindOf, nativeOf, type EdgeType, type EntityId } from '#model'
import { paged } from '#estate'
import { hasEnded, type Person } from '#people'
import { entitiesOf, textOf, type Scene } from '#posture'

import type { Stop } from './pause.ts'
import type { Vendor } from './types.ts'

/** Something of ours that works by what stops. `depends`: it says so; `holds`: a secret lies there; `uses`: it may call it. */
export type Job = { entity: EntityId; name: string | null; how: 'depends' | 'holds' | 'uses' }
export type ProjectLoss = { project: string; customer: string | null; losing: number; of: number }
/** `sameCustomer`: of a customer whose people lose work. Whether they could do the work nobody here knows. */
export type OtherProject = { project: string; customer: string | null; people: number; sameCustomer: boolean }
/**
 * Who loses a tool. `people` null: no register tells who works here. `contractors` are those of `projects` and some of no
 * project; `unjoined`: accounts of which no register tells whose they are.
 */
export type Losing = {
  jobs: Job[]
  accounts: number
  people: {
    staff: number
    contractors: number
    unjoined: number
    named: { person: EntityId; project: string | null; customer: string | null }[]
    projects: ProjectLoss[]
    others: OtherProject[]
  } | null
}

const jobsMax = 1_000
const namedMax = 200
const into: readonly EdgeType[] = ['AUTHENTICATES_AS', 'MEMBER_OF', 'ASSUMES', 'CAN_READ', 'CAN_WRITE', 'CAN_ADMIN']

export async function losingBy(scene: Scene, { apps }: Vendor, stops: readonly Stop[]): Promise<Losing> {
  const targets = new Set(stops.map(({ target }) => target))
  const hit = [...new Set(stops.flatMap(({ target, covers }) => [target, ...covers]))]
  const { view } = scene
  const depending = (await paged(hit, (page) => view.edgesTo(page, { types: ['DEPENDS_ON'] }))).map(({ src }) => src)
  const held = hit.filter((one) => kindOf(one) === 'credential')
  const holding = (await paged(held, (page) => view.edgesTo(page, { types: ['STORES'] }))).map(({ src }) => src)

  const accounts = new Set<EntityId>()
  const services = new Set<EntityId>()
  const count = async (entities: readonly EntityId[]): Promise<void> => {
    const facts = await scene.facts(entities)
    for (const [entity, told] of facts) {
      if (told['kind'] === 'human') accounts.add(entity)
      else if (told['kind'] === 'service' || told['kind'] === 'agent') services.add(entity)
    }
  }
  for (const app of apps) {
    if (targets.has(app.app)) {
      await count(app.users)
      await count(await signingIn(scene, app.app))
      continue
    }
    const stopped = app.credentials.filter((one) => targets.has(one))
    const facts = await scene.facts(stopped)
    await count(app.users.filter((user) => [...facts.values()].some((told) => textOf(told, 'owner') === user)))
  }
  const models = [...targets].filter((one) => kindOf(one) === 'resource')
  if (models.length > 0)
    await count(
      (await view.whoCanReach(models, { types: [...into, 'CONTAINS'] }))
        .map(({ entity }) => entity)
        .filter((entity) => kindOf(entity) === 'identity'),
    )
  const jobs = await namedJobs(scene, [
    ...depending.map((entity) => [entity, 'depends'] as const),
    ...holding.map((entity) => [entity, 'holds'] as const),
    ...[...services].map((entity) => [entity, 'uses'] as const),
  ])
  return { jobs, accounts: accounts.size, people: await peopleOf(scene, accounts) }
}

/** Whoever may sign in to an app: told by a thing of its directory that stands for that. */
async function signingIn(scene: Scene, app: EntityId): Promise<EntityId[]> {
  const doors = await scene.findStated('resource', { signIn: true, client: nativeOf(app) })
  const own = entitiesOf(doors).filter((door) => authorityOf(door) === authorityOf(app))
  if (own.length === 0) return []
  const reached = await scene.view.whoCanReach(own, { types: ['MEMBER_OF', 'CAN_READ'] })
  return reached.map(({ entity }) => entity).filter((entity) => kindOf(entity) === 'identity')
}

async function namedJobs(scene: Scene, found: readonly (readonly [EntityId, Job['how']])[]): Promise<Job[]> {
  const first = new Map<EntityId, Job['how']>()
  for (const [entity, how] of found) if (!first.has(entity)) first.set(entity, how)
  const some = [...first].slice(0, jobsMax)
  const facts = await scene.facts(some.map(([entity]) => entity))
  return some
    .map(([entity, how]) => ({ entity, name: textOf(facts.get(entity) ?? {}, 'name') ?? null, how }))
    .sort((a, b) => (a.entity < b.entity ? -1 : 1))
}

async function peopleOf(scene: Scene, accounts: ReadonlySet<EntityId>): Promise<Losing['people']> {
  const { register, join } = await scene.people()
  if (register.people.length === 0) return null
  const byId = new Map(register.people.map((person) => [person.person, person]))
  const losing = new Map<EntityId, Person>()
  const joined = new Set<EntityId>()
  for (const [id, theirs] of join.of) {
    const mine = theirs.filter(({ account }) => accounts.has(account.account))
    for (const { account } of mine) joined.add(account.account)
    const person = byId.get(id)
    if (mine.length > 0 && person !== undefined && !hasEnded(person, scene.atMs)) losing.set(id, person)
  }
  const contractors = [...losing.values()].filter(({ worker }) => worker === 'contractor')
  const here = register.people.filter((one) => one.worker === 'contractor' && !hasEnded(one, scene.atMs))
  const projects = lossesOf(contractors, here)
  return {
    staff: [...losing.values()].filter(({ worker }) => worker !== 'contractor').length,
    contractors: contractors.length,
    unjoined: accounts.size - joined.size,
    named: contractors
      .map(({ person, project, customer }) => ({ person, project, customer }))
      .sort((a, b) => (a.person < b.person ? -1 : 1))
      .slice(0, namedMax),
    projects,
    others: othersOf(projects, here),
  }
}

const lossesOf = (losing: readonly Person[], here: readonly Person[]): ProjectLoss[] =>
  [...Map.groupBy(losing, ({ project }) => project)]
    .flatMap(([project, mine]) => {
      if (project === null) return []
      const all = here.filter((one) => one.project === project)
      return [{ project, customer: mine[0]?.customer ?? null, losing: mine.length, of: all.length }]
    })
    .sort((a, b) => b.losing - a.losing || (a.project < b.project ? -1 : 1))

/** Projects on which nobody loses anything, those of the same customers first. */
function othersOf(lost: readonly ProjectLoss[], here: readonly Person[]): OtherProject[] {
  const isLost = new Set(lost.map(({ project }) => project))
  const customers = new Set(lost.map(({ customer }) => customer))
  return [...Map.groupBy(here, ({ project }) => project)]
    .flatMap(([project, all]) => {
      if (project === null || isLost.has(project)) return []
      const customer = all[0]?.customer ?? null
      return [{ project, customer, people: all.length, sameCustomer: customer !== null && customers.has(customer) }]
    })
    .sort((a, b) => Number(b.sameCustomer) - Number(a.sameCustomer) || (a.project < b.project ? -1 : 1))
}
