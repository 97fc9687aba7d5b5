import { invalid, notFound, pageOf, refusal, type Answer } from './answer.ts'
import type { TwinFile, TwinToken, TwinUser, World } from './world.ts'

/** Google: three writes a second of one account, sustained; how many at once it does not say. */
export const writesPerSecond = 3
const writesAtOnce = 10

const driveScopes = ['https://www.googleapis.com/auth/drive']
const readScopes = [...driveScopes, 'https://www.googleapis.com/auth/drive.readonly']
const roles: ReadonlySet<string> = new Set(['reader', 'commenter', 'writer'])
/** Query of the three operations on permissions, as Google's reference of Drive v3 has it. */
const queries: Record<string, readonly string[]> = {
  GET: ['fields', 'includePermissionsForView', 'pageSize', 'pageToken', 'supportsAllDrives', 'useDomainAdminAccess'],
  POST: [
    'fields',
    'emailMessage',
    'moveToNewOwnersRoot',
    'sendNotificationEmail',
    'supportsAllDrives',
    'useDomainAdminAccess',
  ],
  DELETE: ['fields', 'supportsAllDrives', 'useDomainAdminAccess'],
}

/** Files, and who may open them: lists, gives and takes away of permissions, each asked in the name of somebody. */
export function createFiles(world: World) {
  const writes = new Map<string, { left: number; atMs: number }>()
  const counts = { reads: 0, given: 0, taken: 0, limited: 0 }
  const violations: string[] = []

  const path = (pathname: string): { file: string; permission: string | undefined } | undefined => {
    const found = /^\/drive\/v3\/files\/([^/]+)\/permissions(?:\/([^/]+))?$/.exec(pathname)
    return found?.[1] === undefined
      ? undefined
      : {
          file: decodeURIComponent(found[1]),
          permission: found[2] === undefined ? undefined : decodeURIComponent(found[2]),
        }
  }

  function mayWrite(user: string): boolean {
    const nowMs = world.clock.nowMs()
    const bucket = writes.get(user) ?? { left: writesAtOnce, atMs: nowMs }
    bucket.left = Math.min(writesAtOnce, bucket.left + ((nowMs - bucket.atMs) / 1_000) * writesPerSecond)
    bucket.atMs = nowMs
    writes.set(user, bucket)
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }

  function answer(method: string, url: URL, bearer: string, body: Record<string, unknown>): Answer {
    const at = path(url.pathname)
    const token = world.tokens.get(bearer)
    const by = token === undefined ? undefined : world.users.get(token.user)
    if (at === undefined) return refusal(404, 'notFound', 'Not Found')
    if (token === undefined || by === undefined || token.expiresAtMs <= world.clock.nowMs())
      return refusal(401, 'authError', 'Invalid Credentials')
    const strange = [...url.searchParams.keys()].find((name) => queries[method]?.includes(name) !== true)
    if (strange !== undefined) {
      violations.push(`${method} ${url.pathname}: ${strange}`)
      return invalid(strange)
    }
    const needed = method === 'GET' ? readScopes : driveScopes
    if (!needed.some((scope) => token.scopes.includes(scope)))
      return refusal(403, 'insufficientPermissions', 'Insufficient Permission')
    const file = world.files.get(at.file)
    // Whoever may not open a file is not told that there is one.
    if (file === undefined || file.owner !== by.id) return notFound(`File not found: ${at.file}.`)
    if (method === 'GET') {
      counts.reads++
      return listed(file, by, url.searchParams)
    }
    if (!mayWrite(by.id)) {
      counts.limited++
      return refusal(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', 'usageLimits')
    }
    return method === 'POST' ? given(file, by, token, body) : taken(file, by, token, at.permission ?? '')
  }

  function listed(file: TwinFile, owner: TwinUser, query: URLSearchParams): Answer {
    const own = { id: owner.id, type: 'user', role: 'owner', emailAddress: owner.primaryEmail }
    const others = [...file.permissions.values()].map(({ id, type, role, allowFileDiscovery }) => ({
      id,
      type,
      role,
      allowFileDiscovery,
    }))
    const page = pageOf([own, ...others], query, { name: 'pageSize', usual: 100, most: 100 })
    if (page === undefined) return invalid('pageToken')
    const next = page.next === undefined ? {} : { nextPageToken: page.next }
    return { status: 200, body: { permissions: page.rows, ...next } }
  }

  function given(file: TwinFile, by: TwinUser, token: TwinToken, body: Record<string, unknown>): Answer {
    const { type, role, allowFileDiscovery = false } = body
    if (type !== 'anyone' || typeof role !== 'string' || !roles.has(role) || typeof allowFileDiscovery !== 'boolean')
      return invalid('permission')
    const made = { id: allowFileDiscovery ? 'anyone' : 'anyoneWithLink', type, role, allowFileDiscovery }
    counts.given++
    const was = visibilityOf(file)
    file.permissions.set(made.id, made)
    tellSharing(world, file, by, { was, client: token.client })
    return { status: 200, body: made }
  }

  function taken(file: TwinFile, by: TwinUser, token: TwinToken, id: string): Answer {
    const permission = file.permissions.get(id)
    if (permission === undefined) return notFound(`Permission not found: ${id}.`)
    if (permission.isInherited === true)
      return refusal(403, 'cannotDeletePermission', 'The user cannot remove an inherited permission.')
    counts.taken++
    const was = visibilityOf(file)
    file.permissions.delete(id)
    tellSharing(world, file, by, { was, client: token.client })
    return { status: 204 }
  }

  /** What anybody meets who follows the link of a file and signs in to nothing. */
  function opened(id: string): Answer {
    const file = world.files.get(id)
    return file === undefined || linkOf(file) === undefined
      ? { status: 302, headers: { location: 'https://accounts.google.com/signin' } }
      : { status: 200, body: { title: file.title } }
  }

  return { answer, opened, counts, violations, isOne: (pathname: string): boolean => path(pathname) !== undefined }
}

const words = { anyone: 'public_on_the_web', anyoneWithLink: 'people_with_link' } as const
const linkOf = ({ permissions }: TwinFile) => permissions.get('anyone') ?? permissions.get('anyoneWithLink')
export function visibilityOf(file: TwinFile): string {
  const link = linkOf(file)
  return link === undefined ? 'private' : link.id === 'anyone' ? words.anyone : words.anyoneWithLink
}

/** Google tells who may open a file whenever that changes, and apart how far the link goes. */
export function tellSharing(
  world: World,
  file: TwinFile,
  by: TwinUser,
  { was, client }: { was: string; client?: string },
): void {
  const link = linkOf(file)
  const visibility = visibilityOf(file)
  const about = {
    doc_id: file.id,
    doc_title: file.title,
    doc_type: file.type,
    owner: world.users.get(file.owner)?.primaryEmail ?? '',
    visibility,
    primary_event: true,
  }
  const app = client === undefined ? {} : { app: { oauthClientId: client, impersonation: true } }
  const more = { ip: '198.51.100.9', ...app }
  const change = {
    visibility_change: link === undefined ? 'internal' : 'external',
    old_visibility: was,
    new_value: visibility,
  }
  world.tell('drive', 'change_document_visibility', by, { ...about, ...change }, more)
  if (link === undefined) return
  const scope = { writer: 'can_edit', commenter: 'can_comment', reader: 'can_view' }[link.role] ?? 'can_view'
  const reach = { target_domain: 'all', new_value: [scope], old_value: ['none'] }
  world.tell('drive', 'change_document_access_scope', by, { ...about, ...reach }, more)
}
