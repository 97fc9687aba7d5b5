import { timingSafeEqual } from 'node:crypto'

import { parseOwnJson } from '#kit'
import type { TenantId } from '#model'
import type { Principal } from '#policy'
import { command, handler, type Reader, type WriterModule } from '#store'

import { hashOfUserToken, type UserTokenHash } from './contract/user-token.ts'
import { ApiError } from './error.ts'

/** People and programs that use the API. */
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

/** The user behind a token, or undefined. */
/** Of those that can sign in. */
export const userNames = (reader: Reader, tenant: TenantId): string[] =>
  reader
    .all<{ name: string }>('SELECT name FROM user WHERE tenant = ? AND revoked_at IS NULL ORDER BY name', tenant)
    .map(({ name }) => name)

export function verifyUserToken(reader: Reader, tenant: TenantId, token: string): Principal | undefined {
  const given = hashOfUserToken(token)
  const row = given === undefined ? undefined : userWith(reader, tenant, given)
  return row === undefined ? undefined : { id: row.name, kind: 'user', roles: parseRoles(row.roles) }
}

/** Compares in constant time. */
export function userWith(reader: Reader, tenant: TenantId, { id, hash }: UserTokenHash): UserRow | undefined {
  const row = reader.get<UserRow & { hash: string }>(
    `SELECT t.hash, u.name, u.roles, u.created_at FROM user_token t JOIN user u ON u.tenant = t.tenant AND u.name = t.user
     WHERE t.tenant = ? AND t.id = ? AND t.revoked_at IS NULL AND u.revoked_at IS NULL`,
    tenant,
    id,
  )
  return row !== undefined && timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(row.hash, 'hex')) ? row : undefined
}

export const parseRoles = (text: string): string[] => parseOwnJson<string[]>(text)
