import { isObject, type JsonObject } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { isWhole, type Member } from '#respond/contract'
import { VendorError } from '#sources/contract'

import { refuseUnlessFine } from '../answers.ts'
import { callAudit, type Access } from '../client.ts'
import { appOf, nameApp, partsOf } from '../names.ts'
import { timeOf } from '../rows.ts'
import { refused } from './context.ts'

export function requiredApp(target: EntityId): string {
  const app = appOf(target)
  if (app === undefined) throw refused(target, 'is no app')
  return app
}

/** The app of a token; undefined for anything else. */
export const appOfToken = (entity: EntityId): string | undefined =>
  (partsOf('bot-token', entity) ?? partsOf('user-token', entity))?.[0]

/** An app that is itself the trigger or was brought in, or a token that its installation made. */
export function wholeApp({ entity, role }: Member): EntityId | undefined {
  const authority = authorityOf(entity)
  const ofToken = appOfToken(entity)
  if (ofToken !== undefined) return role === 'descendant' ? nameApp(authority, ofToken) : undefined
  const app = entity.startsWith('app:') ? appOf(entity) : undefined
  return app !== undefined && isWhole(role) ? entity : undefined
}

const installs = new Set(['app_installed', 'org_app_installed', 'org_app_workspace_added'])
const uninstalls = new Set(['app_uninstalled', 'org_app_uninstalled'])
const what = "the audit log's entries on the app"
const pageRows = 200
const pagesMax = 50

export type Install = { isInstalled: boolean; atMs: number }

/** The last that the audit log tells of an app coming or going: Slack has no list of what is installed. */
export async function readInstall(access: Access, app: string): Promise<Install | undefined> {
  let cursor = ''
  for (let page = 0; page < pagesMax; page++) {
    const query = new URLSearchParams({ entity: app, limit: String(pageRows), ...(cursor === '' ? {} : { cursor }) })
    const { entries, next } = await readEntries(access, query)
    // Newest first.
    for (const entry of entries) {
      const action = entry['action']
      if (typeof action !== 'string') continue
      if (installs.has(action)) return { isInstalled: true, atMs: timeIn(entry) }
      if (uninstalls.has(action)) return { isInstalled: false, atMs: timeIn(entry) }
    }
    if (next === '') return undefined
    cursor = next
  }
  return undefined
}

async function readEntries(access: Access, query: URLSearchParams): Promise<{ entries: JsonObject[]; next: string }> {
  const response = await callAudit(access, query)
  refuseUnlessFine(response, what)
  const body = response.json()
  if (!isObject(body) || !Array.isArray(body['entries'])) {
    throw new VendorError('ERR_VENDOR_SHAPE', `${what} came in a shape that was not expected`)
  }
  const metadata = isObject(body['response_metadata']) ? body['response_metadata'] : {}
  const next = metadata['next_cursor']
  return {
    entries: body['entries'].filter((entry): entry is JsonObject => isObject(entry)),
    next: typeof next === 'string' ? next : '',
  }
}

function timeIn({ date_create: date }: JsonObject): number {
  return typeof date === 'number' || typeof date === 'string' ? (timeOf(date) ?? 0) : 0
}
