import type { Adapter, Stored } from 'oidc-provider'

/** Everything the issuer stores, by model and id; kept in memory, listable, so that the admin extension can show it. */
export type IssuerStore = {
  adapter(model: string): Adapter
  list(model: string): { id: string; payload: Stored }[]
  get(model: string, id: string): Stored | undefined
  put(model: string, id: string, payload: Stored): void
}

type Entry = { payload: Stored; expiresAtMs: number }

/** Models that die with their grant. */
const familyModels = ['AccessToken', 'RefreshToken', 'AuthorizationCode'] as const

/** `onGone` runs once for each stored value that was removed before its time. */
export function createIssuerStore(
  nowMs: () => number,
  onGone: (model: string, id: string, payload: Stored) => void,
): IssuerStore {
  const models = new Map<string, Map<string, Entry>>()
  const entriesOf = (model: string): Map<string, Entry> => {
    let entries = models.get(model)
    if (entries === undefined) models.set(model, (entries = new Map()))
    return entries
  }
  const get = (model: string, id: string): Stored | undefined => {
    const entry = entriesOf(model).get(id)
    if (entry === undefined || entry.expiresAtMs > nowMs()) return entry?.payload
    entriesOf(model).delete(id)
    return undefined
  }
  const remove = (model: string, id: string): void => {
    const payload = get(model, id)
    if (payload === undefined) return
    entriesOf(model).delete(id)
    onGone(model, id, payload)
  }
  const list = (model: string): { id: string; payload: Stored }[] =>
    [...entriesOf(model).keys()].flatMap((id) => {
      const payload = get(model, id)
      return payload === undefined ? [] : [{ id, payload }]
    })
  const firstWhere = (model: string, key: string, value: string): Stored | undefined =>
    list(model).find(({ payload }) => payload[key] === value)?.payload
  return {
    list,
    get,
    put: (model, id, payload) => entriesOf(model).set(id, { payload, expiresAtMs: Infinity }),
    adapter: (model) => ({
      async upsert(id, payload, expiresIn) {
        entriesOf(model).set(id, {
          payload,
          expiresAtMs: expiresIn === undefined ? Infinity : nowMs() + expiresIn * 1000,
        })
      },
      find: async (id) => get(model, id),
      findByUid: async (uid) => firstWhere(model, 'uid', uid),
      findByUserCode: async (userCode) => firstWhere(model, 'userCode', userCode),
      async consume(id) {
        const payload = get(model, id)
        if (payload !== undefined) payload['consumed'] = Math.floor(nowMs() / 1000)
      },
      destroy: async (id) => remove(model, id),
      async revokeByGrantId(grantId) {
        for (const family of familyModels) {
          for (const { id, payload } of list(family)) if (payload['grantId'] === grantId) remove(family, id)
        }
      },
    }),
  }
}
