import type { EntityId } from '#model'
import type { ActsWith, Held, Holder } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { writeScopes } from './auth.ts'
import {
  call,
  dataPath,
  isOutrun,
  liveVersion,
  metadataPath,
  readCluster,
  readMetadata,
  type Access,
  type Metadata,
} from './client.ts'
import { pathOf, VaultError, type VaultConfig } from './config.ts'
import { authorityOf, nameSecret } from './names.ts'

/** Custom metadata beside the secret: which action wrote which version. */
const tokenKey = 'cordon_successor'
const versionKey = 'cordon_successor_version'

/**
 * A secret of a KV engine, version 2, that is there already; Cordon makes none. The server merges the keys into the version
 * before: what else stands in it stays, and no value comes back. Written by check-and-set, so that nobody's version is lost.
 */
export const secretHolder: Holder<VaultConfig> = {
  scopes: writeScopes,
  // Vault keeps versions, but only a reader of values can write an old one anew.
  keepsBefore: false,
  places: ({ places }, authority) =>
    places.map((place) => ({
      place: nameSecret(authority, place),
      takes: Object.values(place.values),
      rereadSeconds: place.rereadSeconds,
      says: [
        'who may read there Vault does not tell Cordon: whoever holds a token of its consumers reads the successor, too',
        'versions before stay readable until the old credential is proven dead; then a step of its own destroys them',
        `the secret gets custom metadata \`${tokenKey}\` and \`${versionKey}\`, which hold no value`,
      ],
    })),
  async open(context, place, token) {
    const { clock } = context
    const { access, known } = await openPlace(context, place)
    const found = async (): Promise<Metadata> => {
      const metadata = await readMetadata(access, known)
      if (metadata !== undefined && liveVersion(metadata, clock.nowMs()) !== undefined) return metadata
      throw new VaultError('ERR_VAULT_TARGET', `\`${pathOf(known)}\` has no version that can be read`, {
        hint: 'make the secret that its consumers read',
      })
    }
    return {
      look: async () => heldIn(await found(), token, clock.nowMs()),
      async write({ values }) {
        const { current_version: before } = await found()
        const data = Object.fromEntries(Object.entries(known.values).map(([key, name]) => [key, values[name] ?? '']))
        const body = { options: { cas: before }, data }
        const written = await call(access, dataPath(known), { method: 'PATCH', body })
        if (isOutrun(written)) {
          throw new VaultError('ERR_VAULT_TARGET', `\`${pathOf(known)}\` got another version meanwhile`, {
            hint: 'look who writes there, and try again',
          })
        }
        refuseUnlessOk(written, 'the secret')
        const note = { [tokenKey]: token, [versionKey]: String(before + 1) }
        try {
          const noted = await call(access, metadataPath(known), { method: 'PATCH', body: { custom_metadata: note } })
          refuseUnlessOk(noted, 'the metadata of the secret')
        } catch (error) {
          // Worth another try whatever was said: what was issued stands there, and is not to be withdrawn under it.
          throw new VaultError('ERR_VAULT_BUSY', 'the secret is written, and not which action wrote it', {
            hint: 'the next try writes it anew, with a fresh credential',
            retryable: true,
            cause: error,
          })
        }
      },
    }
  },
}

/** A place of the configuration, at the cluster that it is of. */
export async function openPlace({ config, http, signal, authority }: ActsWith<VaultConfig>, place: EntityId) {
  const known = config.places.find((one) => nameSecret(authority, one) === place)
  if (known === undefined) throw new VaultError('ERR_VAULT_TARGET', `\`${place}\` is none of \`places\``)
  const access: Access = { config, http, signal }
  const { cluster_id: cluster } = await readCluster(access)
  if (authorityOf(cluster, config) !== authority) {
    throw new VaultError('ERR_VAULT_TARGET', `another cluster answers at \`${config.apiUrl}\``, {
      hint: '`cordon source check` says which one the source is of',
    })
  }
  return { access, known }
}

/** The version that Cordon wrote last, by what it noted beside it; undefined: none, or the note was changed. */
export function writtenAs({ custom_metadata: note, current_version: current }: Metadata): number | undefined {
  const version = Number(note?.[tokenKey] === undefined ? undefined : note[versionKey])
  return Number.isSafeInteger(version) && version >= 1 && version <= current ? version : undefined
}

function heldIn(metadata: Metadata, token: string, nowMs: number): Held {
  const { custom_metadata: note, current_version: current } = metadata
  if (note?.[tokenKey] !== token) return { state: 'absent' }
  const live = liveVersion(metadata, nowMs)
  if (note[versionKey] !== String(current) || live === undefined) return { state: 'replaced' }
  const changedMs = Date.parse(live.created_time)
  return { state: 'current', ...(Number.isNaN(changedMs) ? {} : { changedMs }) }
}
