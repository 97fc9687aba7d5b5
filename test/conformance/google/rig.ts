import { generateKeyPairSync } from 'node:crypto'

import { createHttp, isObject, silentDiagnose, type Clock, type Http, type Json } from '#kit'
import { entityId, type EntityId, type EntityKind, type Normalized } from '#model'
import { googleActions, googleConfig, googleConnector, googleOrigins, type GoogleConfig } from '#connectors/google'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, openSignedHttp, pullJobs, pullPatience } from '#sources'
import type { CredentialUse } from '#sources/contract'

import { startGoogleTwin, type GoogleTwin, type TwinUser } from '../../../lab/twins/google/index.ts'
import { noHome } from '../../simulation/respond-hands.ts'

export const startMs = Date.UTC(2026, 2, 24, 12)
export const hourMs = 3_600_000

/** Time passes when somebody waits, and when a test says so. */
export class SteppingClock implements Clock {
  #nowMs = startMs
  nowMs(): number {
    return this.#nowMs
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  pass(ms: number): void {
    this.#nowMs += ms
  }
  async sleep(ms: number): Promise<void> {
    this.#nowMs += Math.max(0, ms)
    await Promise.resolve()
  }
}

export type Rig = Awaited<ReturnType<typeof makeRig<SteppingClock>>>

/** A customer with two administrators that Cordon borrows, and the connector as the runtime runs it. */
export async function makeRig<Time extends Clock>(clock: Time, lags?: Record<string, number>) {
  const twin: GoogleTwin = await startGoogleTwin({ clock, ...(lags === undefined ? {} : { lags }) })
  const { people, url, world } = twin
  const looker = people.hire('Cordon Look', { isAdmin: true })
  const actor = people.hire('Cordon Act', { isAdmin: true })
  const accounts = { see: account('see', '700000001'), contain: account('contain', '700000002') }
  const config: GoogleConfig = googleConfig.parse({
    see: { serviceAccount: accounts.see.serviceAccount, clientId: accounts.see.client, subject: looker.primaryEmail },
    contain: {
      serviceAccount: accounts.contain.serviceAccount,
      clientId: accounts.contain.client,
      subject: actor.primaryEmail,
    },
    links: true,
    mail: true,
    apiUrl: url,
    driveUrl: url,
    tokenUrl: `${url}/token`,
  })
  for (const use of ['see', 'contain'] as const) {
    const scopes = googleConnector.role?.(config, use)?.scopes.map(({ name }) => name) ?? []
    people.delegate(accounts[use], scopes)
  }
  const authority = world.customer.id

  const httpFor = (use: CredentialUse, http: Http = createHttp(googleOrigins(config))): Http =>
    openSignedHttp({
      http,
      clock,
      limits: googleConnector.limits ?? {},
      budgets: createBudgets(clock),
      realms: { source: 'google', authority },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      unit: () => 0.5,
      auth: googleConnector.auth?.(config, use),
      origins: googleOrigins(config),
      secrets: () => ({ key: accounts[use].keyFile }),
    })
  const hands = httpFor('contain')
  const jobs = pullJobs(googleConnector, {
    tenant: 't_default',
    source: 'google',
    revision: 1,
    config,
    http: httpFor('see'),
    clock,
    diagnose: silentDiagnose,
    see: () => ({ key: accounts.see.keyFile }),
  })
  const cursors = new Map<string, string>()

  /** One run of a stream from where it stood; its raw records. */
  async function pull(stream: string): Promise<{ native: string; eventAtMs: number | null; raw: Json }[]> {
    const job = jobs.find((one) => one.stream === stream)
    if (job === undefined) throw new Error(`no stream ${stream}`)
    const found = []
    for await (const page of job.pull(cursors.get(stream) ?? null, AbortSignal.timeout(20_000))) {
      found.push(...page.events)
      if (page.cursor !== null) cursors.set(stream, page.cursor)
    }
    return found
  }

  return {
    twin,
    world,
    people,
    clock,
    config,
    authority,
    accounts,
    looker,
    actor,
    jobs,
    pull,
    hands,
    httpFor,
    id: (kind: EntityKind, native: string): EntityId => entityId(kind, authority, native),
    async normalized(stream: string): Promise<Normalized[]> {
      return (await pull(stream)).map(({ raw, eventAtMs }) =>
        googleConnector.normalize({ stream, raw, eventAtMs, arrivedAtMs: clock.nowMs(), source: 'google', authority }),
      )
    },
    context: (over: Partial<ActionContext<GoogleConfig>> = {}): ActionContext<GoogleConfig> => ({
      config,
      authority,
      contain: { key: accounts.contain.keyFile },
      http: hands,
      clock,
      signal: AbortSignal.timeout(20_000),
      key: 'act_example',
      home: noHome,
      lent: () => undefined,
      isOwn: () => false,
      ...over,
    }),
    action(verb: string): ContainAction<GoogleConfig> {
      const found = googleActions.find((one) => one.verb === verb)
      if (found === undefined) throw new Error(`no verb ${verb}`)
      return found
    },
    thief: makeThief(url),
  }
}

/** Keys take long to make, and tell nothing apart from one rig to the next. */
const accounts = new Map<string, ReturnType<typeof makeAccount>>()
function account(name: string, client: string): ReturnType<typeof makeAccount> {
  const known = accounts.get(name) ?? makeAccount(name, client)
  accounts.set(name, known)
  return known
}

function makeAccount(name: string, client: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const serviceAccount = `cordon-${name}@example.iam.gserviceaccount.com`
  return {
    client,
    serviceAccount,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyFile: JSON.stringify({
      type: 'service_account',
      private_key_id: `key-${name}`,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: serviceAccount,
      client_id: client,
    }),
  }
}

/** Tries what was stolen, over the wire; shares no code with the connector. */
function makeThief(url: string) {
  const works = async (request: Promise<Response>): Promise<boolean> => (await request).status === 200
  return {
    gmail: (access: string) =>
      works(fetch(`${url}/gmail/v1/users/me/messages`, { headers: { authorization: `Bearer ${access}` } })),
    async refresh(app: { client: string; secret: string }, refresh: string): Promise<string | undefined> {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: app.client,
        client_secret: app.secret,
        refresh_token: refresh,
      })
      const response = await fetch(`${url}/token`, { method: 'POST', body })
      const answer: unknown = await response.json()
      const value = isObject(answer) ? answer['access_token'] : undefined
      return typeof value === 'string' ? value : undefined
    },
    imap: (user: TwinUser, password: string) =>
      works(fetch(`${url}/twin/imap`, { method: 'POST', body: `${user.primaryEmail}\n${password}` })),
    link: (file: string) => works(fetch(`${url}/twin/link/${file}`, { redirect: 'manual' })),
    webMail: (cookie: string) => works(fetch(`${url}/twin/mail`, { headers: { cookie }, redirect: 'manual' })),
  }
}
