import { parseOwnJson } from '#kit'
import { onceARun, VendorError, type PullContext, type SnapshotRows } from '#sources/contract'

import { lookAs } from './auth.ts'
import type { AwsConfig } from './config.ts'
import { readLevels } from './organization.ts'
import { readAccount, type Account } from './principals.ts'
import { readStop } from './resource-walk.ts'
import { rightsOf } from './rights/access.ts'
import { sharesOf, trustsOf } from './rights/outsiders.ts'
import { onlyPolicy, policyText } from './rights/only-policy.ts'
import { noThings, thingKinds, type Organization, type Things } from './rights/things.ts'
import { rows, type Row } from './rows.ts'

type Context = PullContext<AwsConfig>

/** Principals whose rights over each other are told in one page. */
const beingsPerPage = 100
/** Things of one page: each is asked for its own policy, by a call or two. */
const thingsPerPage = 50

type Known = { account: Account; organization: Organization; scps: string[] }

/** What one principal may do depends on policies, groups and levels of all of them: read once a run. */
const readKnown = onceARun(async (context: Context): Promise<Known> => {
  const { account: id, organizationRoleArn } = context.config
  const account = await readAccount(await lookAs(context))
  if (account.next !== null) {
    throw new VendorError('ERR_VENDOR_SHAPE', `account \`${id}\` has more principals than rights are told for`)
  }
  const outer = organizationRoleArn === undefined ? undefined : await lookAs(context, organizationRoleArn)
  const levels = outer === undefined ? [] : await readLevels(outer, id, 'SERVICE_CONTROL_POLICY')
  const over = outer === undefined ? [] : await readLevels(outer, id, 'RESOURCE_CONTROL_POLICY')
  const policiesOf = (all: typeof levels) => all.map(({ policies }) => policies.map(({ policy }) => policy))
  return {
    account,
    // Where the organisation has not switched them on, no level has one, and none has to allow.
    organization: { scps: policiesOf(levels), rcps: policiesOf(over).filter((level) => level.length > 0) },
    scps: levels.flatMap(({ policies }) => policies.map(({ name }) => name)),
  }
})

/** Behind which principal it is read on; then the place among resources, null for their beginning. */
type Walk = { behind: string } | { resources: string | null }

/** Principals first, over each other and from outside; then what all of them may do with resources, page by page. */
export async function rights(context: Context, next: string | null): Promise<SnapshotRows> {
  const known = await readKnown(context)
  const walk: Walk = next === null ? { behind: '' } : parseOwnJson<Walk>(next)
  return 'behind' in walk ? among(context, known, walk.behind) : over(context, known, walk.resources)
}

/** In order of their ids: a run that goes on later passes over nobody. */
function among({ config }: Context, { account, organization, scps }: Known, behind: string): SnapshotRows {
  const beings = account.principals
    .filter(({ noun, id }) => noun !== 'group' && id > behind)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const here = beings.slice(0, beingsPerPage)
  const last = beings.length > here.length ? here.at(-1)?.id : undefined
  const roles = here.filter(({ noun }) => noun === 'role')
  return {
    rows: [
      ...(behind === '' ? rows('account', [{ id: config.account, scps }]) : []),
      ...rows('right', rightsOf(config.account, account, organization, { among: here, over: noThings })),
      ...rows(
        'trust',
        roles.flatMap((one) => trustsOf(config.account, one, organization.rcps)),
      ),
    ],
    next: JSON.stringify((last === undefined ? { resources: null } : { behind: last }) satisfies Walk),
  }
}

/** Which policy a user's right to a thing comes from, once for each of both. */
function sourcesOf(
  id: string,
  { account: held, organization }: Pick<Known, 'account' | 'organization'>,
  told: readonly Row<'right'>[],
  over: Things,
): Row<'source'>[] {
  const users = new Map(held.principals.flatMap((one) => (one.noun === 'user' ? [[one.id, one] as const] : [])))
  const reached = new Map(
    [...Map.groupBy(told, ({ to }) => to)].map(([to, some]) => [to, new Set(some.map(({ from }) => from))]),
  )
  return thingKinds.flatMap((kind) =>
    over[kind].flatMap((thing) =>
      [...(reached.get(thing.arn) ?? [])].flatMap((from): Row<'source'>[] => {
        const user = users.get(from)
        if (user === undefined) return []
        const found =
          thing.isUnread === true ? unread : onlyPolicy(user, { account: id, held, organization, kind, thing })
        const source = 'policy' in found ? { policy: policyText(found.policy) } : found
        return [{ user: user.id, name: user.name, to: thing.arn, ...source }]
      }),
    ),
  )
}
const unread = { why: "the thing's own policy could not be read, and may give it" }

async function over(context: Context, { account, organization }: Known, place: string | null): Promise<SnapshotRows> {
  const { account: id } = context.config
  const stop = await readStop(context, place, thingsPerPage)
  const found = await stop.things(context)
  const things = { ...noThings, [stop.kind]: found }
  const told = rightsOf(id, account, organization, { among: [], over: things })
  return {
    rows: [
      ...rows('right', told),
      ...rows('source', sourcesOf(id, { account, organization }, told, things)),
      ...rows('share', sharesOf(id, organization, things)),
      ...rows(
        'unread',
        found.filter(({ isUnread }) => isUnread === true).map(({ arn }) => ({ arn })),
      ),
    ],
    next: stop.next === null ? null : JSON.stringify({ resources: stop.next } satisfies Walk),
    ...stop.seen,
  }
}
