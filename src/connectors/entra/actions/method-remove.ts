import { parseTimeMs, type JsonObject } from '#kit'
import { defineAction } from '#respond/contract'
import type { Parts } from '#sources/contract'

import { listAll, segment, textAt, type Access } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { nameUser, partsOf, timeIn } from '../names.ts'
import { preview, requiredParts } from './context.ts'
import { remove } from './removal.ts'

/** The log tells of a method some time behind its making. */
const nearMs = 3 * 60_000

/** `#microsoft.graph.phoneAuthenticationMethod` → `phoneMethods`; the password is no factor that can be taken off. */
function collectionOf(row: JsonObject): string | undefined {
  const kind = /^#microsoft\.graph\.(\w+)AuthenticationMethod$/.exec(textAt(row, '@odata.type'))?.[1]
  return kind === undefined || kind === 'password' ? undefined : `${kind}Methods`
}

/**
 * Named by its id, or by the time it was registered. Microsoft keeps no time for phones: where none of the dated ones
 * fits, every undated one counts, since one that stays would be a way back in.
 */
function isMeant(row: JsonObject, id: string, rows: readonly JsonObject[]): boolean {
  const atMs = timeIn(id)
  if (atMs === undefined) return textAt(row, 'id') === id
  const isNear = (one: JsonObject): boolean => {
    const ms = parseTimeMs(textAt(one, 'createdDateTime'))
    return ms !== undefined && Math.abs(ms - atMs) <= nearMs
  }
  return rows.some(isNear) ? isNear(row) : textAt(row, 'createdDateTime') === ''
}

async function methodsOf(access: Access, [user, id]: Parts) {
  const base = `/v1.0/users/${segment(user)}/authentication`
  const rows = (await listAll(access, `${base}/methods`, 'the factors of the user')).filter(
    (row) => collectionOf(row) !== undefined,
  )
  return rows
    .filter((row) => isMeant(row, id, rows))
    .map((row) => ({ path: `${base}/${collectionOf(row)}/${segment(textAt(row, 'id'))}` }))
}

/** Takes off a factor that was registered with an exposed credential: an app, a phone, a key, a temporary pass. */
export const methodRemove = defineAction<EntraConfig>({
  verb: 'entra.method.remove',
  phase: 'remove-descendants',
  title: 'Take a factor off a user',
  targetFor: ({ entity, role }) =>
    role === 'descendant' && partsOf('method', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview('methods', [
      'nobody signs in with this factor or pass any more; the user registers it anew',
      'a phone carries no date: where nothing else fits the time, every phone of the user is taken off',
      'an administrator is refused unless the app that acts is a Privileged Authentication Administrator',
    ]),
  ...remove({
    use: 'methods',
    what: 'the factor',
    hint: 'the default factor goes last: take the others off first',
    isReversible: false,
    find: (access, _, target) => methodsOf(access, requiredParts('method', target)),
    hit: ({ authority }, target) => [nameUser(authority, requiredParts('method', target)[0])],
  }),
})
