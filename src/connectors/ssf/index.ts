import { defineConnector, type AuthByName, type CredentialUse, type Role } from '#sources/contract'

import { pollMethod, pushMethod, readMetadata, streamApi } from './api.ts'
import { isOursToKeep, realmOf, ssfConfig, type SsfConfig } from './config.ts'
import { wantedTypes } from './event-types.ts'
import { readKeys } from './keys.ts'
import { normalize } from './normalize.ts'
import { signals } from './stream.ts'

export { realmOf, ssfOrigins, type SsfConfig } from './config.ts'
export { forgetKeys } from './keys.ts'
export { forgetStandings } from './stream.ts'

const scopes = ['ssf.read', 'ssf.manage']

function auth({ tokenUrl, clientId }: SsfConfig): AuthByName {
  return tokenUrl === undefined || clientId === undefined
    ? { default: { kind: 'static', secret: 'token' } }
    : { default: { kind: 'client-credentials', tokenUrl, clientId, secret: 'clientSecret', scopes } }
}

function role(config: SsfConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain') return undefined
  return {
    scopes: [
      { name: 'ssf.read', why: 'read our stream and poll it' },
      { name: 'ssf.manage', why: 'make our stream, and ask for more event types; leave out when it is made by hand' },
    ],
    text: [
      'Make an OAuth client of the transmitter that may manage streams, or a bearer token of the same kind',
      `Audience: ${config.audience}`,
      ...(config.delivery === 'push' ? [`It pushes to ${config.receiveUrl ?? 'the address in `receiveUrl`'}`] : []),
    ],
    json: { audience: config.audience, scopes },
  }
}

/** Security events that another party tells us: Shared Signals Framework 1.0, CAEP 1.0, RISC 1.0. */
export const ssfConnector = defineConnector<SsfConfig>({
  id: 'ssf',
  version: 1,
  title: 'Shared Signals (SSF, CAEP, RISC)',
  config: ssfConfig,
  example: {
    issuer: 'https://idp.example.com',
    audience: 'https://cordon.example.com',
    delivery: 'poll',
    subject: '{sub}',
    untyped: false,
    byHand: false,
  },
  secrets: { see: ['token', 'clientSecret', 'ingestToken'], contain: [] },
  auth,
  limits: { budgets: [{ name: 'api', perMinute: 120, sharedBy: 'source' }] },
  streams: [signals],
  coverage: ({ issuer, delivery }) => ({
    sees: ['sessions', 'identities'],
    logged: [],
    blind: [
      'only what the sender chose to tell, about whom it chose: silence means nothing',
      'no inventory: which sessions, tokens and rights there are is another source’s to say',
      `whoever holds the signing key of ${new URL(issuer).host} speaks in its name`,
      ...(delivery === 'push'
        ? ['what was sent while this Cordon could not be reached, once the sender gives up']
        : []),
    ],
  }),
  role,
  survives: [{ what: 'sessions and tokens a signal names, at whoever does not act on it', until: 'they expire' }],
  async check(context) {
    const { config, see } = context
    const meta = await readMetadata(context)
    const keys = await readKeys(context, meta.jwks_uri)
    const says = [`transmitter ${config.issuer}, by ${config.delivery}, ${keys.length} key(s)`]
    const missing: string[] = keys.length === 0 ? ['the transmitter publishes no key: no signature can be checked'] : []
    const method = config.delivery === 'poll' ? pollMethod : pushMethod
    const methods = meta.delivery_methods_supported ?? [method]
    if (!methods.includes(method)) missing.push(`the transmitter does not deliver by ${config.delivery}`)
    if (
      config.delivery === 'push' &&
      !config.byHand &&
      (config.receiveUrl === undefined || see['ingestToken'] === undefined)
    )
      missing.push(
        '`receiveUrl` and the secret `ingestToken` (of `cordon source token`): the stream cannot be made yet',
      )
    if (meta.configuration_endpoint !== undefined && isOursToKeep(config)) {
      const streams = await streamApi(context, meta).list()
      const offered = streams[0]?.events_supported
      says.push(`${streams.length} stream(s) there`)
      if (offered !== undefined) {
        const unknown = wantedTypes.filter((type) => !offered.includes(type)).length
        says.push(`${wantedTypes.length - unknown} of ${wantedTypes.length} known event types are offered`)
      }
    }
    return { authority: realmOf(config), missing, excess: [], says }
  },
  normalize,
})
