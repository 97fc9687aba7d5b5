import { authorityOf, isEntityId, nativeOf, type EntityId } from '#model'
import { handOver, type Issuer } from '#respond/contract'

import { keyIdShape, placeOf, type KeysConfig } from './config.ts'
import { cordonAuthority } from './normalize.ts'

/** `credential:cordon:<keyId>`; Cordon makes no other credentials under its own name. */
export const isKey = (entity: EntityId): boolean =>
  entity.startsWith('credential:') && authorityOf(entity) === cordonAuthority && keyIdShape.test(nativeOf(entity))

/**
 * A new key beside the old one: a kill names one key, so that the successor needs no other principal to outlive it. Whose it
 * is and what it opens core reads from the old key, and it issues only for places that the configuration names.
 */
const keyIssuer: Issuer<KeysConfig> = {
  verb: 'keys.key.hand-over',
  title: "Hand over a successor of one of Cordon's own keys",
  scopes: [],
  gives: ['id', 'token'],
  authorityFor: ({ entity }) => (isKey(entity) ? cordonAuthority : undefined),
  placeFor({ entity, attributes: { successorIn: place } }) {
    return isKey(entity) && typeof place === 'string' && isEntityId(place) ? place : undefined
  },
  leadsTo: ({ successors }) => successors.map(({ key, place }) => ({ of: key, place: placeOf(place), stated: place })),
  says: () => "a key of Cordon's for the same owner with the same scopes",
  open: async ({ home }, place) => ({
    look: async () => (await home.keySuccessor(place)) ?? undefined,
    async issue() {
      const { id, token } = await home.issueSuccessor(place)
      return { id, values: { id, token } }
    },
    withdraw: () => home.withdrawSuccessor(place),
  }),
}
export const keyHandOver = handOver(keyIssuer)
