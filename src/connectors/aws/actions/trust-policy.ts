import { canonicalJson, isJsonObject, parseJson, textAt, type Http, type JsonObject } from '#kit'

import { codeOf, find, queryRaw, refuse, type Access } from '../client.ts'
import { AwsError } from '../config.ts'
import { isReserved } from '../names.ts'
import { statementsIn } from '../rights/policy.ts'
import type { Context, Found } from './context.ts'

export const trustScope = 'iam:UpdateAssumeRolePolicy'

/** Of a role of AWS's own: nobody but AWS says who assumes it. */
export function refuseFixed({ arn }: Found): void {
  if (!isReserved(arn) && !arn.includes(':role/aws-service-role/')) return
  throw new AwsError('ERR_AWS_REFUSED', 'AWS lets nobody change who assumes this role', {
    hint: 'it belongs to Identity Center or to a service of AWS: look at what that was told',
  })
}

/** Statements of the role's trust policy as they stand; none where the role is gone. */
export const trustOf = async (access: Access, role: Found): Promise<JsonObject[]> =>
  statementsIn(await read(access, role))

/** By the source's own client and ARN of the role: what is changed now. Hands keep one client for a source. */
const turns = new WeakMap<Http, Map<string, Promise<unknown>>>()

/**
 * One change of a role after the other: IAM has no conditional write, and two of our own that read and write at once would
 * lose one of both.
 */
export async function inRoleTurn<T>({ http }: Context, { arn }: Found, work: () => Promise<T>): Promise<T> {
  const ofHttp = turns.get(http) ?? new Map<string, Promise<unknown>>()
  turns.set(http, ofHttp)
  const mine = (ofHttp.get(arn) ?? Promise.resolve()).then(work, work)
  ofHttp.set(arn, mine)
  try {
    return await mine
  } finally {
    if (ofHttp.get(arn) === mine) ofHttp.delete(arn)
  }
}

/**
 * Changes statements of the role's trust, and nothing else of it: what others put there since it was looked at last stays.
 * OBLIGATION: in a turn of the role. Of others' changes one may be lost that is made between the read and the write here,
 * which follow each other at once.
 */
export async function changeTrust(
  access: Access,
  role: Found,
  edit: (statements: readonly JsonObject[]) => JsonObject[],
): Promise<void> {
  const document = await read(access, role)
  if (document === undefined) throw new AwsError('ERR_AWS_TARGET', `role \`${role.name}\` is no longer known to AWS`)
  const before = statementsIn(document)
  const after = edit(before)
  if (canonicalJson(after) === canonicalJson(before)) return
  const PolicyDocument = canonicalJson({ ...document, Statement: after })
  const response = await queryRaw(access, 'iam', 'UpdateAssumeRolePolicy', { RoleName: role.name, PolicyDocument })
  const code = response.status >= 400 ? codeOf(response) : ''
  if (code === 'LimitExceeded') {
    throw new AwsError(
      'ERR_AWS_REFUSED',
      `the trust policy of role \`${role.name}\` is full: it would have ${PolicyDocument.length} characters`,
      {
        hint: 'AWS lets it have 2,048, and 4,096 where its quota was raised: take out statements that nobody needs; it was not changed',
      },
    )
  }
  if (code === 'MalformedPolicyDocument') {
    throw new AwsError('ERR_AWS_REFUSED', `AWS does not take the trust policy of role \`${role.name}\` as it stands`, {
      hint: 'it may name a user or role that was deleted (`AIDA…`, `AROA…`): take that out; it was not changed',
    })
  }
  refuse(response, `iam:UpdateAssumeRolePolicy`)
}

async function read(access: Access, { name }: Found): Promise<JsonObject | undefined> {
  const text = textAt(await find(access, 'iam', 'GetRole', { RoleName: name }), 'Role', 'AssumeRolePolicyDocument')
  const document = text === undefined ? undefined : parseJson(decodeURIComponent(text))
  return isJsonObject(document) ? document : undefined
}
