import { z } from 'zod'

import { exchangeSchema, type RouteSpec } from './route-spec.ts'

/** A group with all its members in one body. */
const bodyBytesMax = 4 * 1024 * 1024

const exchange = {
  resource: 'Source',
  response: exchangeSchema,
  raw: 'exchange',
  dialect: 'scim',
  bytesMax: bodyBytesMax,
} as const
const shown = { attributes: z.string().max(4096).optional(), excludedAttributes: z.string().max(4096).optional() }
const found = z.object({
  filter: z.string().max(4096).optional(),
  startIndex: z.string().max(12).optional(),
  count: z.string().max(12).optional(),
  ...shown,
})
const all = '/scim/v2/{type}'
const one = '/scim/v2/{type}/{id}'
const read = { method: 'GET', action: 'scim.read', ...exchange } as const
const write = { action: 'scim.write', query: z.object(shown), ...exchange } as const

/** RFC 7644, for the token of one source of the connector `scim`. `type` is Users or Groups. Fixed paths stand first. */
export const scimRoutes = {
  'scim.config': { ...read, path: '/scim/v2/ServiceProviderConfig', summary: 'what this SCIM server can do' },
  'scim.schemas': { ...read, path: '/scim/v2/Schemas', summary: 'attributes of users and groups' },
  'scim.schema': { ...read, path: '/scim/v2/Schemas/{id}', summary: 'attributes of one schema' },
  'scim.types': { ...read, path: '/scim/v2/ResourceTypes', summary: 'users and groups' },
  'scim.resource-type': { ...read, path: '/scim/v2/ResourceTypes/{id}', summary: 'users or groups' },
  'scim.search-all': {
    method: 'POST',
    action: 'scim.read',
    ...exchange,
    path: '/scim/v2/.search',
    summary: 'users and groups, by a request in the body',
  },
  'scim.search': {
    method: 'POST',
    action: 'scim.read',
    ...exchange,
    path: '/scim/v2/{type}/.search',
    summary: 'users or groups, by a request in the body',
  },
  'scim.list': { ...read, path: all, summary: 'users or groups, by filter and page', query: found },
  'scim.read': { ...read, path: one, summary: 'a user or group', query: z.object(shown) },
  'scim.create': { ...write, method: 'POST', path: all, summary: 'provision a user or group', status: 201 },
  'scim.replace': { ...write, method: 'PUT', path: one, summary: 'replace a user or group' },
  'scim.patch': { ...write, method: 'PATCH', path: one, summary: 'change a user or group' },
  'scim.remove': { ...write, method: 'DELETE', path: one, summary: 'a user or group is gone', status: 204 },
} as const satisfies Record<string, RouteSpec>
