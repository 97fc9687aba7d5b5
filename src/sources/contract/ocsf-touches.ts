import { z } from 'zod'

import {
  entityId,
  ocsfClasses,
  type EntityId,
  type OcsfClass,
  type OcsfEvent,
  type Touch,
  type TouchVerb,
} from '#model'

const failed = 2
const named = z.object({ uid: z.string().optional(), name: z.string().optional() })
const user = named.extend({ email_addr: z.string().optional() })
/** Of a valid event what tells who touched what; all else is left in the event. */
const acted = z.object({
  status_id: z.number().optional(),
  actor: z.object({ user: user.optional(), session: z.object({ uid: z.string().optional() }).optional() }).optional(),
  user: user.optional(),
  session: z.object({ uid: z.string().optional() }).optional(),
  src_endpoint: z.object({ ip: z.string().optional() }).optional(),
  resources: z.array(named).optional(),
  web_resources: z.array(named.extend({ url_string: z.string().optional() })).optional(),
  database: named.optional(),
  databucket: named.optional(),
  table: named.optional(),
  file: named.extend({ path: z.string().optional() }).optional(),
  service: named.optional(),
})
type Acted = z.infer<typeof acted>

/** Resources of one event that are kept; an export of more is an event that names its folder. */
export const resourcesMax = 1_000

const onFiles = {
  upload: 'write',
  download: 'read',
  preview: 'read',
  open: 'read',
  copy: 'read',
  update: 'write',
  rename: 'write',
  move: 'write',
  delete: 'delete',
  share: 'share',
} as const

/** What an activity did to the data of the resource. An activity that is not here touched none, or cannot be told. */
const acts: readonly { of: OcsfClass; did: Readonly<Record<string, TouchVerb>> }[] = [
  { of: 'authentication', did: { logon: 'login' } },
  { of: 'api_activity', did: { create: 'write', read: 'read', update: 'write', delete: 'delete' } },
  {
    of: 'datastore_activity',
    did: { read: 'read', query: 'read', update: 'write', write: 'write', create: 'write', delete: 'delete' },
  },
  {
    of: 'web_resources_activity',
    did: {
      create: 'write',
      read: 'read',
      search: 'read',
      export: 'read',
      update: 'write',
      import: 'write',
      delete: 'delete',
      share: 'share',
    },
  },
  {
    of: 'file_activity',
    did: { create: 'write', read: 'read', open: 'read', update: 'write', rename: 'write', delete: 'delete' },
  },
  { of: 'network_file_activity', did: onFiles },
  // What took the place of the one before.
  { of: 'file_hosting', did: onFiles },
]
const verbOf = new Map<number, TouchVerb>(
  acts.flatMap(({ of, did }) => {
    const { class_uid, activities } = ocsfClasses[of]
    const ids: Readonly<Record<string, number>> = activities
    return Object.entries(did).map(([activity, verb]) => [class_uid * 100 + (ids[activity] ?? 0), verb] as const)
  }),
)

/** Touches of one event: none of what failed, or of what names neither a user nor a session. */
export function touchesOf(event: OcsfEvent, authority: string): Touch[] {
  const verb = verbOf.get(event.type_uid)
  const read = acted.safeParse(event)
  if (verb === undefined || !read.success || read.data.status_id === failed) return []
  const { actor, user, session, src_endpoint } = read.data
  // Of a logon `user` is who signed in; elsewhere it is whom something was done to.
  const who = verb === 'login' ? (user ?? actor?.user) : actor?.user
  const by = {
    identity: userIn(authority, who),
    credential: sessionIn(authority, (verb === 'login' ? session : actor?.session)?.uid),
  }
  if (by.identity === null && by.credential === null) return []
  const resources =
    verb === 'login' ? [read.data.service?.uid ?? read.data.service?.name ?? authority] : resourcesIn(read.data)
  return [...new Set(resources)].slice(0, resourcesMax).map((resource) => ({
    ...by,
    resource: entityId('resource', authority, resource),
    verb,
    atMs: event.time,
    records: null,
    origin: src_endpoint?.ip ?? null,
  }))
}

const isSaid = (text: string | undefined): text is string => text !== undefined && text !== '' && text !== 'unknown'

function userIn(authority: string, who: Acted['user']): EntityId | null {
  const id = [who?.uid, who?.email_addr, who?.name].find(isSaid)
  return id === undefined ? null : entityId('identity', authority, id)
}

const sessionIn = (authority: string, uid: string | undefined): EntityId | null =>
  isSaid(uid) ? entityId('credential', authority, `session/${uid}`) : null

/** A table stands under its database, a file under its path; else what the event calls a resource. */
function resourcesIn({ resources = [], web_resources = [], database, databucket, table, file }: Acted): string[] {
  const store = [database ?? databucket, table].flatMap((one) => [one?.uid ?? one?.name].filter(isSaid))
  return [
    ...[...resources, ...web_resources].map(({ uid, name }) => uid ?? name),
    ...web_resources.flatMap(({ uid, name, url_string }) =>
      uid === undefined && name === undefined ? [url_string] : [],
    ),
    store.length === 0 ? undefined : store.join('/'),
    file?.uid ?? file?.path ?? file?.name,
  ].filter(isSaid)
}
