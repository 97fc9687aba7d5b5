import type { Json } from '#kit'

const common = { version: 1, atMs: Date.UTC(2026, 2, 24, 12), native: 'id' } as const
const person = (type: string, user: Json, left: Json = []): Json => ({
  ...common,
  type,
  id: 'scm_a',
  externalId: null,
  user,
  left,
})
const group = (type: string): Json => ({
  ...common,
  type,
  id: 'scm_g',
  group: { displayName: 'Staff' },
  added: [{ id: 'scm_a', type: 'User', externalId: null }],
  removed: [],
  left: [],
})

/** One change of each kind, as `src/scim` tells it. */
export const provisioned: Json[] = [
  person('user.set', { userName: 'ada', active: true }),
  person('user.set', { userName: 'ada', active: false }),
  person('user.gone', {}, ['scm_g']),
  group('group.set'),
  group('group.gone'),
  { type: 'user.dreamt' },
]
