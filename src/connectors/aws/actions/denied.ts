import { canonicalJson, isObject, parseJson, type Json } from '#kit'

import { AwsError } from '../config.ts'

/** A service control policy holds 5,120 characters; ARNs of 64 principals of ordinary names fit. */
const contentCharsMax = 5_120

/**
 * What Cordon's policy denies, each as a line of text that may be compared: the ARN of a principal; `user:ID`, a user of
 * Identity Center whatever role it acts as; `before:TIME SID ARN`, sessions of a role issued before that time.
 */
export type Denied = string
export const deniedUser = (userId: string): Denied => `user:${userId}`
export const deniedBefore = (sid: string, arn: string, beforeText: string): Denied =>
  `before:${beforeText} ${sid} ${arn}`
export function readBefore(entry: Denied): { beforeText: string; sid: string; arn: string } | undefined {
  const [, beforeText, sid, arn] = /^before:(\S+) (\S+) (\S+)$/.exec(entry) ?? []
  return beforeText === undefined || sid === undefined || arn === undefined ? undefined : { beforeText, sid, arn }
}

/** AWS takes no empty list; no account has this number. */
const nobody = 'arn:aws:iam::000000000000:role/cordon-denies-nobody'

export function contentOf(entries: readonly Denied[]): string {
  const cuts = entries.flatMap((entry) => readBefore(entry) ?? [])
  const users = entries.flatMap((entry) => (entry.startsWith('user:') ? [entry.slice('user:'.length)] : []))
  const arns = entries.filter((entry) => entry.startsWith('arn:'))
  const statements: Json[] = [
    deny('CordonContain', { ArnEquals: { 'aws:PrincipalArn': arns.length === 0 ? [nobody] : arns } }),
    ...(users.length === 0 ? [] : [deny('CordonContainUsers', { StringEquals: { 'identitystore:UserId': users } })]),
    ...cuts.map(({ sid, arn, beforeText }) =>
      deny(sid, { ArnEquals: { 'aws:PrincipalArn': [arn] }, DateLessThan: { 'aws:TokenIssueTime': beforeText } }),
    ),
  ]
  const content = canonicalJson({ Version: '2012-10-17', Statement: statements })
  if (content.length <= contentCharsMax) return content
  throw new AwsError('ERR_AWS_REFUSED', `${entries.length} principals are more than one service control policy holds`, {
    hint: 'undo the deny of those whose keys are gone, or deny the whole account by a policy of your own',
  })
}
const deny = (Sid: string, Condition: Json): Json => ({ Sid, Effect: 'Deny', Action: '*', Resource: '*', Condition })

/** Sorted. */
export function entriesIn(content: string): Denied[] {
  const document = parseJson(content)
  const statements = isObject(document) && Array.isArray(document['Statement']) ? document['Statement'] : []
  return statements
    .flatMap((one): Denied[] => {
      if (!isObject(one)) return []
      const arns = listAt(one['Condition'], 'ArnEquals', 'aws:PrincipalArn').filter((arn) => arn !== nobody)
      const [beforeText] = listAt(one['Condition'], 'DateLessThan', 'aws:TokenIssueTime')
      const { Sid: sid } = one
      if (beforeText !== undefined)
        return typeof sid === 'string' ? arns.map((arn) => deniedBefore(sid, arn, beforeText)) : []
      return [...arns, ...listAt(one['Condition'], 'StringEquals', 'identitystore:UserId').map(deniedUser)]
    })
    .sort()
}

function listAt(condition: unknown, operator: string, key: string): string[] {
  const keys = isObject(condition) ? condition[operator] : undefined
  const held = isObject(keys) ? keys[key] : undefined
  return Array.isArray(held) ? held.map(String) : typeof held === 'string' ? [held] : []
}
