import { canonicalJson, isJsonObject, isObject, parseJson, textAt, type JsonObject } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, isWhole, previewStep } from '#respond/contract'

import { find, query, type Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { isReserved, nameByName, trustRoleOf } from '../names.ts'
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
  type Found,
} from './context.ts'

const scopes = [...findActions, 'iam:GetAccessKeyLastUsed', 'iam:UpdateAssumeRolePolicy']
const assuming = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']

/**
 * What an exposed credential made of a role's trust is not known to be wrong in one statement, and what stood there before is
 * not kept by AWS. So nobody assumes the role until a person has put its trust right.
 */
export const trustClose = defineAction<AwsConfig>({
  verb: 'aws.trust.close',
  phase: 'remove-descendants',
  title: 'Let nobody assume a role whose trust was changed',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (trustRoleOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    previewStep(
      scopes,
      [
        'nobody assumes the role any more, good ones neither: its trust policy gets a deny, and keeps all else for a person to look at',
        'sessions of the role that stand go on: deny the older ones',
        'undo takes the deny away: whoever the changed trust lets in can assume the role again',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const { access, role } = await resolve(context, target)
    if (isReserved(role.arn) || role.arn.includes(':role/aws-service-role/'))
      throw new AwsError('ERR_AWS_REFUSED', 'AWS lets nobody change who assumes this role', {
        hint: 'it belongs to a service of AWS: look at what the service was told',
      })
    const statements = await statementsOf(access, role)
    if (statements.some((one) => one['Sid'] === sidOf(context))) return { says: 'was closed by this step before' }
    const deny = { Sid: sidOf(context), Effect: 'Deny', Principal: { AWS: '*' }, Action: assuming }
    await write(access, role, [...statements, deny])
    return { says: 'the trust policy of the role denies everybody' }
  },
  async readBack(context, target) {
    const { access, role } = await resolve(context, target)
    return (await isClosed(context, access, role)) ? 'landed' : 'absent'
  },
  async undo(context, target) {
    const { access, role } = await resolve(context, target)
    const statements = await statementsOf(access, role)
    const rest = statements.filter((one) => one['Sid'] !== sidOf(context))
    if (rest.length < statements.length) await write(access, role, rest)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const { access, role } = await resolve(context, target)
      return (await isClosed(context, access, role))
        ? dead(context, 'the trust policy of the role denies everybody')
        : { verdict: 'alive', says: 'the trust policy of the role is as it was changed' }
    },
  },
})

async function resolve(context: Context, target: EntityId): Promise<{ access: Access; role: Found }> {
  const name = trustRoleOf(target)
  if (name === undefined) throw refused(target, 'is no trust policy of a role')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another account')
  refuseOwn(context, target)
  const access = await acting(context, scopes)
  return { access, role: await requirePrincipal(context, access, nameByName(context.authority, 'role', name)) }
}

/** A Sid takes letters and digits alone. */
const sidOf = ({ key }: Context): string => `CordonClose${key.replace(/[^A-Za-z0-9]/g, '')}`

const isClosed = async (context: Context, access: Access, role: Found): Promise<boolean> =>
  (await statementsOf(access, role)).some((one) => one['Sid'] === sidOf(context) && one['Effect'] === 'Deny')

async function statementsOf(access: Access, { name }: Found): Promise<JsonObject[]> {
  const found = await find(access, 'iam', 'GetRole', { RoleName: name })
  const text = textAt(found, 'Role', 'AssumeRolePolicyDocument')
  const document = text === undefined ? undefined : parseJson(decodeURIComponent(text))
  const given = isObject(document) ? document['Statement'] : undefined
  return (Array.isArray(given) ? given : [given]).filter(isJsonObject)
}

async function write(access: Access, { name }: Found, statements: readonly JsonObject[]): Promise<void> {
  const PolicyDocument = canonicalJson({ Version: '2012-10-17', Statement: [...statements] })
  await query(access, 'iam', 'UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument })
}
