import { timingSafeEqual } from 'node:crypto'

import { newId, parseOwnJson, sha256, toBase64url, toHex, type RandomBytes } from '#kit'
import type { TenantId } from '#model'
import type { Principal } from '#policy'
import { command, handler, type Reader, type WriterModule } from '#store'

import { ApiError } from './error.ts'

/** People and programs that use the API. A token's secret is stored as SHA-256 of 32 random bytes: nothing to guess. */
type UserArgs = {
  tenant: TenantId
  name: string
  roles: string[]
  tokenId: string
  tokenHash: string
  nowMs: number
  isFirst: boolean
}

export const createUser = command<UserArgs, null>('api.create-user')
export const revokeUser = command<{ tenant: TenantId; name: string; nowMs: number }, null>('api.revoke-user')

export const apiWriter: WriterModule = {
  name: 'api',
  migrations: [
    `CREATE TABLE user (tenant TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL, created_at INTEGER NOT NULL,
       revoked_at INTEGER, PRIMARY KEY (tenant, name)) STRICT;
     CREATE TABLE user_token (tenant TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL, hash TEXT NOT NULL,
       created_at INTEGER NOT NULL, revoked_at INTEGER, PRIMARY KEY (tenant, id)) STRICT`,
  ],
  handlers: [
    handler(createUser, (tx, { tenant, name, roles, tokenId, tokenHash, nowMs, isFirst }) => {
      if (isFirst && tx.get('SELECT 1 FROM user WHERE tenant = ?', tenant) !== undefined) {
        throw new ApiError('ERR_API_BOOTSTRAP_OVER', 'the first administrator exists already', {
          hint: 'ask an administrator for a user',
        })
      }
      if (tx.get('SELECT 1 FROM user WHERE tenant = ? AND name = ?', tenant, name) !== undefined) {
        throw new ApiError('ERR_API_EXISTS', `there is a user \`${name}\` already`)
      }
      tx.run('INSERT INTO user VALUES (?, ?, ?, ?, NULL)', tenant, name, JSON.stringify(roles), nowMs)
      tx.run('INSERT INTO user_token VALUES (?, ?, ?, ?, ?, NULL)', tenant, tokenId, name, tokenHash, nowMs)
      return null
    }),
    handler(revokeUser, (tx, { tenant, name, nowMs }) => {
      const admins = tx
        .all<UserRow>('SELECT * FROM user WHERE tenant = ? AND revoked_at IS NULL', tenant)
        .filter(({ roles }) => parseRoles(roles).includes('admin'))
      if (admins.length === 1 && admins[0]?.name === name) {
        throw new ApiError('ERR_API_LAST_ADMIN', `\`${name}\` is the last administrator`, {
          hint: 'make another one first: nobody could add a user any more',
        })
      }
      tx.run(
        'UPDATE user_token SET revoked_at = ? WHERE tenant = ? AND user = ? AND revoked_at IS NULL',
        nowMs,
        tenant,
        name,
      )
      const { changes } = tx.run(
        'UPDATE user SET revoked_at = ? WHERE tenant = ? AND name = ? AND revoked_at IS NULL',
        nowMs,
        tenant,
        name,
      )
      if (changes === 0) throw new ApiError('ERR_API_NOT_FOUND', `no user \`${name}\``)
      return null
    }),
  ],
}

export type UserRow = { name: string; roles: string; created_at: number }

/** `cat_` (Cordon access token) + id + secret. */
export function newUserToken(random: RandomBytes): { id: string; token: string; hash: string } {
  const id = newId('cat', random)
  const secret = toBase64url(random(32))
  return { id, token: `${id}_${secret}`, hash: toHex(sha256(secret)) }
}

/** The user behind a token, or undefined; compares in constant time. */
export function verifyUserToken(reader: Reader, tenant: TenantId, token: string): Principal | undefined {
  const match = /^(cat_[a-z2-7]{24})_([\w-]{43})$/.exec(token)
  if (match === null) return undefined
  const [, id = '', secret = ''] = match
  const row = reader.get<{ hash: string; user: string; roles: string }>(
    `SELECT t.hash, t.user, u.roles FROM user_token t JOIN user u ON u.tenant = t.tenant AND u.name = t.user
     WHERE t.tenant = ? AND t.id = ? AND t.revoked_at IS NULL AND u.revoked_at IS NULL`,
    tenant,
    id,
  )
  if (row === undefined || !timingSafeEqual(sha256(secret), Buffer.from(row.hash, 'hex'))) return undefined
  return { id: row.user, kind: 'user', roles: parseRoles(row.roles) }
}

export const parseRoles = (text: string): string[] => parseOwnJson<string[]>(text)
