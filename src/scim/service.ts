import { newId, type Clock, type JsonObject, type RandomBytes } from '#kit'
import type { SourceId, TenantId } from '#model'
import type { Command, Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import { ScimError } from './error.ts'
import { parseFilter, passes, type Filter } from './filter.ts'
import { patch, type MemberChange } from './patch.ts'
import { readBody, type Body } from './resource.ts'
import type { ResourceType } from './schemas.ts'
import { openShelf, type Resource, type Shelf } from './shelf.ts'
import { externalIdOf, toldUser, type Member, type Told } from './told.ts'
import { deleteScimResource, putScimResource, type MemberSet } from './writer.ts'

export const pageMax = 1_000
export const pageDefault = 100
/** Resources opened without a pause where a filter has to look at all. */
const rowsPerTurn = 500
/** Two writers of one resource: the later looks again this often. */
const triesMax = 4

export type ScimParts = {
  tenant: TenantId
  reader: Reader
  writer: Writer
  keys: LogKeys
  clock: Clock
  random: RandomBytes
  /** INVARIANT: what the estate is told and what the sender reads back are one transaction: neither is without the other. */
  tell(source: SourceId, told: Told, also: readonly Command<unknown>[]): Promise<void>
}
/** A resource with what is computed about it. Members only where they were asked for. */
export type Shown = Resource & {
  members?: { id: string; type: ResourceType }[]
  groups?: { id: string; name: string }[]
}
export type Listed = { total: number; start: number; resources: Shown[] }
/** `If-Match`: null when none was sent. */
export type Match = string | null

/** SCIM's verbs over one source's users and groups. */
export function createScim(parts: ScimParts) {
  const { tenant, clock, random, tell } = parts
  const shelves = new Map<SourceId, Promise<Shelf>>()
  const shelfOf = (source: SourceId): Promise<Shelf> => {
    const known = shelves.get(source)
    if (known !== undefined) return known
    const opening = openShelf(parts, { tenant, source })
    shelves.set(source, opening)
    opening.catch(() => shelves.delete(source))
    return opening
  }
  const need = (shelf: Shelf, type: ResourceType, id: string): Resource => {
    const found = shelf.get(type, id)
    if (found !== undefined) return found
    throw new ScimError('ERR_SCIM_ABSENT', `there is no ${type.toLowerCase()} of this id`)
  }
  const show = (shelf: Shelf, resource: Resource, withMembers: boolean): Shown => {
    if (resource.type === 'Group') return withMembers ? { ...resource, members: shelf.members(resource.id) } : resource
    const groups = shelf.groupsOf(resource.id).flatMap((id) => {
      const name = shelf.get('Group', id)?.body['displayName']
      return typeof name === 'string' ? [{ id, name }] : []
    })
    return groups.length === 0 ? resource : { ...resource, groups }
  }
  const rowOf = (shelf: Shelf, source: SourceId, resource: Resource) => {
    const { type, id, body } = resource
    const name = body[type === 'User' ? 'userName' : 'displayName']
    const externalId = externalIdOf(resource)
    return {
      tenant,
      source,
      type,
      id,
      version: resource.version,
      createdAtMs: resource.createdAtMs,
      modifiedAtMs: resource.modifiedAtMs,
      nameHash: shelf.hash('name', typeof name === 'string' ? name : id),
      externalHash: externalId === null ? null : shelf.hash('external', externalId),
      body: shelf.seal(id, body),
    }
  }
  const asMember =
    (shelf: Shelf) =>
    (id: string): Member[] => {
      const found = shelf.get('User', id) ?? shelf.get('Group', id)
      return found === undefined ? [] : [{ id, type: found.type, externalId: externalIdOf(found) }]
    }
  const toldOf = (shelf: Shelf, resource: Resource, isGone: boolean, added: string[], removed: string[]): Told => {
    const { type, id, version, modifiedAtMs: atMs, body } = resource
    // The store drops memberships with their member: the estate must hear of it, or a leaver keeps rights there.
    const left = isGone ? shelf.groupsOf(id) : []
    if (type === 'User') {
      const user = isGone ? {} : toldUser(resource)
      const externalId = externalIdOf(resource)
      return { type: isGone ? 'user.gone' : 'user.set', id, version, atMs, externalId, user, left }
    }
    const { displayName } = body
    const group: JsonObject = typeof displayName === 'string' ? { displayName } : {}
    const named = asMember(shelf)
    return {
      type: isGone ? 'group.gone' : 'group.set',
      id,
      version,
      atMs,
      group,
      added: added.flatMap(named),
      removed: removed.flatMap(named),
      left,
    }
  }
  /** Writes what `make` makes of the newest version, again where somebody was quicker. */
  const change = async (
    source: SourceId,
    type: ResourceType,
    id: string,
    match: Match,
    make: (before: Resource) => { body: Body; members: MemberSet | null },
  ): Promise<Shown> => {
    const shelf = await shelfOf(source)
    for (let tries = 1; ; tries++) {
      const before = need(shelf, type, id)
      refuseUnless(match, before)
      const made = make(before)
      const held = type === 'Group' && made.members !== null ? shelf.members(id).map((member) => member.id) : []
      const { added, removed } = difference(held, made.members)
      const isSame = added.length + removed.length === 0 && JSON.stringify(made.body) === JSON.stringify(before.body)
      if (isSame) return show(shelf, before, true)
      const after = { ...before, body: made.body, version: before.version + 1, modifiedAtMs: clock.nowMs() }
      try {
        const members = made.members === null ? null : { add: added, remove: removed }
        const put = putScimResource({ resource: rowOf(shelf, source, after), after: before.version, members })
        await tell(source, toldOf(shelf, after, false, added, removed), [put])
        return show(shelf, after, true)
      } catch (error) {
        if (!isStale(error) || match !== null || tries >= triesMax) throw error
      }
    }
  }
  return {
    async create(source: SourceId, type: ResourceType, value: unknown): Promise<Shown> {
      const shelf = await shelfOf(source)
      const { body, members } = readBody(value, type)
      const nowMs = clock.nowMs()
      const id = newId('scm', random)
      const resource: Resource = { type, id, version: 1, createdAtMs: nowMs, modifiedAtMs: nowMs, body }
      const set = type === 'Group' ? { all: members } : null
      const put = putScimResource({ resource: rowOf(shelf, source, resource), after: null, members: set })
      await tell(source, toldOf(shelf, resource, false, members, []), [put])
      return show(shelf, resource, true)
    },
    async read(source: SourceId, type: ResourceType, id: string): Promise<Shown> {
      const shelf = await shelfOf(source)
      return show(shelf, need(shelf, type, id), true)
    },
    replace: (source: SourceId, type: ResourceType, id: string, value: unknown, match: Match): Promise<Shown> =>
      change(source, type, id, match, () => {
        const { body, members } = readBody(value, type)
        return { body, members: type === 'Group' ? { all: members } : null }
      }),
    patch: (source: SourceId, type: ResourceType, id: string, value: unknown, match: Match): Promise<Shown> =>
      change(source, type, id, match, (before) => {
        const { body, members } = patch(before.body, value, type)
        return { body, members: members.length === 0 ? null : membersAfter(members) }
      }),
    async remove(source: SourceId, type: ResourceType, id: string, match: Match): Promise<void> {
      const shelf = await shelfOf(source)
      const before = need(shelf, type, id)
      refuseUnless(match, before)
      const gone = { ...before, version: before.version + 1, modifiedAtMs: clock.nowMs() }
      const held = type === 'Group' ? shelf.members(id).map((member) => member.id) : []
      const told = toldOf(shelf, gone, true, [], held)
      await tell(source, told, [deleteScimResource({ tenant, source, id, after: before.version })])
    },
    async list(
      source: SourceId,
      type: ResourceType,
      ask: { filter: string | undefined; start: number; count: number; withMembers: boolean },
    ): Promise<Listed> {
      const shelf = await shelfOf(source)
      const start = Math.max(1, ask.start)
      const count = Math.min(Math.max(0, ask.count), pageMax)
      const shown = (list: readonly Resource[]): Shown[] => list.map((one) => show(shelf, one, ask.withMembers))
      if (ask.filter === undefined) {
        return { total: shelf.count(type), start, resources: shown(shelf.page(type, start - 1, count)) }
      }
      const filter = parseFilter(ask.filter)
      const found = await filtered(shelf, type, filter)
      return { total: found.length, start, resources: shown(found.slice(start - 1, start - 1 + count)) }
    },
    /** The source is gone: nothing of it stays in memory. */
    forget: (source: SourceId): void => void shelves.delete(source),
  }
}
export type Scim = ReturnType<typeof createScim>

async function filtered(shelf: Shelf, type: ResourceType, filter: Filter): Promise<Resource[]> {
  // Once for all that are looked at: there may be as many as a source has.
  const asks = JSON.stringify(filter).toLowerCase()
  const look = (resource: Resource): boolean => passes(filter, viewOf(shelf, resource, asks))
  const quick = lookUp(shelf, type, filter)
  if (quick !== undefined) return quick.filter(look)
  const found: Resource[] = []
  for (let offset = 0; ; offset += rowsPerTurn) {
    const rows = shelf.page(type, offset, rowsPerTurn)
    found.push(...rows.filter(look))
    if (rows.length < rowsPerTurn) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What identity providers ask before they make somebody: is there one of this name already? Undefined: look at all. */
function lookUp(shelf: Shelf, type: ResourceType, filter: Filter): Resource[] | undefined {
  if (filter.kind === 'and') {
    for (const part of filter.parts) {
      const found = lookUp(shelf, type, part)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (filter.kind !== 'compare' || filter.op !== 'eq' || typeof filter.value !== 'string') return undefined
  const { path, value } = filter
  const name = path.split(':').at(-1)?.toLowerCase()
  if (name === 'id') return [shelf.get(type, value) ?? []].flat()
  if (name === (type === 'User' ? 'username' : 'displayname')) return shelf.byName(type, shelf.hash('name', value))
  return name === 'externalid' ? shelf.byExternal(type, shelf.hash('external', value)) : undefined
}

/** A resource as a filter sees it; members and groups are brought only where its text names them. */
function viewOf(shelf: Shelf, { type, id, body, createdAtMs, modifiedAtMs }: Resource, asks: string): JsonObject {
  const meta = { resourceType: type, created: isoOf(createdAtMs), lastModified: isoOf(modifiedAtMs) }
  return {
    ...body,
    id,
    meta,
    ...(type === 'Group' && asks.includes('members')
      ? { members: shelf.members(id).map(({ id: value }) => ({ value })) }
      : {}),
    ...(type === 'User' && asks.includes('groups') ? { groups: shelf.groupsOf(id).map((value) => ({ value })) } : {}),
  }
}
export const isoOf = (ms: number): string => new Date(ms).toISOString()

export const etagOf = ({ version }: Pick<Resource, 'version'>): string => `W/"${version}"`

function refuseUnless(match: Match, resource: Resource): void {
  if (match === null || match.trim() === '*' || match.split(',').some((tag) => tag.trim() === etagOf(resource))) return
  throw new ScimError('ERR_SCIM_VERSION', 'it was changed meanwhile', { hint: 'read it again' })
}

const isStale = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SCIM_VERSION'

function difference(held: readonly string[], members: MemberSet | null): { added: string[]; removed: string[] } {
  if (members === null) return { added: [], removed: [] }
  const before = new Set(held)
  if ('all' in members) {
    const wanted = new Set(members.all)
    return { added: members.all.filter((id) => !before.has(id)), removed: held.filter((id) => !wanted.has(id)) }
  }
  const { add, remove } = members
  return { added: add.filter((id) => !before.has(id)), removed: remove.filter((id) => before.has(id)) }
}

/** Operations in their order, as one change. */
function membersAfter(changes: readonly MemberChange[]): MemberSet {
  const add = new Set<string>()
  const remove = new Set<string>()
  let isCleared = false
  for (const one of changes) {
    if (one.op === 'clear') {
      isCleared = true
      add.clear()
      remove.clear()
      continue
    }
    for (const id of one.ids) {
      const [into, from] = one.op === 'add' ? [add, remove] : [remove, add]
      from.delete(id)
      into.add(id)
    }
  }
  return isCleared ? { all: [...add] } : { add: [...add], remove: [...remove] }
}
