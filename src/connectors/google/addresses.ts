import { z } from 'zod'

import { readAnswer } from '#sources/contract'

import { call, directory, segment, type Access } from './client.ts'

const found = z.object({ id: z.string() })

/** Of one page; a list that names more strangers than this names them by address alone. */
export const lookupsMax = 200

/**
 * Whom addresses mean now. Logs and permissions name people and groups by address, which can be given to somebody else
 * later; so it is asked at once, and the answer is kept with the record. Null: nobody here.
 */
export async function resolveAddresses(
  access: Access,
  addresses: Iterable<string>,
): Promise<Record<string, string | null>> {
  const ids: Record<string, string | null> = {}
  for (const address of [...new Set([...addresses].map((text) => text.toLowerCase()))].slice(0, lookupsMax)) {
    ids[address] = (await idOf(access, 'users', address)) ?? (await groupId(access, address))
  }
  return ids
}

async function groupId(access: Access, address: string): Promise<string | null> {
  const id = await idOf(access, 'groups', address)
  return id === null ? null : `group/${id}`
}

/** Of a foreign address Google says 403 or 404, as it pleases. */
async function idOf(access: Access, kind: 'users' | 'groups', address: string): Promise<string | null> {
  const path = `${directory}/${kind}/${segment(address)}?fields=id`
  const response = await call(access, kind, 'GET', path)
  if (response.status === 404 || response.status === 403 || response.status === 400) return null
  return readAnswer(found, response, 'whom an address means').id
}
