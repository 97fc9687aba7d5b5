import { membersAt, textAt, type Json, type Xml } from '#kit'
import { readOrBlind, type PartsSeen, type PullContext } from '#sources/contract'

import { find, type Access } from './client.ts'
import type { AwsConfig } from './config.ts'
import { rows } from './rows.ts'

/** What is asked of a user, and what posture cannot say where it may not be. */
const parts = {
  ListAccessKeys: { of: 'users/keys', what: 'access keys are', untold: ['keys', 'key-use'] },
  GetAccessKeyLastUsed: { of: 'users/key-use', what: 'the last use of access keys is', untold: ['key-use'] },
  GetLoginProfile: { of: 'users/passwords', what: 'console passwords are', untold: ['factors'] },
  ListMFADevices: { of: 'users/factors', what: 'second factors are', untold: ['factors'] },
} as const

/** `null`: it may not be asked. `undefined`: there is none. */
type Ask = (action: keyof typeof parts, params: Record<string, string>) => Promise<Xml | undefined | null>

/** Keys, password and factors of one user; whatever of them may not be read is named in `seen`. */
export async function insideUser(
  access: Access,
  xml: Xml,
  context: PullContext<AwsConfig>,
  seen: PartsSeen,
): Promise<Json[]> {
  const user = textAt(xml, 'UserName') ?? ''
  const userId = textAt(xml, 'UserId') ?? ''
  const ask: Ask = (action, params) =>
    readOrBlind(seen, { ...parts[action], thing: userId }, null, () => find(access, 'iam', action, params))
  const keys = await keysOf(ask, { user, userId }, context)
  const login = await ask('GetLoginProfile', { UserName: user })
  const devices = await ask('ListMFADevices', { UserName: user })
  const factors = membersAt(devices ?? undefined, 'MFADevices').map((one) => ({
    user,
    userId,
    serial: textAt(one, 'SerialNumber'),
    createdAt: textAt(one, 'EnableDate'),
  }))
  const createdAt = textAt(login ?? undefined, 'LoginProfile', 'CreateDate')
  const told = devices === null ? {} : { factors: factors.length, isStrong: factors.some(isSecurityKey) }
  return [
    ...rows('key', keys),
    ...rows('login', login === undefined || login === null ? [] : [{ user, userId, createdAt, ...told }]),
    ...rows('mfa', factors),
  ]
}

/** Security keys and passkeys have names of their own kind; a device of `:mfa/` gives codes that can be passed on. */
export const isSecurityKey = ({ serial }: { serial: string | undefined }): boolean => serial?.includes(':u2f/') === true

async function keysOf(
  ask: Ask,
  { user, userId }: { user: string; userId: string },
  { see, config }: PullContext<AwsConfig>,
) {
  const successor = config.successors.find((one) => one.user === user)
  const list = await ask('ListAccessKeys', { UserName: user })
  const keys = []
  for (const key of membersAt(list ?? undefined, 'AccessKeyMetadata')) {
    const id = textAt(key, 'AccessKeyId') ?? ''
    const used = await ask('GetAccessKeyLastUsed', { AccessKeyId: id })
    keys.push({
      id,
      user,
      userId,
      status: textAt(key, 'Status') ?? '',
      createdAt: textAt(key, 'CreateDate'),
      lastUsedAt: textAt(used ?? undefined, 'AccessKeyLastUsed', 'LastUsedDate'),
      lastUsedFor: textAt(used ?? undefined, 'AccessKeyLastUsed', 'ServiceName'),
      ...(used === null ? { tellsUse: false } : {}),
      ...(successor === undefined
        ? {}
        : { successorIn: successor.secret ?? successor.place ?? null, successorFrom: successor.standby }),
      isOwn: id === see['accessKeyId'],
    })
  }
  return keys
}
