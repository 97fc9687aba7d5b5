import { z } from 'zod'

import { parseOwnJson } from '#kit'
import { freshParts, isScopeRefusal, onceARun, readOrBlind, type Part, type PartsSeen } from '#sources/contract'

import { listAll, listPage, segment, type Access, type Listed, type ListQuery } from './client.ts'

/** A credential that may not list a kind everywhere may do so in some namespaces: so many are asked one by one. */
export const namespacesMax = 500

const named = z.object({ metadata: z.object({ name: z.string() }) })
/** In order of their names. */
const namespacesOf = onceARun(async (access: Access): Promise<string[]> => {
  const found = await listAll(access, '/api/v1/namespaces', named, 'the list of namespaces')
  return found.map(({ metadata }) => metadata.name).sort()
})

/** The namespaces to ask instead; throws `refusal`, of the list as a whole, where they may not be told, or are too many. */
export async function namespacesInstead(access: Access, refusal: unknown): Promise<string[]> {
  if (!isScopeRefusal(refusal)) throw refusal
  const names = await namespacesOf(access).catch((error: unknown) => {
    throw isScopeRefusal(error) ? refusal : error
  })
  if (names.length > namespacesMax) throw refusal
  return names
}

/** `/apis/apps/v1/deployments` of one namespace. */
export const pathIn = (namespace: string, path: string): string =>
  path.replace(/[^/]+$/, (resource) => `namespaces/${segment(namespace)}/${resource}`)

/** Which namespace is read now, and where in it. A `continue` of an API server never begins with a brace. */
type Walk = { namespace: string; at: string | null }
const walkIn = (next: string | null): Walk | undefined =>
  next?.startsWith('{') === true ? parseOwnJson<Walk>(next) : undefined

/**
 * A page of a list of things in namespaces: of all at once, or, where that is refused, of one after the other. One that keeps
 * its things from us is named, and takes no other with it.
 */
export async function listPageAnywhere(
  access: Access,
  path: string,
  { what, ...asked }: ListQuery & { what: Part },
): Promise<Listed & PartsSeen> {
  const seen = freshParts()
  const walk = walkIn(asked.next)
  const place = (namespace: string | undefined): string | null =>
    namespace === undefined ? null : JSON.stringify({ namespace, at: null } satisfies Walk)
  if (walk === undefined) {
    try {
      return { ...(await listPage(access, path, `the list of ${what.of}`, asked)), ...seen }
    } catch (error) {
      const [first] = await namespacesInstead(access, error)
      return { rows: [], next: place(first), ...seen }
    }
  }
  const { namespace, at } = walk
  const { rows, next }: Listed = await readOrBlind(seen, { ...what, thing: namespace }, { rows: [], next: null }, () =>
    listPage(access, pathIn(namespace, path), `the list of ${what.of}`, { ...asked, next: at }),
  )
  if (next !== null) return { rows, next: JSON.stringify({ namespace, at: next } satisfies Walk), ...seen }
  const later = (await namespacesOf(access)).find((one) => one > namespace)
  return { rows, next: place(later), ...seen }
}
