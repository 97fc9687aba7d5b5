import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

import { createHttp, silentDiagnose, systemClock, type Http, type Json } from '#kit'
import { entityId, type EntityId, type Normalized } from '#model'
import { validateOcsf } from '#model/ocsf'
import { authorityOfIssuer, oidcConfig, oidcConnector, oidcOrigins, type OidcConfig } from '#connectors/oidc'
import type { ActionContext, Member } from '#respond/contract'
import { pullStream } from '#sources'
import { isStreamOn } from '#sources/contract'

import { signInWithCode, type Tokens } from '../../../lab/src/issuer/browser.ts'
import { startIssuer } from '../../../lab/src/issuer/issuer.ts'
import { audiences, startPeopleApi } from '../../../lab/src/people/api.ts'
import { noHome } from '../../simulation/respond-hands.ts'

// The oracle is oidc-provider itself: introspection, refresh and the resource server answer whether a token lives.
export const client = { id: 'deploy-cli', secret: 'EXAMPLE-deploy', redirectUri: 'http://127.0.0.1:9/done' }
const peopleClient = { id: 'people-api', secret: 'EXAMPLE-people' }
export const secrets = { clientSecret: 'EXAMPLE-cordon', adminToken: 'EXAMPLE-contain', denyToken: 'EXAMPLE-deny' }
export const jwtLifetimeS = 600
export type Table = keyof typeof audiences

const hash = (value: string): Uint8Array => createHash('sha256').update(value).digest()
/** The intake's rewriting of hashes, as the scrub does it; the key is the test's own. */
const scrubbed = (raw: Json): Json =>
  JSON.parse(JSON.stringify(raw).replaceAll(/"sha256:([0-9a-f]{64})"/g, '"fp:k1.$1"'))
const fingerprint = (value: string): EntityId =>
  entityId('credential', 'fp', `k1.${Buffer.from(hash(value)).toString('hex')}`)

export type Company = Awaited<ReturnType<typeof foundCompany>>

/** An issuer with a people API behind it that takes its tokens; times are this machine's. */
export async function foundCompany() {
  const issuer = await startIssuer({
    clients: [client, peopleClient, { id: 'cordon', secret: secrets.clientSecret }],
    audiences: [
      { indicator: audiences.contractors, scopes: 'people:read', format: 'opaque', lifetimeS: 3600 },
      { indicator: audiences.payouts, scopes: 'payouts:read', format: 'jwt', lifetimeS: jwtLifetimeS },
      { indicator: audiences.interviews, scopes: 'interviews:read', format: 'jwt', lifetimeS: jwtLifetimeS },
    ],
    resourceServers: [peopleClient.id],
    responder: 'cordon',
    adminTokens: { see: 'EXAMPLE-see', contain: secrets.adminToken },
  })
  const people = await startPeopleApi({
    issuer: issuer.url,
    client: peopleClient,
    denyToken: secrets.denyToken,
    seed: 1,
  })
  const config = oidcConfig.parse({
    issuer: issuer.url,
    adminUrl: `${issuer.url}/admin`,
    resourceDenylist: {
      url: `${people.url}/denied`,
      audience: audiences.payouts,
      probeUrl: `${people.url}/payouts/self`,
    },
  })
  const authority = authorityOfIssuer(issuer.url)

  async function pull(stream: string, from: OidcConfig = config): Promise<{ normalized: Normalized[]; raw: string }> {
    const found = oidcConnector.streams.find(({ name }) => name === stream)
    assert.ok(found)
    const normalized: Normalized[] = []
    let text = ''
    const context = {
      config: from,
      see: { clientSecret: secrets.clientSecret, adminToken: 'EXAMPLE-see' },
      http: createHttp(oidcOrigins(from)),
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      diagnose: silentDiagnose,
    }
    const run = !isStreamOn(found, from) ? undefined : pullStream(found)
    for await (const page of run?.(context, null) ?? []) {
      for (const { raw, eventAtMs } of page.events) {
        text += JSON.stringify(raw)
        const arrivedAtMs = Date.now()
        const event = { stream, raw: scrubbed(raw), eventAtMs, arrivedAtMs, source: 'oidc', authority }
        normalized.push(oidcConnector.normalize(event))
      }
    }
    assert.deepEqual(normalized.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    return { normalized, raw: text }
  }

  return {
    issuer,
    people,
    config,
    authority,
    pull,
    signIn: (table: Table, scope: string): Promise<Tokens> =>
      signInWithCode(issuer.url, client, 'svc-ci', audiences[table], `openid ${scope}`),
    /** The member the estate would know of this token, with the newest attributes of its inventory. */
    async memberOf(value: string): Promise<Member> {
      const { normalized } = await pull('inventory')
      const edges = normalized.flatMap((part) => part.edges)
      const entity = edges.find(({ src, type }) => src === fingerprint(value) && type === 'SAME_AS')?.dst
      assert.ok(entity, 'the inventory names the token by its fingerprint')
      const attributes = normalized.flatMap((part) => part.facts).find((fact) => fact.entity === entity)?.attributes
      return { entity, role: 'readable', credentialKind: 'token', identity: null, attributes: attributes ?? {} }
    },
    /** The newest session that the issuer lists. */
    async session(): Promise<EntityId> {
      const { normalized } = await pull('inventory')
      const facts = normalized.flatMap((part) => part.facts)
      const found = facts.findLast(({ attributes }) => attributes['kind'] === 'session')
      assert.ok(found)
      return found.entity
    },
    statusAt: async (table: Table, token: string): Promise<number> =>
      (await fetch(`${people.url}/${table}?max=5`, { headers: { authorization: `Bearer ${token}` } })).status,
    context: (over: Partial<ActionContext<OidcConfig>> = {}): ActionContext<OidcConfig> => ({
      config,
      authority,
      contain: secrets,
      http: createHttp(oidcOrigins(config)),
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
      key: 'act_test',
      home: noHome,
      lent: () => undefined,
      isOwn: () => false,
      ...over,
    }),
    httpFor: (_use: 'contain', http: Http): Http => http,
    async close(): Promise<void> {
      await people.close()
      await issuer.close()
    },
  }
}
