import { membersAt, sha256, textAt, toHex, type Json, type JsonObject } from '#kit'
import { nativeOf, type EntityId } from '#model'
import { defineAction, type Applied, type Probed } from '#respond/contract'
import { VendorError } from '#sources/contract'

import { actAs } from '../auth.ts'
import { find, isJsonObject, json, query, type Access } from '../client.ts'
import { AwsError, regionOfArn, type AwsConfig, type Successor } from '../config.ts'
import { longKeyIdOf, nameByName, nameResource, readIamArn } from '../names.ts'
import { accountOfKey, dead, refused, requirePrincipal, type Context } from './context.ts'

const keyScopes = ['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:GetUser'] as const
const lookScopes = ['iam:GetAccessKeyLastUsed'] as const
const placeScopes = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
] as const
const scopes = [...keyScopes, ...lookScopes, ...placeScopes]

const everyMs = 5_000
/** The longest that a consumer may take to read its secret anew, and a little. */
const withinMs = 3_660_000

/**
 * A new key of the standby user, in the secret where consumers read the old one. The pair is in memory from its making to
 * its writing and nowhere else. The version's token comes from the action's key: reading back sees no value.
 */
export const keyHandOver = defineAction<AwsConfig>({
  verb: 'aws.key.hand-over',
  phase: 'hand-over',
  title: 'Hand over a successor of an access key',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  authorityFor: accountOfKey,
  targetFor(member) {
    const { successorIn: place } = member.attributes
    const account = accountOfKey(member)
    if (longKeyIdOf(member.entity) === undefined || typeof place !== 'string' || account === undefined) return undefined
    return nameResource(account, place)
  },
  preview(_, { successorIn, successorFrom, successorRereadSeconds: seconds }) {
    return {
      effects: [
        `makes an access key of \`${String(successorFrom)}\`, which a deny of the old one spares, and writes it into \`${String(successorIn)}\``,
        `service gap: none while the old key lives; consumers read the secret anew within ${String(seconds)} s, and one that has not when the old key dies stands still until it does, ${String(seconds)} s at most`,
        'undo puts the version before back, whose key is dead by then if the plan ran to its end, and deletes the successor',
      ],
      reversible: true,
      undoWithinMs: null,
      residualMs: null,
      scopes,
      proofs: ['read-back'],
    }
  },
  async apply(context, target): Promise<Applied> {
    const place = await resolve(context, target)
    const before = await versionsOf(place)
    if (before.current === place.token) return { says: 'was written before', undoState: undoTo(before.previous) }
    if (before.all.includes(place.token)) throw refused(target, 'has another version since the successor was written')
    await deleteOrphans(place)
    const made = await query(place.access, 'iam', 'CreateAccessKey', { UserName: place.user })
    const [id, value] = ['AccessKeyId', 'SecretAccessKey'].map((name) => textAt(made, 'AccessKey', name))
    if (id === undefined || value === undefined) throw new VendorError('ERR_VENDOR_SHAPE', 'IAM gave no access key')
    const { idField, secretField } = place.successor
    await write(place, id, JSON.stringify({ [idField]: id, [secretField]: value }))
    return { says: `written as ${id}`, undoState: undoTo(before.current) }
  },
  async readBack(context, target) {
    const place = await resolve(context, target)
    return (await versionsOf(place)).current === place.token ? 'landed' : 'absent'
  },
  probe: {
    everyMs,
    withinMs,
    async run(context, target): Promise<Probed> {
      const place = await resolve(context, target)
      const { current, changedMs } = await versionsOf(place)
      if (current !== place.token)
        return { verdict: 'alive', says: 'the secret has another version as its current one' }
      const key = (await keysOf(place)).find(({ isActive }) => isActive)
      if (key === undefined) return { verdict: 'alive', says: 'the successor is not, or no longer, active' }
      if (await isUsed(place, key.id)) return dead(context, `${key.id} is in place, and in use`)
      const rereadMs = place.successor.rereadSeconds * 1000
      if (changedMs === undefined || context.clock.nowMs() < changedMs + rereadMs) {
        return { verdict: 'unknown', says: `${key.id} is in place; no consumer was seen to use it yet` }
      }
      return dead(context, `${key.id} is in place since consumers last had to read it; AWS tells of no use yet`)
    },
  },
  /** The keys first: whoever dies in between is seen by reading back, and comes again. */
  async undo(context, target, undoState) {
    const place = await resolve(context, target)
    const { current, previous } = await versionsOf(place)
    const back = undoState?.['version'] ?? previous
    if (current !== place.token && current !== back) throw refused(target, 'has another version by now')
    if (typeof back !== 'string') throw refused(target, 'had no version before')
    for (const { id } of await keysOf(place)) await deleteKey(place, id)
    if (current === back) return
    await call(place, 'UpdateSecretVersionStage', {
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: back,
      RemoveFromVersionId: place.token,
    })
  },
})

const undoTo = (version: string | undefined): NonNullable<Applied['undoState']> => ({ version: version ?? null })

type Place = { access: Access; target: EntityId; successor: Successor; user: string; token: string }

/** What the configuration says of this secret now, and a session that can touch nothing else. */
async function resolve(context: Context, target: EntityId): Promise<Place> {
  const { config, authority, key } = context
  const successor = config.successors.find(({ secret }) => secret === nativeOf(target))
  if (successor === undefined || target !== nameResource(authority, successor.secret))
    throw refused(target, 'is no place of `successors`')
  if (context.isOwn(target) || context.spared?.includes(target) === true)
    throw refused(target, "is Cordon's own, or break-glass")
  if (config.containRoleArn === undefined) {
    throw new AwsError('ERR_AWS_NEEDS', 'this source has no role that acts', { hint: 'set `containRoleArn`' })
  }
  const allow = (Action: readonly string[], Resource: string): Json => ({
    Effect: 'Allow',
    Action: [...Action],
    Resource,
  })
  const access = await actAs(context, config.containRoleArn, [
    allow(keyScopes, successor.standby),
    allow(lookScopes, '*'),
    allow(placeScopes, successor.secret),
  ])
  const user = readIamArn(successor.standby)?.name ?? ''
  const found = await requirePrincipal(context, access, nameByName(authority, 'user', user))
  if (found.arn !== successor.standby) throw refused(target, 'has a standby user of another path')
  return { access, target, successor, user, token: toHex(sha256(`successor ${key}`)) }
}

const call = (place: Place, operation: string, body: JsonObject): Promise<JsonObject | undefined> => {
  const { secret } = place.successor
  return json(place.access, 'secretsmanager', operation, { SecretId: secret, ...body }, { region: regionOfArn(secret) })
}

type Versions = {
  current: string | undefined
  previous: string | undefined
  all: string[]
  changedMs: number | undefined
}

async function versionsOf(place: Place): Promise<Versions> {
  const secret = await call(place, 'DescribeSecret', {})
  const stages = secret?.['VersionIdsToStages']
  const versions = isJsonObject(stages) ? Object.entries(stages) : []
  const at = (stage: string): string | undefined =>
    versions.find(([, names]) => Array.isArray(names) && names.includes(stage))?.[0]
  const changed = secret?.['LastChangedDate']
  return {
    current: at('AWSCURRENT'),
    previous: at('AWSPREVIOUS'),
    all: versions.map(([id]) => id),
    changedMs: typeof changed === 'number' ? changed * 1000 : undefined,
  }
}

async function keysOf({ access, user }: Place): Promise<{ id: string; isActive: boolean }[]> {
  const list = membersAt(await query(access, 'iam', 'ListAccessKeys', { UserName: user }), 'AccessKeyMetadata')
  return list.map((key) => ({ id: textAt(key, 'AccessKeyId') ?? '', isActive: textAt(key, 'Status') === 'Active' }))
}

async function isUsed({ access }: Place, id: string): Promise<boolean> {
  const used = await find(access, 'iam', 'GetAccessKeyLastUsed', { AccessKeyId: id })
  return textAt(used, 'AccessKeyLastUsed', 'LastUsedDate') !== undefined
}

const deleteKey = ({ access, user }: Place, id: string): Promise<unknown> =>
  find(access, 'iam', 'DeleteAccessKey', { UserName: user, AccessKeyId: id })

/** Issued before and never written: nobody knows its value. One that was used is somebody's, and the standby user no standby. */
async function deleteOrphans(place: Place): Promise<void> {
  for (const { id } of await keysOf(place)) {
    if (await isUsed(place, id)) {
      throw new AwsError('ERR_AWS_TARGET', `\`${place.successor.standby}\` has a key in use already: \`${id}\``, {
        hint: 'name a standby user that only Cordon makes keys of, or hand over by hand',
      })
    }
    await deleteKey(place, id)
  }
}

/** A refusal leaves nothing behind; after a lost answer the place is asked before anything is made anew. */
async function write(place: Place, id: string, value: string): Promise<void> {
  try {
    await call(place, 'PutSecretValue', { ClientRequestToken: place.token, SecretString: value })
  } catch (error) {
    if (error instanceof VendorError && !error.retryable) await deleteKey(place, id)
    throw error
  }
}
