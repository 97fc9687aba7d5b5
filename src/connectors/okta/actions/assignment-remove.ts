import { z } from 'zod'

import { canonicalJson, isJsonObject, isObject, parseJson, type JsonObject } from '#kit'
import { authorityOf, kindOf, nativeOf, type EntityId } from '#model'
import { defineAction, type Applied } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { call, find, segment, type Access } from '../client.ts'
import { OktaError, type OktaConfig } from '../config.ts'
import { isAppId, isUserId, nameApp, nameAssignment, nameIdentity, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const appUser = z.object({
  scope: z.string().nullish(),
  credentials: z.object({ userName: z.string().nullish(), password: z.json().nullish() }).nullish(),
  profile: z.record(z.string(), z.json()).nullish(),
})
type AppUser = z.infer<typeof appUser>
const app = z.object({ features: z.array(z.string()).nullish() })

/**
 * With these an assignment makes, links or ends an account elsewhere, or the app decides about the user's account at Okta:
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/ (`features`).
 */
const reaching = [
  'PUSH_NEW_USERS',
  'PUSH_PENDING_USERS',
  'PUSH_USER_DEACTIVATION',
  'REACTIVATE_USERS',
  'PROFILE_MASTERING',
  'OUTBOUND_DEL_AUTH',
]
/** Deactivate application for user forbidden: a group of theirs gives the app as well. */
const givenByGroup = 'E0000046'

const appPath = (target: EntityId): string => `/api/v1/apps/${segment(requiredParts('assignment', target)[0])}`
const userPath = (target: EntityId): string =>
  `${appPath(target)}/users/${segment(requiredParts('assignment', target)[1])}`

/** Their own; what comes by a group is the group's. */
async function assignmentOf(access: Access, target: EntityId): Promise<AppUser | undefined> {
  const found = await find(access, 'apps', appUser, userPath(target), 'the assignment')
  return found?.scope === 'GROUP' ? undefined : found
}
const isAssigned = async (context: Context, target: EntityId): Promise<boolean> =>
  (await assignmentOf(accessOf(context), target)) !== undefined

/** Throws for what an undo could not put back. */
async function requireRestorable(access: Access, target: EntityId, held: AppUser): Promise<void> {
  const { features } = (await find(access, 'apps', app, appPath(target), 'the app')) ?? {}
  const reaches = features?.filter((one) => reaching.includes(one)) ?? []
  const why =
    reaches.length > 0
      ? `the app is provisioned (${reaches.join(', ')}): taking the assignment may end an account that Okta cannot put back`
      : isObject(held.credentials?.password)
        ? 'the app keeps a password of the user that Okta shows to nobody, and would not be given back'
        : undefined
  if (why !== undefined)
    throw new OktaError('ERR_OKTA_REFUSED', why, { hint: 'take it away by hand; nothing was changed' })
}

async function guardBoth(context: Context, target: EntityId): Promise<Access> {
  const [at, user] = requiredParts('assignment', target)
  const names = [nameIdentity(context.authority, user), nameApp(context.authority, at)]
  return guard(context, target, names)
}

/** Takes back an assignment to an app that an exposed credential gave, or that nobody should have any more. */
export const assignmentRemove = defineAction<OktaConfig>({
  verb: 'okta.assignment.remove',
  phase: 'remove-descendants',
  title: 'Take a user out of an app they were assigned to by name',
  scopes: scopesTo('apps'),
  retry: 'idempotent',
  proofs: ['read-back'],
  sealsUndo: true,
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('assignment', entity) !== undefined ? entity : undefined,
  takesRight(member, thing) {
    const [, at] = /^app\/([^/]+)$/.exec(nativeOf(thing)) ?? []
    const user = nativeOf(member)
    return kindOf(thing) === 'resource' && at !== undefined && isAppId(at) && isUserId(user)
      ? nameAssignment(authorityOf(thing), at, user)
      : undefined
  },
  preview: () =>
    preview(
      'apps',
      [
        'the user signs in to the app by way of Okta no more; a session that the app keeps itself goes on',
        'undo assigns them again, with the name and the profile that the app held',
        'refused by name: an app that is provisioned or keeps a password of the user, which no undo gives back, and a user whom a group gives the app as well',
      ],
      { reversible: true },
    ),
  async remember(context, target, earlier) {
    if (earlier !== undefined) return earlier
    const held = await assignmentOf(accessOf(context), target)
    if (held === undefined) return undefined
    const { credentials, profile } = held
    return { userName: credentials?.userName ?? null, profile: JSON.stringify(profile ?? {}) }
  },
  async apply(context, target): Promise<Applied> {
    const access = await guardBoth(context, target)
    const held = await assignmentOf(access, target)
    if (held === undefined) return { says: 'the user was not assigned any more, or by a group alone' }
    await requireRestorable(access, target, held)
    const response = await call(access, 'apps', 'DELETE', userPath(target))
    const body = response.status === 403 ? response.json() : undefined
    if (isJsonObject(body) && body['errorCode'] === givenByGroup) {
      throw new OktaError('ERR_OKTA_REFUSED', 'a group of the user gives the app as well, and Okta leaves both', {
        hint: 'take the place in the group instead; nothing was changed',
      })
    }
    settle(response, 'taking the assignment back', 'look at the assignments of the app')
    return { says: 'no longer assigned' }
  },
  async readBack(context, target) {
    return (await isAssigned(context, target)) ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    const { userName, profile: text } = undoState ?? {}
    if (typeof text !== 'string') return
    const access = await guardBoth(context, target)
    const [, id] = requiredParts('assignment', target)
    const parsed = parseJson(text)
    const profile: JsonObject = isJsonObject(parsed) ? parsed : {}
    if (!(await isAssigned(context, target))) {
      const credentials = typeof userName === 'string' ? { credentials: { userName } } : {}
      const body = { id: id ?? '', scope: 'USER', ...credentials }
      const assign = (more: JsonObject) =>
        call(access, 'apps', 'POST', `${appPath(target)}/users`, { ...body, ...more })
      const whole = await assign({ profile })
      // What the app's own mappings fill in may not be sent (400): then it is left to them, and the rest follows.
      const given = whole.status === 400 ? await assign({}) : whole
      settle(given, 'assigning the user again', 'look at the assignments of the app')
    }
    const left = unlike(profile, await assignmentOf(access, target))
    if (Object.keys(left).length === 0) return
    const written = await call(access, 'apps', 'POST', userPath(target), { profile: left })
    const lost = written.status === 200 ? unlike(profile, readAnswer(appUser, written, 'the assignment')) : left
    if (Object.keys(lost).length === 0) return
    const names = Object.keys(lost).sort().join('`, `')
    throw new OktaError('ERR_OKTA_REFUSED', `assigned again, but Okta does not take \`${names}\` of the profile back`, {
      hint: 'enter it in the assignment by hand',
    })
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isAssigned(context, target))
        ? { verdict: 'alive', says: 'Okta still lists the user at the app' }
        : dead(context, 'Okta lists the user at the app by name no more')
    },
  },
})

/** What was, and is not so now. Nothing and null are the same to Okta. */
function unlike(was: JsonObject, now: AppUser | undefined): JsonObject {
  const is = now?.profile ?? {}
  const differs = Object.entries(was).filter(
    ([name, value]) => value !== null && canonicalJson(value) !== canonicalJson(is[name] ?? null),
  )
  return Object.fromEntries(differs)
}
