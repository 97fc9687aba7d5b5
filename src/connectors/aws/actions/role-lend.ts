import { assert, formatTime, isJsonObject, type JsonObject } from '#kit'
import { authorityOf, entityId, nativeOf, type EntityId } from '#model'
import { dead, type LeaseAction, type Probed } from '#respond/contract'

import type { Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { isReserved, nameByName, nameIdentity, principalOf } from '../names.ts'
import { conditionIn } from '../rights/policy.ts'
import {
  acting,
  findActions,
  findPrincipal,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  refused,
  refuseOwn,
  requirePrincipal,
  sidOf,
  type Context,
  type Found,
} from './context.ts'
import { inlinePolicy } from './inline-policy.ts'
import { cutIn, withCut } from './lease-cut.ts'
import { changeTrust, inRoleTurn, refuseFixed, trustOf, trustScope } from './trust-policy.ts'

/** On each role that was lent: its leases' sessions, each refused from the end of its lease on. */
const cuts = inlinePolicy('role', 'CordonLeases')
const scopes = [...findActions, 'iam:GetAccessKeyLastUsed', 'iam:GetRolePolicy', 'iam:PutRolePolicy', trustScope]
/** AWS takes no signature whose clock is further off than this: a moment so long ago is past by its clock, too. */
const clockSkewMs = 15 * 60_000
const sidPrefix = 'CordonLease'

/**
 * A role of AWS for a time, with the end in AWS itself: the trust policy lets this user or role assume it before the end
 * alone, under one name of session, and what bears that name is refused everything from the end on. So it ends though nothing
 * of Cordon runs; the end then takes the statement out and leaves the deny as long as such a session could live.
 */
export const roleLend: LeaseAction<AwsConfig> = {
  verb: 'aws.role.lend',
  title: 'Let a user or role assume a role for a time',
  scopes,
  everyMs: probeEveryMs,
  withinMs: probeWithinMs,
  rightOf(member, thing) {
    const [by, of] = [idOf(member), idOf(thing)]
    if (by === undefined || of === undefined || by === of || !of.startsWith('AROA')) return undefined
    return authorityOf(member) === authorityOf(thing) ? nameAssumption(authorityOf(thing), of, by) : undefined
  },
  holdersOf: (right) => pairOf(right),
  effects: [
    'the role can be assumed until the end, under the name of session that the proof says; AWS itself refuses it afterwards',
    `at the end its sessions are refused everything, ${propagationMs / 1000} s later at most; those of other names go on`,
    'a role that may change IAM could undo its own end: lend no such role',
    'sessions of further roles that were assumed with it go on for an hour at most, and what was made with it stays',
  ],
  isHeld: async (context, right) => {
    const lent = await look(context, right)
    const { untilMs = Infinity } = context
    // One that somebody made longer, or whose sessions go on, is given anew as it should be.
    return [lent?.endsMs, lent?.cutMs].every((endsMs) => endsMs !== undefined && endsMs <= untilMs)
  },
  async stands(context, right) {
    const { access, role, member } = await resolve(context, right)
    return (await trustOf(access, role)).some((one) => letsIn(one, member, context))
  },
  async give(context, right) {
    const { untilMs } = context
    assert(untilMs !== undefined, 'a lease has an end')
    const { access, role, member } = await resolve(context, right)
    await inRoleTurn(context, role, async () => {
      // The deny first: no session of this lease is ever without one.
      await cut(context, { access, role, fromMs: untilMs })
      await changeTrust(access, role, (statements) => [
        ...statements.filter((one) => !isOfLease(one, context)),
        {
          Sid: sidOf(sidPrefix, context),
          Effect: 'Allow',
          Principal: { AWS: member.arn },
          Action: 'sts:AssumeRole',
          Condition: {
            DateLessThan: { 'aws:CurrentTime': formatTime(untilMs) },
            StringEquals: { 'sts:RoleSessionName': sessionOf(context) },
          },
        },
      ])
    })
    return `the trust policy lets it in until ${formatTime(untilMs)}, as session \`${sessionOf(context)}\``
  },
  says: (context) => `assume it with \`--role-session-name ${sessionOf(context)}\``,
  async take(context, right) {
    const access = await acting(context, scopes)
    const role = await roleOf(context, access, right)
    if (role === undefined) return
    await inRoleTurn(context, role, async () => {
      await cut(context, { access, role, fromMs: pastOf(context) })
      let isVoid = true
      try {
        await changeTrust(access, role, (statements) =>
          statements.filter((one) => {
            if (!isOfLease(one, context)) return true
            isVoid = endOf(one) <= pastOf(context)
            return false
          }),
        )
      } catch (error) {
        // Somebody else's fault in the policy: what AWS refuses by its date may stay in it.
        if (!isVoid || !(error instanceof AwsError)) throw error
      }
    })
  },
  async isGone(context, right): Promise<Probed> {
    const lent = await look(context, right)
    if (lent === undefined) return dead(context, 'the role is gone, and its sessions with it')
    if (lent.endsMs !== undefined && lent.endsMs > pastOf(context))
      return { verdict: 'alive', says: 'the trust policy still has the statement' }
    if (lent.cutMs === undefined || lent.cutMs > pastOf(context))
      return { verdict: 'alive', says: 'sessions of the lease are not denied yet' }
    return dead(context, `the trust policy lets it in no more, and sessions \`${sessionOf(context)}\` are denied`)
  },
}

/** `assumption/ROLE-ID/WHO-ID`: unique ids, for names may be given again. */
const nameAssumption = (account: string, role: string, by: string): EntityId =>
  entityId('resource', account, `assumption/${role}/${by}`)

function idOf(entity: EntityId): string | undefined {
  const principal = principalOf(entity)
  return principal?.by === 'id' ? principal.value : undefined
}

/** The role, and who may assume it. */
function pairOf(right: EntityId): [role: EntityId, member: EntityId] {
  const [, role, member] =
    /^assumption\/(AROA[A-Z0-9]{4,124})\/(A(?:ID|RO)A[A-Z0-9]{4,124})$/.exec(nativeOf(right)) ?? []
  if (role === undefined || member === undefined) throw refused(right, 'is no assumption of a role')
  return [nameIdentity(authorityOf(right), role), nameIdentity(authorityOf(right), member)]
}

/** Stands before every change that gives. */
async function resolve(context: Context, right: EntityId): Promise<{ access: Access; role: Found; member: Found }> {
  const [roleId, memberId] = pairOf(right)
  const access = await acting(context, scopes)
  const [role, member] = [
    await requirePrincipal(context, access, roleId),
    await requirePrincipal(context, access, memberId),
  ]
  refuseFixed(role)
  for (const { noun, name } of [role, member]) refuseOwn(context, nameByName(context.authority, noun, name))
  if (isReserved(member.arn)) {
    throw new AwsError('ERR_AWS_TARGET', `\`${member.name}\` is a role of Identity Center: many people act as it`, {
      hint: 'lend to a user or a role of one program; nothing was changed',
    })
  }
  return { access, role, member }
}

/** Of a look, and of the end: what was lent is taken whoever it belongs to by now. */
async function roleOf(context: Context, access: Access, right: EntityId): Promise<Found | undefined> {
  if (authorityOf(right) !== context.authority) throw refused(right, 'belongs to another account')
  return findPrincipal(access, pairOf(right)[0])
}

/** What stands of this lease; undefined where the role is gone. Ms UTC. */
async function look(
  context: Context,
  right: EntityId,
): Promise<{ endsMs: number | undefined; cutMs: number | undefined } | undefined> {
  const access = await acting(context, scopes)
  const role = await roleOf(context, access, right)
  if (role === undefined) return undefined
  const statement = (await trustOf(access, role)).find((one) => isOfLease(one, context))
  return {
    endsMs: statement && endOf(statement),
    cutMs: cutIn(await cuts.read(access, role), sidOf(sidPrefix, context))?.fromMs,
  }
}

async function cut(context: Context, { access, role, fromMs }: { access: Access; role: Found; fromMs: number }) {
  const text = await cuts.read(access, role)
  const one = { sid: sidOf(sidPrefix, context), userId: `${role.id}:${sessionOf(context)}`, fromMs }
  const wanted = withCut(text, one, context.clock.nowMs())
  if (wanted !== text) await cuts.put(access, role, wanted)
}

/** Whoever assumes the role by this lease has to say it, so that its sessions are told from all others. */
const sessionOf = ({ key }: Pick<Context, 'key'>): string => `lease-${key.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 64)

const pastOf = ({ clock }: Context): number => clock.nowMs() - clockSkewMs

const isOfLease = (one: JsonObject, context: Context): boolean => one['Sid'] === sidOf(sidPrefix, context)

/** Names whoever it is for, but for a lease that is over. What names the account is the estate's to know. */
function letsIn(one: JsonObject, { arn, id }: Found, { clock }: Context): boolean {
  const { Effect: effect, Principal: principal } = one
  if (effect !== 'Allow') return false
  const given = isJsonObject(principal) ? principal['AWS'] : principal
  const names = Array.isArray(given) ? given : [given]
  if (![arn, id, '*'].some((name) => names.includes(name))) return false
  return endOf(one) > clock.nowMs()
}

/** When AWS lets nobody in by it any more, ms UTC; a statement without a date it can read has no end. */
function endOf(one: JsonObject): number {
  const endsMs = Date.parse(conditionIn(one, 'DateLessThan', 'aws:CurrentTime') ?? '')
  return Number.isNaN(endsMs) ? Infinity : endsMs
}
