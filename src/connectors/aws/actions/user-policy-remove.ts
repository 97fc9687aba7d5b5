import { textAt } from '#kit'
import { authorityOf, nativeOf, type EntityId } from '#model'
import { defineAction, previewStep, type Applied } from '#respond/contract'

import { find, query, type Access } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { nameByName, nameIdentity, nameUserRight, principalOf, userRightOf } from '../names.ts'
import { readAccount, type Principal } from '../principals.ts'
import {
  kindOfThing,
  nothingGiven,
  onlyPolicy,
  policiesAbout,
  type OwnPolicy,
  type Source,
} from '../rights/only-policy.ts'
import {
  acting,
  dead,
  findActions,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  refuseOwn,
  refused,
  requirePrincipal,
  type Context,
} from './context.ts'

const scopes = [
  'iam:GetAccountAuthorizationDetails',
  'iam:AttachUserPolicy',
  'iam:DetachUserPolicy',
  'iam:GetUserPolicy',
  'iam:PutUserPolicy',
  'iam:DeleteUserPolicy',
  'iam:GetAccessKeyLastUsed',
  ...findActions,
] as const

type Found = { access: Access; user: Principal; source: Source; about: OwnPolicy[] }

/**
 * As the account stands now; what other accounts and the organisation lay over it was looked at when the right was planned.
 * Undefined: the user is gone.
 */
async function look(context: Context, target: EntityId): Promise<Found | undefined> {
  const right = userRightOf(target)
  const kind = right === undefined ? undefined : kindOfThing(right.thing)
  if (right === undefined || kind === undefined) throw refused(target, 'is no right of a user to a thing')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another account')
  const access = await acting(context, scopes)
  const held = await readAccount(access)
  if (held.next !== null) throw refused(target, 'is in an account with more principals than are looked at')
  const user = held.principals.find(({ id }) => id === right.userId)
  if (user === undefined) return undefined
  const organization = { scps: [], rcps: [] }
  const asked = { account: context.authority, held, organization, kind, thing: { arn: right.thing } }
  return { access, user, source: onlyPolicy(user, asked), about: policiesAbout(user, asked) }
}

/** Neither the user that Cordon signs in as, nor one that is break-glass, by its id or its name. */
async function requireUser(context: Context, { access, user }: Found): Promise<void> {
  refuseOwn(context, nameIdentity(context.authority, user.id))
  await requirePrincipal(context, access, nameByName(context.authority, 'user', user.name))
}

const inline = ({ name }: Principal, policy: string) => ({ UserName: name, PolicyName: policy })

async function documentOf(access: Access, user: Principal, name: string): Promise<string | undefined> {
  const text = textAt(await find(access, 'iam', 'GetUserPolicy', inline(user, name)), 'PolicyDocument')
  return text === undefined ? undefined : decodeURIComponent(text)
}

async function takeOff({ access, user }: Found, policy: OwnPolicy): Promise<void> {
  await (policy.kind === 'managed'
    ? find(access, 'iam', 'DetachUserPolicy', { UserName: user.name, PolicyArn: policy.arn })
    : find(access, 'iam', 'DeleteUserPolicy', inline(user, policy.name)))
}

const isGiven = ({ source }: Found): boolean => 'policy' in source || source.why !== nothingGiven
/** By whatever policy: a right that another gives is not called gone. */
const isThere = (found: Found | undefined): boolean => found !== undefined && (found.about.length > 0 || isGiven(found))

/** What is taken off: where all of it is denied meanwhile, the one that would give it. */
function chosen({ source, about }: Found): OwnPolicy | undefined {
  if ('policy' in source) return source.policy
  return source.why === nothingGiven && about.length === 1 ? about[0] : undefined
}

/** Takes from one user the one policy that is about one thing, as a review decided. */
export const userPolicyRemove = defineAction<AwsConfig>({
  verb: 'aws.user-policy.remove',
  phase: 'remove-descendants',
  title: 'Take from one user the policy that gives it one thing',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  takesStated: true,
  targetFor: () => undefined,
  takesRight(member, thing) {
    const user = principalOf(member)
    const arn = nativeOf(thing)
    if (user?.noun !== 'user' || user.by !== 'id' || authorityOf(member) !== authorityOf(thing)) return undefined
    return thing.startsWith('resource:') && kindOfThing(arn) !== undefined
      ? nameUserRight(authorityOf(thing), user.value, arn)
      : undefined
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'the user loses the one policy of its own that gives it this thing: it is detached, or deleted where it lies in the user',
        'all else that the user may do stays; what other policies give it there is refused by name',
        'undo attaches it again, or writes it as it was',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async remember(context, target, earlier) {
    if (earlier !== undefined) return earlier
    const found = await look(context, target)
    const policy = found && chosen(found)
    if (found === undefined || policy === undefined) return undefined
    if (policy.kind === 'managed') return { arn: policy.arn }
    return { name: policy.name, document: (await documentOf(found.access, found.user, policy.name)) ?? null }
  },
  async apply(context, target): Promise<Applied> {
    refuseOwn(context, target)
    const found = await look(context, target)
    if (found === undefined) return { says: 'the user is gone, and its rights with it' }
    await requireUser(context, found)
    const policy = chosen(found)
    if (policy === undefined) {
      if (!isThere(found)) return { says: 'no policy gave it any more' }
      const why = 'why' in found.source ? found.source.why : ''
      throw refused(target, `is not one policy's to give: ${why}`)
    }
    await takeOff(found, policy)
    return { says: policy.kind === 'managed' ? 'detached' : 'deleted, and kept for the undo' }
  },
  async readBack(context, target) {
    return isThere(await look(context, target)) ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    const { arn, name, document } = undoState ?? {}
    const found = await look(context, target)
    if (found === undefined) throw refused(target, 'is of a user who is gone')
    await requireUser(context, found)
    const { access, user } = found
    if (typeof arn === 'string') {
      await query(access, 'iam', 'AttachUserPolicy', { UserName: user.name, PolicyArn: arn })
      return
    }
    if (typeof name !== 'string' || typeof document !== 'string') return
    const now = await documentOf(access, user, name)
    if (now !== undefined && now !== document) throw refused(target, `has another policy \`${name}\` by now`)
    if (now === undefined)
      await query(access, 'iam', 'PutUserPolicy', { ...inline(user, name), PolicyDocument: document })
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return isThere(await look(context, target))
        ? { verdict: 'alive', says: 'a policy gives it to the user still' }
        : dead(context, 'no policy of the account gives it to the user any more')
    },
  },
})
