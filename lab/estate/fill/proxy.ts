import { isObject, parseJson } from 'cordon/kit'

import type { Part } from '../part.ts'
import { masterKeyOf, modelsOf } from '../gateway/models.ts'
import { ask, isOk } from '../prober/http.ts'
import { draftOf } from '../truth.ts'

/** LiteLLM's proxy on loopback, started with `proxyConfig` of this company. */
export type LitellmServer = { url: string }

/** Cordon's own two users, which it knows by its settings alone. */
const ownUsers = 2

/**
 * The company's gateway in the real proxy, without a database: it has models and a master key. Keys, teams and users are
 * rows of its database, and are not there.
 */
export const proxy =
  ({ url }: LitellmServer): Part =>
  async (company) => {
    const models = modelsOf(company).map(({ name }) => name)
    const masterKey = masterKeyOf(company)
    const listed = await ask(`${url}/model/info`, { headers: { authorization: `Bearer ${masterKey}` } })
    const read = isOk(listed) ? parseJson(listed.text) : null
    const rows = isObject(read) && Array.isArray(read['data']) ? read['data'] : []
    const names = rows.map((row) => (isObject(row) ? row['model_name'] : undefined))
    if (names.length !== models.length || !models.every((name) => names.includes(name)))
      throw new Error(`the proxy at ${url} is not the company's gateway: start it with the configuration of the estate`)
    const fill = draftOf('litellm')
    fill.counts = { users: ownUsers, teams: 0, keys: 0, deployments: models.length }
    fill.credentials.push({
      id: 'litellm/master-key',
      vendor: 'litellm',
      kind: 'key',
      native: 'master-key',
      value: masterKey,
      with: {},
      owner: 'the gateway',
      createdMs: company.yearMs,
      lastUsedMs: null,
      lies: [],
    })
    const source = { connector: 'litellm', config: { url, database: false }, see: { key: masterKey }, contain: {} }
    return { url, fill: { ...fill, source, names: { models } }, pasts: {}, close: () => Promise.resolve() }
  }
