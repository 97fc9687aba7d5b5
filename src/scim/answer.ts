import { isObject, type Json, type JsonObject } from '#kit'

import { filterCharsMax } from './filter.ts'
import { ScimError } from './error.ts'
import { operationsMax } from './patch.ts'
import {
  endpointOf,
  enterpriseSchema,
  extensionsOf,
  groupSchema,
  schemaOf,
  userSchema,
  type Attribute,
  type ResourceType,
  type Schema,
} from './schemas.ts'
import { etagOf, isoOf, pageMax, type Listed, type Shown } from './service.ts'

export type Projection = { attributes: string[] | undefined; excluded: string[] | undefined }
const schemaUrn = 'urn:ietf:params:scim:schemas:core:2.0'
const schemas = [userSchema, groupSchema, enterpriseSchema]
const types: readonly ResourceType[] = ['User', 'Group']

/** A resource as its sender reads it. `base`: address of `/scim/v2` as the sender calls it. */
export function bodyOf(shown: Shown, base: string, { attributes, excluded }: Projection): JsonObject {
  const { type, id, body, members, groups } = shown
  const at = (kind: ResourceType, other: string): string => `${base}${endpointOf[kind]}/${other}`
  const extensions = extensionsOf[type].flatMap(({ id: urn }) => (body[urn] === undefined ? [] : [urn]))
  const whole: JsonObject = {
    schemas: [schemaOf[type].id, ...extensions],
    id,
    ...body,
    ...(members === undefined
      ? {}
      : { members: members.map((one) => ({ value: one.id, $ref: at(one.type, one.id) })) }),
    ...(groups === undefined
      ? {}
      : {
          groups: groups.map((one) => ({
            value: one.id,
            $ref: at('Group', one.id),
            display: one.name,
            type: 'direct',
          })),
        }),
    meta: {
      resourceType: type,
      created: isoOf(shown.createdAtMs),
      lastModified: isoOf(shown.modifiedAtMs),
      location: at(type, id),
      version: etagOf(shown),
    },
  }
  if (attributes !== undefined) return only(whole, attributes)
  return excluded === undefined ? whole : except(whole, excluded)
}

const always = new Set(['id', 'schemas'])
/** `name.familyName` → its parts, with the URN of a core schema left out. */
function partsOf(name: string): string[] {
  const lower = name.trim().toLowerCase()
  const extension = schemas.find(({ id }) => lower === id.toLowerCase() || lower.startsWith(`${id.toLowerCase()}:`))
  if (extension === undefined) return lower.split('.')
  const rest = name
    .trim()
    .slice(extension.id.length + 1)
    .toLowerCase()
    .split('.')
    .filter(Boolean)
  return extension === enterpriseSchema ? [extension.id.toLowerCase(), ...rest] : rest
}

function only(whole: JsonObject, names: readonly string[]): JsonObject {
  const wanted = names.map(partsOf)
  return pick(whole, (key) => {
    if (always.has(key)) return 'whole'
    const mine = wanted.filter(([first]) => first === key)
    if (mine.length === 0) return 'none'
    return mine.some((parts) => parts.length === 1) ? 'whole' : new Set(mine.map((parts) => parts[1] ?? ''))
  })
}

function except(whole: JsonObject, names: readonly string[]): JsonObject {
  const unwanted = new Set(names.map((name) => partsOf(name).join('.')))
  return pick(whole, (key) => (!always.has(key) && unwanted.has(key) ? 'none' : 'whole'))
}

function pick(whole: JsonObject, choose: (key: string) => 'whole' | 'none' | ReadonlySet<string>): JsonObject {
  const out: JsonObject = {}
  for (const [key, value] of Object.entries(whole)) {
    const choice = choose(key.toLowerCase())
    if (choice === 'none') continue
    out[key] = choice === 'whole' ? value : inside(value, choice)
  }
  return out
}

function inside(value: Json, names: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((one) => inside(one, names))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => names.has(key.toLowerCase())))
}

export const listOf = ({
  total,
  start,
  resources,
}: Omit<Listed, 'resources'> & { resources: JsonObject[] }): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: total,
  startIndex: start,
  itemsPerPage: resources.length,
  Resources: resources,
})

export const serviceProviderConfigOf = (base: string): JsonObject => ({
  schemas: [`${schemaUrn}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: pageMax },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token of one source',
      description: `Made by \`cordon source token NAME\`. A PATCH has at most ${operationsMax} operations, a filter ${filterCharsMax} characters.`,
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const typeOf = (type: ResourceType, base: string): JsonObject => ({
  schemas: [`${schemaUrn}:ResourceType`],
  id: type,
  name: type,
  description: schemaOf[type].says,
  endpoint: endpointOf[type],
  schema: schemaOf[type].id,
  schemaExtensions: extensionsOf[type].map(({ id }) => ({ schema: id, required: false })),
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type}` },
})

const attributeOf = (attribute: Attribute): JsonObject => ({
  name: attribute.name,
  type: attribute.type,
  multiValued: attribute.multi === true,
  description: attribute.says,
  required: attribute.required === true,
  caseExact: attribute.caseExact === true,
  mutability: attribute.mutability ?? 'readWrite',
  returned: attribute.returned ?? 'default',
  uniqueness: attribute.uniqueness ?? 'none',
  ...(attribute.type === 'reference' ? { referenceTypes: ['User', 'Group'] } : {}),
  ...(attribute.sub === undefined ? {} : { subAttributes: attribute.sub.map(attributeOf) }),
})

const described = ({ id, name, says, attributes }: Schema, base: string): JsonObject => ({
  schemas: [`${schemaUrn}:Schema`],
  id,
  name,
  description: says,
  attributes: attributes.map(attributeOf),
  meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
})

/** All, as a list, or the one of this id. */
export const schemasOf = (base: string, id?: string): JsonObject =>
  oneOrAll(
    schemas.map((one) => described(one, base)),
    id,
  )
export const resourceTypesOf = (base: string, id?: string): JsonObject =>
  oneOrAll(
    types.map((one) => typeOf(one, base)),
    id,
  )

function oneOrAll(all: JsonObject[], id: string | undefined): JsonObject {
  if (id === undefined) return listOf({ total: all.length, start: 1, resources: all })
  const found = all.find((one) => one['id'] === id)
  if (found === undefined) throw new ScimError('ERR_SCIM_ABSENT', 'there is nothing of this id')
  return found
}
