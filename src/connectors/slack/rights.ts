import type { EdgeType } from '#model'

/** What a scope opens: `org` is everything, else an area. `isLimited`: for a bot only where it was added. */
export type Right = { type: EdgeType; area: string; isLimited: boolean }

/** Sign in with Slack: they tell who somebody is, and open nothing. */
const plainScopes = /^(openid|email|profile|identify|identity\..*)$/

/** Scopes whose first word names no area of its own. */
const areas: Record<string, string> = {
  chat: 'messages',
  search: 'messages',
  'incoming-webhook': 'messages',
  im: 'channels',
  mpim: 'channels',
  groups: 'channels',
  conversations: 'channels',
  pins: 'messages',
  reactions: 'messages',
  stars: 'messages',
  links: 'messages',
  remote_files: 'files',
  auditlogs: 'auditlogs',
}

/**
 * `channels:history`, `chat:write.customize`, `admin.users:write`: an area, and an act behind the colon. `admin` and its
 * family reach the whole organisation.
 */
export function rightOf(scope: string): Right | undefined {
  if (plainScopes.test(scope)) return undefined
  const [head = '', act = ''] = scope.split(':')
  const isRead = /^(read|history|view)/.test(act)
  if (head === 'admin' || head.startsWith('admin.')) {
    return { type: isRead ? 'CAN_READ' : 'CAN_ADMIN', area: 'org', isLimited: false }
  }
  const area = act.startsWith('history') ? 'messages' : (areas[head] ?? head.split('.')[0] ?? head)
  return { type: isRead ? 'CAN_READ' : 'CAN_WRITE', area, isLimited: /^(messages|channels|files)$/.test(area) }
}

/** Areas that are there before any scope names them: a verdict about them needs no app. */
export const commonAreas = ['messages', 'files', 'channels', 'users', 'auditlogs'] as const
