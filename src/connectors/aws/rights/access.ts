import type { Policy } from './policy.ts'
import type { Account, Principal } from '../principals.ts'
import { evaluate, type Policies, type Request, type Verdict } from './evaluate.ts'
import type { Row } from '../rows.ts'
import { inside, kinds, taken, thingKinds, type Organization, type Thing, type Things } from './things.ts'

type RightRow = Row<'right'>

/** Each of these is the way to all the others. */
const selfRaising = {
  user: ['iam:AttachUserPolicy', 'iam:PutUserPolicy'],
  role: ['iam:AttachRolePolicy', 'iam:PutRolePolicy'],
} as const

/** What of an account's rights is asked about: those of some beings over the others, and of all over some things. */
export type Question = { among: readonly Principal[]; over: Things }

/** Rights of principals of an account that can be told from its policies. Pure. */
export function rightsOf(
  account: string,
  { principals, managed }: Account,
  organization: Organization,
  { among, over }: Question,
): RightRow[] {
  const groups = new Map(principals.flatMap((one) => (one.noun === 'group' ? [[one.name, one] as const] : [])))
  const beings = principals.filter(({ noun }) => noun !== 'group')
  const asked = new Set(among.map(({ id }) => id))
  const rows: RightRow[] = []
  for (const being of beings) {
    const sources = [being, ...being.groups.flatMap((name) => groups.get(name) ?? [])]
    // AWS's own roles stand under nothing that an organisation lays down.
    const { scps, rcps } = being.arn.includes(':role/aws-service-role/') ? { scps: [], rcps: [] } : organization
    const policies = policiesOf(sources, managed, scps)
    const ask = (action: string, resource: string, more: Partial<Policies> = {}, isTrust = false): Verdict =>
      evaluate({ ...policies, ...more }, requestOf(account, being, action, resource), { isTrust })
    const withThing = (kind: keyof Things, { policy }: Thing): Policies => ({
      ...policies,
      ...(policy === undefined ? {} : { resource: policy }),
      // Resource control policies do not reach functions.
      ...(kind === 'functions' ? {} : { rcps }),
    })
    const say = (type: RightRow['type'], to: string, verdict: Verdict, note: string): void => {
      if (verdict !== 'deny') rows.push({ from: being.id, type, to, conditional: verdict === 'maybe', note })
    }
    for (const kind of thingKinds) {
      for (const thing of over[kind]) {
        for (const way of kinds[kind]) {
          const all = withThing(kind, thing)
          const verdict = inside(way, thing, all, (object) => ask(way.action, object, all, kind === 'keys'))
          // Its own policy could not be read, and may deny it.
          say(way.type, thing.arn, verdict === 'allow' && thing.isUnread === true ? 'maybe' : verdict, way.action)
        }
      }
    }
    if (!asked.has(being.id)) continue
    for (const action of selfRaising[being.noun === 'role' ? 'role' : 'user']) {
      say('CAN_ADMIN', 'account', ask(action, being.arn), action)
    }
    for (const other of beings) {
      if (other === being) continue
      if (other.noun === 'user') say('ASSUMES', other.id, ask('iam:CreateAccessKey', other.arn), 'iam:CreateAccessKey')
      else if (other.trust !== undefined) {
        const trusted = { resource: other.trust, rcps }
        say('ASSUMES', other.id, ask('sts:AssumeRole', other.arn, trusted, true), 'sts:AssumeRole')
        say('ASSUMES', other.id, ask('iam:UpdateAssumeRolePolicy', other.arn), 'iam:UpdateAssumeRolePolicy')
      }
    }
  }
  return rows
}

export function policiesOf(
  sources: readonly Principal[],
  managed: Account['managed'],
  scps: Organization['scps'],
): Policies {
  const [being] = sources
  const attached = (arn: string): Policy => managed.get(arn) ?? []
  return {
    identity: sources.flatMap((one) => [...one.inline.map(({ policy }) => policy), ...one.attached.map(attached)]),
    ...(being?.boundary === undefined ? {} : { boundary: attached(being.boundary) }),
    scps,
  }
}

export function requestOf(
  account: string,
  { noun, name, arn, id }: Principal,
  action: string,
  resource: string,
): Request {
  return {
    principal: arn,
    account,
    action,
    resource,
    context: {
      ...taken,
      'aws:principalarn': arn,
      'aws:principalaccount': account,
      'kms:calleraccount': account,
      ...(noun === 'user' ? { 'aws:username': name, 'aws:userid': id } : {}),
    },
  }
}
