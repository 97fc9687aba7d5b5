import { parseJson } from '#kit'
import type { EdgeStatement, EntityId } from '#model'

import { principalKind, type Principal } from './names.ts'
import type { Audit, Target } from './rows.ts'
import { open } from './statements.ts'

/** A row of the audit log, and who acted. */
export type Told = { audit: Audit; atMs: number; authority: string; actor: EntityId | null }

/** With which token or session it was done the log does not tell: whoever acted made it. */
export const created = ({ actor, atMs }: Told, entity: EntityId): EdgeStatement[] =>
  actor === null || actor === entity ? [] : [open(actor, 'CREATED', entity, atMs)]

/** Microsoft writes JSON into the values of changed properties. Undefined: nothing there. */
function valueOf(text: string | null | undefined): string | string[] | undefined {
  if (text === null || text === undefined || text === '') return undefined
  try {
    const value = parseJson(text)
    if (typeof value === 'string') return value
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
  } catch {
    return text
  }
}

/** A changed property, as it is now or, of what was taken away, as it was. */
export function changed(target: Target | undefined, name: string): string | undefined {
  const found = target?.modifiedProperties?.find((one) => one.displayName === name)
  const value = [valueOf(found?.newValue), valueOf(found?.oldValue)].find(
    (one) => typeof one === 'string' && one !== '',
  )
  return typeof value === 'string' ? value : undefined
}

export const targetOf = (audit: Audit, ...types: readonly string[]): Target | undefined =>
  audit.targetResources?.find(({ type }) => types.includes(type ?? ''))
export const detail = (audit: Audit, key: string): string | undefined =>
  audit.additionalDetails?.find((one) => one.key === key)?.value ?? undefined

export type Given = { kind: Principal; id: string; name: string | undefined }
/** The user, group or app that something was given to. */
export function principalOf(audit: Audit): Given | undefined {
  for (const { id, type, displayName, userPrincipalName } of audit.targetResources ?? []) {
    const kind = principalKind(type)
    if (kind === undefined || id === null || id === undefined || id === '') continue
    return { kind, id, name: displayName ?? userPrincipalName ?? undefined }
  }
  return undefined
}

export type LoggedKey = { keyId: string; isSecret: boolean; name: string }

/** `[KeyIdentifier=…,KeyType=Password,KeyUsage=Verify,DisplayName=…]`: the keys that stand after and did not before. */
export function keysAdded(target: Target | undefined): LoggedKey[] {
  const found = target?.modifiedProperties?.find((one) => one.displayName === 'KeyDescription')
  const before = new Set(keysIn(found?.oldValue).map(({ keyId }) => keyId))
  return keysIn(found?.newValue).filter(({ keyId }) => !before.has(keyId))
}

function keysIn(text: string | null | undefined): LoggedKey[] {
  const value = valueOf(text)
  const lines = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return lines.flatMap((line) =>
    [...line.matchAll(/KeyIdentifier=([0-9a-f-]{36}),KeyType=(\w+)[^\]]*?(?:DisplayName=([^\]]*))?\]/gi)].map(
      ([, keyId = '', type = '', name = '']) => ({ keyId, isSecret: type === 'Password', name }),
    ),
  )
}
