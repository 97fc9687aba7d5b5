import { z } from 'zod'

import { parseOwnJson } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type Applied } from '#respond/contract'
import { VendorError } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, reasonOf, segment, type Access } from '../client.ts'
import { GoogleError, type GoogleConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  readUser,
  refused,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const uses = ['customer', 'users', 'links'] as const
const hint =
  'its owner may have to do it: a folder above may give the link, or a rule of the company forbids the change'

/** All that makes a link what it is: whether one may change the file, and whether searches find it. */
const permission = z.object({
  id: z.string(),
  type: z.string(),
  role: z.string(),
  allowFileDiscovery: z.boolean().default(false),
})
type Permission = z.infer<typeof permission>

type Place = { access: Access; file: string; owner: string }

/** INVARIANT: asked in the name of the owner, who alone is sure to see every permission; a file of nobody here is refused. */
async function placeOf(context: Context, target: EntityId): Promise<Place> {
  const [user, file] = requiredParts('link', target)
  if (!context.config.links) {
    throw new GoogleError('ERR_GOOGLE_NEEDS', 'this source may not take links away', {
      hint: 'set `links`, and delegate the scope `drive` to the client that acts',
    })
  }
  const owner = await readUser(context, user)
  if (owner === undefined) throw refused(target, 'is of a user that is gone')
  return { access: accessOf(context), file, owner: owner.primaryEmail }
}

const filePath = (file: string, rest = ''): string => `/drive/v3/files/${segment(file)}/permissions${rest}`

/** Null: there is no such file any more, or its owner changed. */
async function linksOf({ access, file, owner }: Place): Promise<Permission[] | null> {
  const fields = 'fields=nextPageToken,permissions(id,type,role,allowFileDiscovery)'
  const path = `${filePath(file)}?supportsAllDrives=true&pageSize=100&${fields}`
  const list = { as: 'links', path, key: 'permissions', what: 'who may open a file', onBehalfOf: owner }
  const rows = await listAll(access, list).catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return null
    throw error
  })
  if (rows === null) return null
  const all = z.array(permission).parse(rows)
  return all.filter(({ type }) => type === 'anyone')
}

const told = ({ id, role, allowFileDiscovery }: Permission): string => JSON.stringify({ id, role, allowFileDiscovery })
const remembered = z.object({ id: z.string(), role: z.string(), allowFileDiscovery: z.boolean() })
const linksIn = (undoState: Applied['undoState']): z.infer<typeof remembered>[] => {
  const links = undoState?.['links'] ?? []
  return Array.isArray(links) ? links.map((text) => remembered.parse(parseOwnJson(text))) : []
}

/** Takes away that whoever has the link opens a file; whom its owner named by address keeps it. */
export const linkClose = defineAction<GoogleConfig>({
  verb: 'google.link.close',
  phase: 'remove-descendants',
  title: 'Close a file to whoever has its link',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('link', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      uses,
      [
        'the link opens the file to nobody who was not named; people and groups that were named by address keep it',
        'undo lets the same link open it again, to read or to change as before, found by searches or not as before',
      ],
      { reversible: true },
    ),
  async remember(context, target, earlier) {
    const links = (await linksOf(await placeOf(context, target))) ?? []
    const known = new Map([...linksIn(earlier), ...links].map((one) => [one.id, one]))
    return { links: [...known.values()].map((one) => told({ ...one, type: 'anyone' })) }
  },
  async apply(context, target) {
    const [user] = requiredParts('link', target)
    await guard(context, target, [user])
    const place = await placeOf(context, target)
    const links = await linksOf(place)
    if (links === null) return { says: 'there is no such file any more' }
    if (links.length === 0) return { says: 'the link was closed already' }
    for (const { id } of links) {
      const path = filePath(place.file, `/${segment(id)}?supportsAllDrives=true`)
      await change(place, 'DELETE', path)
    }
    return { says: `link closed (${links.map(({ role }) => role).join(', ')})` }
  },
  async readBack(context, target) {
    return ((await linksOf(await placeOf(context, target))) ?? []).length === 0 ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const links = linksIn(undoState)
    const [user] = requiredParts('link', target)
    await guard(context, target, [user])
    const place = await placeOf(context, target)
    const there = await linksOf(place)
    if (there === null) throw refused(target, 'is of a file that is gone')
    for (const { id, role, allowFileDiscovery } of links) {
      if (there.some((one) => one.id === id)) continue
      const body = { type: 'anyone', role, allowFileDiscovery }
      await change(place, 'POST', filePath(place.file, '?supportsAllDrives=true'), body)
    }
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const links = await linksOf(await placeOf(context, target))
      if (links === null) return dead(context, 'Google knows no such file any more')
      return links.length === 0
        ? dead(context, 'Google lists nobody for the file who was not named')
        : { verdict: 'alive', says: 'whoever has the link still opens the file' }
    },
  },
})

/** A 403 that is no limit says why by one word, for example that a folder gives the link. */
async function change(
  { access, owner }: Place,
  method: 'DELETE' | 'POST',
  path: string,
  body?: { type: string; role: string; allowFileDiscovery: boolean },
): Promise<void> {
  const response = await call(access, 'links', method, path, body, owner)
  if (response.status === 403) {
    const why = reasonOf(response) || 'forbidden'
    throw new GoogleError('ERR_GOOGLE_REFUSED', `Google refuses the change of a link: \`${why}\``, { hint })
  }
  settle(response, 'the change of a link', hint)
}
