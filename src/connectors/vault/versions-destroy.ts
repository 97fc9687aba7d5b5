import { authorityOf, isEntityId, nativeOf, type EntityId } from '#model'
import { dead, defineAction, previewStep, type ActsWith } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, destroyPath, readMetadata, type Metadata } from './client.ts'
import { pathOf, VaultError, type VaultConfig } from './config.ts'
import { openPlace, writtenAs } from './secret-place.ts'

const scopes = ['read metadata', 'destroy versions']

/** A secret of Vault's as an issuer's configuration names it; sources of other vendors have other names. */
const isSecret = (place: EntityId): boolean => place.startsWith('resource:') && nativeOf(place).startsWith('kv/')

/**
 * What the secret held before the successor: whoever may read old versions would find the dead credential, and beside it what
 * else stood there. In the phase `release`, so that it waits until the old one is proven dead; nobody takes it back.
 */
export const versionsDestroy = defineAction<VaultConfig>({
  verb: 'vault.versions.destroy',
  phase: 'release',
  title: 'Destroy what a secret held before its successor',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ attributes: { successorIn: place } }) {
    return typeof place === 'string' && isEntityId(place) && isSecret(place) ? place : undefined
  },
  preview: (target) =>
    previewStep(scopes, [
      `versions of \`${target}\` before the one that Cordon wrote can be read by nobody any more: neither the old credential nor what else stood there`,
      'done only once what leaked is proven dead; the version that consumers read stays, and those behind it',
      'no undo: Vault keeps nothing of a destroyed version',
    ]),
  async apply(context, target) {
    const { access, place, metadata } = await openSecret(context, target)
    const old = readable(metadata, successorIn(metadata, target))
    if (old.length === 0) return { says: 'no version before the successor could be read any more' }
    const answer = await call(access, destroyPath(place), { method: 'POST', body: { versions: old } })
    refuseUnlessOk(answer, `versions of \`${pathOf(place)}\``)
    return { says: `${old.length} versions destroyed, up to version ${old.at(-1)}` }
  },
  async readBack(context, target) {
    const { metadata } = await openSecret(context, target)
    return readable(metadata, successorIn(metadata, target)).length === 0 ? 'landed' : 'absent'
  },
  probe: {
    everyMs: 5_000,
    withinMs: 60_000,
    async run(context, target) {
      const { metadata } = await openSecret(context, target)
      const successor = successorIn(metadata, target)
      const left = readable(metadata, successor)
      return left.length === 0
        ? dead({ authority: authorityOf(target) }, `no version before ${successor} is left`)
        : { verdict: 'alive', says: `${left.length} versions before ${successor} can be read` }
    },
  },
})

async function openSecret(context: ActsWith<VaultConfig>, target: EntityId) {
  const { access, known } = await openPlace(context, target)
  if (context.isOwn(target) || (context.spared ?? []).includes(target)) {
    throw new VaultError('ERR_VAULT_TARGET', `\`${target}\` is Cordon's own, or break-glass`)
  }
  const metadata = await readMetadata(access, known)
  if (metadata !== undefined) return { access, place: known, metadata }
  throw new VaultError('ERR_VAULT_TARGET', `\`${pathOf(known)}\` is gone, with all its versions`)
}

/** INVARIANT: of a secret that Cordon wrote nothing to, nothing is destroyed; and never the version that it wrote, or a later one. */
function successorIn(metadata: Metadata, target: EntityId): number {
  const version = writtenAs(metadata)
  if (version !== undefined) return version
  throw new VaultError('ERR_VAULT_TARGET', `no successor of Cordon's was written at \`${target}\``, {
    hint: 'what it holds is of the old credential: hand over by hand, then destroy old versions by hand',
  })
}

/** Deleted ones, too: those can be undeleted. */
const readable = ({ versions }: Metadata, successor: number): number[] =>
  Object.entries(versions)
    .filter(([number, { destroyed }]) => Number(number) < successor && !destroyed)
    .map(([number]) => Number(number))
    .toSorted((a, b) => a - b)
