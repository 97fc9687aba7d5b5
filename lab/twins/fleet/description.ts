import type { Json } from 'cordon/kit'

import { readDescription } from '../kit/description.ts'

// Fleet publishes no OpenAPI description. This is written after the pages of its REST API and the types of its server
// (github.com/fleetdm/fleet): methods, paths, parameters, least role, and the fields of answers.

const text = { type: 'string' }
const maybe = { type: 'string', nullable: true }
const number = { type: 'integer' }
const flag = { type: 'boolean' }
const time = { type: 'string', format: 'date-time' }
const list = (items: Json): Json => ({ type: 'array', items })
const ref = (name: string): Json => ({ $ref: `#/schemas/${name}` })
const object = (properties: { [name: string]: Json }, required: string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
})
const query = (names: string): Json[] =>
  names
    .split(/\s+/)
    .filter((name) => name !== '')
    .map((name) => ({
      name,
      in: 'query',
      required: false,
      schema: /^(page|per_page)$/.test(name) ? number : /^(populate|exclude|device_mapping)/.test(name) ? flag : text,
    }))
const id: Json = { name: 'id', in: 'path', required: true, schema: number }
const paging = 'page per_page order_key order_direction'

const operation = (
  method: string,
  path: string,
  role: string,
  parameters: Json[],
  responses: { [status: number]: Json },
): Json => ({
  method,
  path: `/api/v1/fleet${path}`,
  parameters,
  body: null,
  isBodyRequired: false,
  responses: { ...responses, 401: ref('Failure'), 403: ref('Failure'), 404: ref('Failure'), 422: ref('Failure') },
  scopes: [role],
  isOpen: false,
})

const operations: { [id: string]: Json } = {
  me: operation('GET', '/me', 'any', [], { 200: object({ user: ref('User') }) }),
  listHosts: operation(
    'GET',
    '/hosts',
    'observer',
    query(`${paging} after populate_software device_mapping query status team_id`),
    {
      200: object({ hosts: list(ref('Host')) }),
    },
  ),
  getHost: operation('GET', '/hosts/{id}', 'observer', [id, ...query('exclude_software')], {
    200: object({ host: ref('Host') }),
  }),
  lockHost: operation('POST', '/hosts/{id}/lock', 'maintainer', [id, ...query('view_pin')], {
    204: null,
    402: ref('Failure'),
  }),
  unlockHost: operation('POST', '/hosts/{id}/unlock', 'maintainer', [id], { 204: null, 402: ref('Failure') }),
  listUsers: operation('GET', '/users', 'admin', query(`${paging} query team_id`), {
    200: object({ users: list(ref('User')) }),
  }),
  getUser: operation('GET', '/users/{id}', 'admin', [id], { 200: object({ user: ref('User') }) }),
  listUserSessions: operation('GET', '/users/{id}/sessions', 'admin', [id], {
    200: object({ sessions: list(ref('Session')) }),
  }),
  deleteUserSessions: operation('DELETE', '/users/{id}/sessions', 'admin', [id], { 200: object({}) }),
  deleteSession: operation('DELETE', '/sessions/{id}', 'admin', [id], { 200: object({}) }),
  listActivities: operation('GET', '/activities', 'observer', query(paging), {
    200: object({
      activities: list(ref('Activity')),
      meta: object({ has_next_results: flag, has_previous_results: flag }),
    }),
  }),
}

const schemas: { [name: string]: Json } = {
  Failure: object({ message: text, errors: list(object({ name: text, reason: text })), uuid: text }, [
    'message',
    'errors',
  ]),
  User: object(
    {
      id: number,
      created_at: time,
      updated_at: time,
      name: text,
      email: text,
      force_password_reset: flag,
      gravatar_url: text,
      sso_enabled: flag,
      mfa_enabled: flag,
      global_role: maybe,
      api_only: flag,
      teams: list(object({ id: number, name: text, role: text })),
    },
    ['id', 'name', 'email', 'global_role', 'api_only', 'teams'],
  ),
  Session: object({ session_id: number, user_id: number, created_at: time }),
  Host: object(
    {
      id: number,
      created_at: time,
      updated_at: time,
      software_updated_at: time,
      last_enrolled_at: time,
      seen_time: time,
      hostname: text,
      display_name: text,
      uuid: text,
      platform: text,
      os_version: text,
      osquery_version: text,
      hardware_vendor: text,
      hardware_model: text,
      hardware_serial: text,
      primary_ip: text,
      public_ip: text,
      status: { type: 'string', enum: ['online', 'offline', 'new', 'mia', 'missing'] },
      team_id: { type: 'integer', nullable: true },
      team_name: maybe,
      software: list(ref('Software')),
      device_mapping: { type: 'array', items: object({ email: text, source: text }), nullable: true },
      mdm: object(
        { enrollment_status: maybe, server_url: maybe, name: text, device_status: text, pending_action: text },
        ['enrollment_status'],
      ),
    },
    ['id', 'hostname', 'uuid', 'platform', 'hardware_serial', 'hardware_vendor', 'status', 'team_id', 'mdm'],
  ),
  Software: object(
    {
      id: number,
      name: text,
      version: text,
      source: text,
      generated_cpe: text,
      vulnerabilities: { type: 'array', items: {}, nullable: true },
      installed_paths: list(text),
      last_opened_at: text,
    },
    ['id', 'name', 'version', 'source'],
  ),
  Activity: object(
    {
      id: number,
      created_at: time,
      type: text,
      actor_full_name: text,
      actor_id: number,
      actor_gravatar: text,
      actor_email: text,
      fleet_initiated: flag,
      details: { type: 'object', nullable: true },
    },
    ['id', 'created_at', 'type'],
  ),
}

export const description = readDescription(JSON.stringify({ operations, schemas }))
