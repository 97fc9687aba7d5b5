import { rmSync, writeFileSync } from 'node:fs'

import { newId, systemRandom, toBase64url } from '#kit'

import type { Stores } from './stores.ts'

export type Bootstrap = { token: () => string | undefined; end: () => void }

/** One-time token for the first administrator, in a file only this user reads; gone with the first use. */
export function openBootstrap({ at, tenant, reader }: Pick<Stores, 'at' | 'tenant' | 'reader'>): Bootstrap {
  const path = at.bootstrapToken
  const hasUsers = (): boolean => reader.get('SELECT 1 FROM user WHERE tenant = ?', tenant) !== undefined
  const end = (): void => rmSync(path, { force: true })
  if (hasUsers()) {
    end()
    return { token: () => undefined, end }
  }
  const made = `${newId('cbt', systemRandom)}${toBase64url(systemRandom(32))}`
  writeFileSync(path, `${made}\n`, { mode: 0o600 })
  return { token: () => (hasUsers() ? undefined : made), end }
}
