import type { Account, Principal } from '../principals.ts'
import { policiesOf, requestOf } from './access.ts'
import { evaluate } from './evaluate.ts'
import type { Policy } from './policy.ts'
import { inside, kinds, type Organization, type Thing, type Things } from './things.ts'

/** A policy of the user's own: one that is attached to it, or one that lies in it. */
export type OwnPolicy = { kind: 'managed'; arn: string } | { kind: 'inline'; name: string }
export type Source = { policy: OwnPolicy } | { why: string }

export const policyText = (policy: OwnPolicy): string =>
  policy.kind === 'managed' ? `managed:${policy.arn}` : `inline:${policy.name}`

export const nothingGiven = 'no policy gives the user anything there'

type Own = Pick<Principal, 'inline' | 'attached'>
type Asked = { account: string; held: Account; organization: Organization; kind: keyof Things; thing: Thing }
type OwnDocument = { policy: OwnPolicy; document: Policy }

/**
 * The one policy of a user that gives it what it may do to this thing, and gives it nothing else: taken away, that is gone and
 * all else stays. What is there is evaluated anew without each; undecided conditions count as a right, so that a right that may
 * be left over is never called gone. Or why there is none. Pure.
 */
export function onlyPolicy(user: Principal, asked: Asked): Source {
  const groups = asked.held.principals.filter(({ noun, name }) => noun === 'group' && user.groups.includes(name))
  const mayWith = (own: Own): boolean => may(user, [{ ...user, ...own }, ...groups], asked)
  if (!mayWith(user)) return { why: nothingGiven }
  if (mayWith({ inline: [], attached: [] })) {
    return { why: "the right comes by a group of the user, or by the thing's own policy, too" }
  }
  const sole = documentsOf(user, asked.held).find(({ policy }) => !mayWith(without(user, policy)))
  if (sole === undefined) return { why: 'several policies of the user give it' }
  return isAboutAlone(sole.document, asked.thing.arn)
    ? { policy: sole.policy }
    : { why: `the policy \`${nameOf(sole.policy)}\` gives it, and more than that` }
}

/** Policies of the user's own that are about this thing alone and give something there, whatever else denies it. */
export const policiesAbout = (user: Principal, asked: Asked): OwnPolicy[] =>
  documentsOf(user, asked.held)
    .filter(({ document }) => isAboutAlone(document, asked.thing.arn))
    .filter(({ document }) => {
      const { boundary: _, ...bare } = user
      return may(
        user,
        [{ ...bare, boundary: undefined, attached: [], inline: [{ name: '', policy: document }] }],
        asked,
      )
    })
    .map(({ policy }) => policy)

function may(user: Principal, sources: readonly Principal[], asked: Asked): boolean {
  const { account, held, organization, kind, thing } = asked
  const policies = {
    ...policiesOf(sources, held.managed, organization.scps),
    ...(thing.policy === undefined ? {} : { resource: thing.policy }),
    ...(kind === 'functions' ? {} : { rcps: organization.rcps }),
  }
  // Without the policy of a key at hand, what the user's own say is what is asked.
  const isTrust = kind === 'keys' && thing.policy !== undefined
  const ask = (action: string, object: string) =>
    evaluate(policies, requestOf(account, user, action, object), { isTrust })
  return kinds[kind].some((way) => inside(way, thing, policies, (object) => ask(way.action, object)) !== 'deny')
}

const documentsOf = ({ attached, inline }: Principal, { managed }: Account): OwnDocument[] => [
  ...attached.map((arn) => ({ policy: { kind: 'managed', arn } as const, document: managed.get(arn) ?? [] })),
  ...inline.map(({ name, policy: document }) => ({ policy: { kind: 'inline', name } as const, document })),
]
const nameOf = (policy: OwnPolicy): string => (policy.kind === 'managed' ? policy.arn : policy.name)
const without = ({ attached, inline }: Principal, policy: OwnPolicy): Own => ({
  attached: attached.filter((arn) => policy.kind !== 'managed' || arn !== policy.arn),
  inline: inline.filter(({ name }) => policy.kind !== 'inline' || name !== policy.name),
})

/** Every statement allows, and names this thing or what lies in it: an ARN, what is under it, or the random end of a secret's. */
const isAboutAlone = (document: Policy, arn: string): boolean =>
  document.length > 0 &&
  document.every(
    ({ effect, resources, notResources }) =>
      effect === 'Allow' &&
      notResources === undefined &&
      resources !== undefined &&
      resources.every(
        (one) =>
          one === arn || one.startsWith(`${arn}/`) || (/-\?{6}$/.test(one) && one.slice(0, -6) === arn.slice(0, -6)),
      ),
  )

/** Of which kind a thing is, by its ARN. */
export function kindOfThing(arn: string): keyof Things | undefined {
  const [, service] = /^arn:aws[a-z-]*:([a-z0-9]+):/.exec(arn) ?? []
  return service === undefined ? undefined : byService[service]
}
const byService: Readonly<Record<string, keyof Things>> = {
  s3: 'buckets',
  secretsmanager: 'secrets',
  lambda: 'functions',
  kms: 'keys',
  sqs: 'queues',
}
