import { isObject, type JsonObject } from '#kit'

import type { Resource } from './shelf.ts'
import { enterpriseUrn } from './schemas.ts'

/**
 * What a change says to the estate, as it goes into the log. Of a person only what tells who they are here, whether they
 * still are, and where; the connector `scim` reads it.
 */
export type Told =
  | {
      type: 'user.set' | 'user.gone'
      id: string
      version: number
      atMs: number
      externalId: string | null
      user: JsonObject
      /** Groups it was in until it was deleted. */
      left: string[]
    }
  | {
      type: 'group.set' | 'group.gone'
      id: string
      version: number
      atMs: number
      group: JsonObject
      /** Users by the ids they are named by; groups in the group by theirs. */
      added: Member[]
      removed: Member[]
      left: string[]
    }
export type Member = { id: string; type: 'User' | 'Group'; externalId: string | null }

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const externalIdOf = ({ body }: Pick<Resource, 'body'>): string | null => textOf(body['externalId']) ?? null

export function toldUser({ body }: Pick<Resource, 'body'>): JsonObject {
  const work: unknown = body[enterpriseUrn]
  const { department, organization, employeeNumber, manager } = isObject(work) ? work : {}
  const { userName, title, userType, active } = body
  const name = nameOf(body)
  const email = mailOf(body)
  const told: Record<string, unknown> = {
    userName,
    name,
    email,
    title,
    userType,
    department,
    organization,
    employeeNumber,
    manager: isObject(manager) ? manager['value'] : undefined,
  }
  return {
    ...Object.fromEntries(
      Object.entries(told).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
    active: active !== false,
  }
}

function nameOf({ displayName, name, userName }: Resource['body']): string | undefined {
  const { formatted, givenName, familyName } = isObject(name) ? name : {}
  const parts = [givenName, familyName].filter((part) => typeof part === 'string').join(' ')
  return textOf(displayName) ?? textOf(formatted) ?? (parts === '' ? textOf(userName) : parts)
}

/** The primary address, else that of work, else the first. */
function mailOf({ emails }: Resource['body']): string | undefined {
  const list: unknown[] = Array.isArray(emails) ? emails : []
  const rank = (one: unknown): number =>
    isObject(one) ? (one['primary'] === true ? 0 : one['type'] === 'work' ? 1 : 2) : 3
  const [best] = list.toSorted((a, b) => rank(a) - rank(b))
  return isObject(best) ? textOf(best['value']) : undefined
}
