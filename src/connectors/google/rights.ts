import type { EdgeType } from '#model'

import type { RoleRow } from './rows.ts'

/** What a scope opens in a user's data; `conditional`: only a part of it, which Google decides per object. */
export type DataRight = { area: string; type: EdgeType; note: string; conditional: boolean }
/** What a scope or a privilege opens of administration. */
export type AdminRight = { area: string; type: EdgeType; note: string; conditional: boolean }
export type Opened = {
  data: DataRight[]
  admin: AdminRight[]
  /** A full sign-in (Chrome, Android): whoever holds it is the user. */
  isWholeAccount: boolean
}

/** Areas that every user has; others appear where a scope names them. */
export const dataAreas = ['mail', 'drive', 'calendar', 'contacts'] as const
export const adminAreas = [
  'accounts',
  'groups',
  'orgunits',
  'domains',
  'security',
  'apps',
  'devices',
  'roles',
  'reports',
]

/** They tell an app who the user is, and open nothing. */
const plain = /^(openid|email|profile|userinfo\.(email|profile)|plus\.(me|login)|drive\.(appdata|appfolder|install))$/
const wholeAccount = /^https:\/\/www\.google\.com\/accounts\/OAuthLogin$/

/** Area by the beginning of a scope's name, the most telling first. */
const areas: readonly (readonly [RegExp, string])[] = [
  [/^(gmail|mail)\b/, 'mail'],
  [/^(drive|documents|spreadsheets|presentations|forms|script|docs|wise|writely)\b/, 'drive'],
  [/^calendar\b/, 'calendar'],
  [/^(contacts|directory|m8|carddav)\b/, 'contacts'],
  [/^(chat|tasks|keep|meetings|photoslibrary|classroom|youtube|groups|analytics|datastudio)\b/, ''],
  [/^(cloud-platform|bigquery|devstorage|compute|datastore|pubsub)\b/, 'cloud'],
]
/** Addresses of old APIs, by what they are called today. */
const oldNames: Record<string, string> = {
  'https://mail.google.com/': 'mail',
  'https://www.google.com/calendar/feeds': 'calendar',
  'https://www.google.com/calendar/feeds/': 'calendar',
  'https://www.google.com/m8/feeds': 'contacts',
  'https://www.google.com/m8/feeds/': 'contacts',
  'https://docs.google.com/feeds': 'drive',
  'https://docs.google.com/feeds/': 'drive',
  'https://sites.google.com/feeds': 'drive',
}
/** They write, and read nothing. */
const blind = /^gmail\.(send|insert|labels)$|^chat\.(bot|messages\.create)$/
/** Only files the app made or was handed, the message under which an add-on was opened, and the like. */
const partial = /^drive\.file$|^gmail\.(addons\.|metadata)|\.currentonly$|\.app\.created$/

const nameOf = (scope: string): string =>
  oldNames[scope] ??
  scope.replace(/^https:\/\/(www|apps-apis)\.google(apis)?\.com\/(auth|a\/feeds)\//, '').toLowerCase()

function typesOf(name: string): EdgeType[] {
  if (/readonly$|\.read$|\.metadata$|^directory/.test(name)) return ['CAN_READ']
  if (blind.test(name)) return ['CAN_WRITE']
  if (/^gmail\.settings|\.acls$|sharing/.test(name)) return ['CAN_ADMIN']
  return name.includes('.') || /^(documents|spreadsheets|presentations|script)/.test(name)
    ? ['CAN_READ', 'CAN_WRITE']
    : ['CAN_ADMIN']
}

/** Areas in the words that are every vendor's. */
const words: Readonly<Record<string, string>> = { mail: 'mail', drive: 'files', calendar: 'calendar', chat: 'chat' }
export const opensOf = (data: readonly DataRight[]): string | undefined => {
  const opened = new Set(data.flatMap(({ area }) => words[area] ?? []))
  return opened.size === 0 ? undefined : [...opened].sort().join(' ')
}

/** What a list of OAuth scopes opens, in the user's data and of administration. */
export function evaluateScopes(scopes: readonly string[]): Opened {
  const opened: Opened = { data: [], admin: [], isWholeAccount: false }
  for (const scope of new Set(scopes)) {
    if (wholeAccount.test(scope)) opened.isWholeAccount = true
    const name = nameOf(scope)
    if (plain.test(name) || wholeAccount.test(scope)) continue
    const note = name.slice(0, 60)
    if (/^(admin|apps|ediscovery|cloud-identity)\b/.test(name)) {
      // The scope alone does nothing: the user must be an administrator with that right.
      const type = name.endsWith('readonly') ? 'CAN_READ' : 'CAN_ADMIN'
      opened.admin.push({ area: adminAreaOf(name), type, note, conditional: true })
      continue
    }
    const [, known] = areas.find(([pattern]) => pattern.test(name)) ?? []
    const area = known === undefined ? 'other' : known === '' ? (/^[a-z]+/.exec(name)?.[0] ?? 'other') : known
    const conditional = partial.test(name) || known === undefined
    for (const type of typesOf(name)) opened.data.push({ area, type, note, conditional })
  }
  return opened
}

function adminAreaOf(name: string): string {
  if (/^(ediscovery|admin\.datatransfer)/.test(name)) return 'org'
  if (/admin\.directory\.user/.test(name)) return 'accounts'
  if (/group/.test(name)) return 'groups'
  if (/orgunit/.test(name)) return 'orgunits'
  if (/rolemanagement/.test(name)) return 'roles'
  if (/domain|customer/.test(name)) return 'domains'
  if (/device|chrome/.test(name)) return 'devices'
  if (/reports/.test(name)) return 'reports'
  return 'security'
}

/** Privileges by the beginning of their name; those not named here open what their name says, as an upper bound. */
const privileges: readonly (readonly [RegExp, string])[] = [
  [/^(USERS?_|USER_SECURITY)/, 'accounts'],
  [/^GROUPS?_/, 'groups'],
  [/^ORGANIZATION_UNITS/, 'orgunits'],
  [/^(DOMAIN|SUPPORT)/, 'domains'],
  [/^SECURITY|^MANAGE_ALERTS|_DLP/, 'security'],
  [/^REPORTS|DASHBOARD|INVESTIGATION/, 'reports'],
  [/DEVICE|CHROME|MOBILE/, 'devices'],
  [/^(SERVICES?|APP)_?/, 'apps'],
]
/** Vault and data transfer reach what lies in everybody's account. */
const overall = /MATTERS|SEARCHES|EXPORTS|HOLDS|RETENTION|DATA_TRANSFER|TAKEOUT/

/** What an administrator role opens; `org` is everything. Over one organizational unit only, the caller says. */
export function evaluateRole({ isSuperAdminRole, rolePrivileges, roleName }: RoleRow): AdminRight[] {
  if (isSuperAdminRole === true) {
    return [{ area: 'org', type: 'CAN_ADMIN', note: 'super administrator', conditional: false }]
  }
  const found = new Map<string, AdminRight>()
  for (const { privilegeName } of rolePrivileges ?? []) {
    const name = privilegeName ?? ''
    const known = privileges.find(([pattern]) => pattern.test(name))?.[1]
    const area = overall.test(name) ? 'org' : (known ?? 'other')
    const type = /RETRIEVE|READ|VIEW|ACCESS$|DASHBOARD/.test(name) ? 'CAN_READ' : 'CAN_ADMIN'
    const isOver = overall.test(name)
    const right: AdminRight = {
      area,
      type: isOver ? 'CAN_READ' : type,
      note: name.slice(0, 60),
      conditional: isOver || known === undefined,
    }
    found.set(`${area} ${right.type}`, right)
  }
  if (found.size > 0) return [...found.values()]
  return [{ area: 'org', type: 'CAN_ADMIN', note: roleName ?? 'a role that lists no privileges', conditional: true }]
}

/** A role as both the list and the log name it, fit for an entity id. */
export const roleKey = (name: string): string =>
  name === '_SEED_ADMIN_ROLE' ? 'super' : encodeURIComponent(name.trim().toLowerCase())
