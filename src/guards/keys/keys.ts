import { timingSafeEqual } from 'node:crypto'

import { fromHex, type Clock, type RandomBytes } from '#kit'
import { kindOf, type EntityId, type TenantId } from '#model'
import type { Home } from '#respond/contract'
import type { Reader, Writer } from '#store'

import { KeyError } from './error.ts'
import { isLive, readScopes, selectKey, type StoredKey } from './rows.ts'
import { issueSuccessor, liveSuccessors, placeKeys, placesOf, withdrawSuccessor, type KeyPlace } from './successors.ts'
import { hashOf, makeToken, parseToken } from './token.ts'
import { issue, kill, lend, raiseEpoch, revive, used } from './writer.ts'

/** The one time the token is seen: only its hash is kept. */
export type IssuedKey = { id: string; token: string }
export type KeyVerdict =
  | { verdict: 'live'; id: string; owner: EntityId; scopes: string[] }
  /** For our own records; callers outside learn "refused" and nothing else. */
  | { verdict: 'refused'; why: 'malformed' | 'unknown' | 'wrong-secret' | 'dead' | 'under-epoch' }
export type KeyRow = {
  id: string
  owner: EntityId
  scopes: string[]
  state: 'live' | 'dead'
  createdAtMs: number
  lastUsedAtMs: number | null
}

/** Use of a key is recorded this often at most: a busy key would otherwise cost a write per request. */
export const usedEveryMs = 60_000
export const keysPageMax = 1000
export const scopesMax = 32

const nobody = fromHex(hashOf('no such key'))

export interface Keys {
  /** Throws ERR_KEY_OWNER when the owner is no identity, ERR_KEY_SCOPE when there are too many or empty scopes. */
  issue(tenant: TenantId, owner: EntityId, scopes?: readonly string[], by?: EntityId | null): Promise<IssuedKey>
  /** Reads the store each time, no cache: a committed kill is refused by the very next call, in every process. */
  verify(tenant: TenantId, token: string, origin?: string | null): Promise<KeyVerdict>
  kill(tenant: TenantId, id: string): Promise<'killed' | 'was-dead' | 'unknown-key'>
  /** Throws ERR_KEY_UNKNOWN, and ERR_KEY_EPOCH for a key that a raised epoch keeps dead. */
  revive(tenant: TenantId, id: string): Promise<void>
  /** A dead key is alive until then. Throws as `revive`, and ERR_KEY_LIVE for one that is alive anyway. */
  lend(tenant: TenantId, id: string, untilMs: number): Promise<void>
  raiseEpoch(tenant: TenantId, owner: EntityId | '*', epochMs: number): Promise<string[]>
  state(tenant: TenantId, id: string): 'live' | 'dead' | 'unknown-key'
  list(tenant: TenantId, after?: string): KeyRow[]
  /** Where successors go from now on, and nowhere else; writes only what changed. */
  place(tenant: TenantId, lines: readonly KeyPlace[]): Promise<void>
  /** What actions of the `keys` connector may do. */
  home(tenant: TenantId): Home
}

export function createKeys(parts: { writer: Writer; reader: Reader; clock: Clock; random: RandomBytes }): Keys {
  const { writer, reader, clock, random } = parts
  const find = (tenant: TenantId, id: string): StoredKey | undefined =>
    reader.get<StoredKey>(`${selectKey} AND k.id = ?`, tenant, id)

  const keys: Keys = {
    async issue(tenant, owner, scopes = [], by = null) {
      if (kindOf(owner) !== 'identity') {
        throw new KeyError('ERR_KEY_OWNER', `\`${owner}\` is no identity`, { hint: 'name who answers for the key' })
      }
      if (scopes.length > scopesMax || scopes.some((scope) => !/^[\w.:/-]{1,64}$/.test(scope))) {
        throw new KeyError('ERR_KEY_SCOPE', `at most ${scopesMax} scopes of letters, digits and \`_.:/-\``)
      }
      const { id, token } = makeToken(random)
      await writer.submit(
        issue({ tenant, id, owner, by, scopes: [...scopes], hash: hashOf(token), atMs: clock.nowMs() }),
      )
      return { id, token }
    },
    async verify(tenant, token, origin = null) {
      const id = parseToken(token)
      if (id === undefined) return { verdict: 'refused', why: 'malformed' }
      const key = find(tenant, id)
      // Compared even when there is no such key: the time taken must not tell which ids exist.
      const isSame = timingSafeEqual(fromHex(hashOf(token)), key === undefined ? nobody : fromHex(key.hash))
      if (key === undefined) return { verdict: 'refused', why: 'unknown' }
      if (!isSame) return { verdict: 'refused', why: 'wrong-secret' }
      if (!isLive(key, clock.nowMs()))
        return { verdict: 'refused', why: key.created_ms < key.epoch_ms ? 'under-epoch' : 'dead' }
      const atMs = clock.nowMs()
      if (atMs - (key.last_used_ms ?? -Infinity) >= usedEveryMs) {
        await writer.submit(used({ tenant, id, atMs, origin }))
      }
      return { verdict: 'live', id, owner: key.owner, scopes: readScopes(key) }
    },
    async kill(tenant, id) {
      const [outcome] = await writer.submit(kill({ tenant, id, atMs: clock.nowMs() }))
      return outcome
    },
    async revive(tenant, id) {
      const [outcome] = await writer.submit(revive({ tenant, id, atMs: clock.nowMs() }))
      refuseUnrevived(id, outcome)
    },
    async lend(tenant, id, untilMs) {
      const [outcome] = await writer.submit(lend({ tenant, id, untilMs, atMs: clock.nowMs() }))
      if (outcome === 'was-live') {
        throw new KeyError('ERR_KEY_LIVE', `key \`${id}\` is alive anyway: there is nothing to lend`)
      }
      refuseUnrevived(id, outcome)
    },
    async raiseEpoch(tenant, owner, epochMs) {
      const [dead] = await writer.submit(raiseEpoch({ tenant, owner, epochMs, atMs: clock.nowMs() }))
      return dead
    },
    state(tenant, id) {
      const key = find(tenant, id)
      if (key === undefined) return 'unknown-key'
      return isLive(key, clock.nowMs()) ? 'live' : 'dead'
    },
    list: (tenant, after = '') =>
      reader
        .all<StoredKey>(`${selectKey} AND k.id > ? ORDER BY k.id LIMIT ?`, tenant, after, keysPageMax)
        .map((key) => ({
          id: key.id,
          owner: key.owner,
          scopes: readScopes(key),
          state: isLive(key, clock.nowMs()) ? 'live' : 'dead',
          createdAtMs: key.created_ms,
          lastUsedAtMs: key.last_used_ms,
        })),
    async place(tenant, lines) {
      const known = lines.filter(({ key }) => find(tenant, key) !== undefined)
      const before = new Map(placesOf(reader, tenant).map(({ key, place }) => [key, place]))
      if (known.length === before.size && known.every(({ key, place }) => before.get(key) === place)) return
      await writer.submit(placeKeys({ tenant, lines: known, atMs: clock.nowMs() }))
    },
    home: (tenant) => ({
      killKey: (id) => keys.kill(tenant, id),
      reviveKey: (id) => keys.revive(tenant, id),
      lendKey: (id, untilMs) => keys.lend(tenant, id, untilMs),
      keyState: async (id) => keys.state(tenant, id),
      async keySuccessor(place) {
        const found = liveSuccessors(reader, tenant, place, clock.nowMs())
        if (found === undefined) throw noPlace(place)
        const [first] = found
        return first === undefined ? null : { id: first.id, isUsed: first.last_used_ms !== null }
      },
      async issueSuccessor(place) {
        const { id, token } = makeToken(random)
        const call = issueSuccessor({ tenant, id, place, hash: hashOf(token), atMs: clock.nowMs() })
        const [outcome] = await writer.submit(call)
        if (outcome === 'no-key') throw noPlace(place)
        if (outcome === 'has-live') {
          throw new KeyError('ERR_KEY_SUCCESSOR', `\`${place}\` has a live successor already`, {
            hint: 'whoever issued it writes it, or withdraws it',
          })
        }
        return { id, token }
      },
      async withdrawSuccessor(place) {
        await writer.submit(withdrawSuccessor({ tenant, place, atMs: clock.nowMs() }))
      },
    }),
  }
  return keys
}

function refuseUnrevived(id: string, outcome: string): void {
  if (outcome === 'unknown-key') throw new KeyError('ERR_KEY_UNKNOWN', `there is no key \`${id}\``)
  if (outcome === 'under-epoch') {
    throw new KeyError('ERR_KEY_EPOCH', `key \`${id}\` was issued before the epoch of its owner`, {
      hint: 'issue a new key: an epoch never goes back',
    })
  }
}

const noPlace = (place: EntityId): KeyError =>
  new KeyError('ERR_KEY_PLACE', `no key's successor goes to \`${place}\``, {
    hint: 'name the key and the place in `successors` of a source of the connector `keys`',
  })
