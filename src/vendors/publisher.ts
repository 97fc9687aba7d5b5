import { authorityOf, entityId, nativeOf, type EntityId } from '#model'
import { textOf, type Attributes } from '#posture'

import type { Publisher } from './types.ts'

/** The company itself: apps that its own directory says are its own. */
export const houseVendor = entityId('vendor', 'house', 'own')
export const vendorOfDomain = (domain: string): EntityId => entityId('vendor', 'domain', domain)
export const vendorOfAccount = (host: string, account: string): EntityId =>
  entityId('vendor', host, `account/${account.toLowerCase()}`)

/** `123-abc.apps.googleusercontent.com`: clients of one number are of one Google Cloud project. */
const googleClient = /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/
/** What Okta calls every app that is in no catalogue: built here, or set up by hand. */
const customOkta = /^(oidc_client|template_|bookmark|.*_\d+$)/

/**
 * Whose an app is, by what its directory states of the publisher: a tenant, a project, a catalogue entry. INVARIANT: never
 * by its name, which anybody may choose; an app of which nothing is stated is a vendor of its own, whom nobody names.
 */
export function publisherOf(app: EntityId, facts: Attributes): Publisher {
  const name = textOf(facts, 'name') ?? null
  if (facts['external'] === false) return { vendor: houseVendor, name: null, told: 'publisher' }
  const tenant = textOf(facts, 'vendorTenant')
  if (tenant !== undefined)
    return {
      vendor: entityId('vendor', 'entra-tenant', tenant),
      name: textOf(facts, 'publisher') ?? null,
      told: 'publisher',
    }
  const project = googleClient.exec(textOf(facts, 'clientId') ?? nativeOf(app))?.[1]
  if (project !== undefined) return { vendor: entityId('vendor', 'google-project', project), name, told: 'publisher' }
  const catalogue = textOf(facts, 'catalogName')
  if (catalogue !== undefined && !customOkta.test(catalogue))
    return { vendor: entityId('vendor', 'okta-catalogue', catalogue), name, told: 'catalogue' }
  return { vendor: entityId('vendor', 'app', `${authorityOf(app)} ${nativeOf(app)}`), name, told: 'nobody' }
}
