import { randomBytes } from 'node:crypto'

import { seededInt, seededRandom } from 'cordon/kit'
import { entityId, type EntityId } from 'cordon/model'

import { plantHost, poisonedVersions, type Host } from './hosts/trees.ts'
import { startIsolation, type Isolation } from './hosts/isolation.ts'
import { signInWithCode, type Tokens } from './issuer/browser.ts'
import { oidcProviderVersion, startIssuer, type Issuer, type IssuerClient } from './issuer/issuer.ts'
import { tokenRef } from './issuer/register.ts'
import { audiences, startPeopleApi, type PeopleApi } from './people/api.ts'

export type Part = { label: 'real' | 'twin'; what: string; version: string }

/** Everything of Brightwater Data that runs, but Cordon. */
export type Range = {
  seed: number
  parts: readonly Part[]
  issuer: Issuer
  people: PeopleApi
  isolation: Isolation
  client: IssuerClient
  secrets: { responder: string; adminSee: string; adminContain: string; deny: string }
  authority: string
  signIn(subject: string, table: keyof typeof audiences): Promise<Tokens>
  close(): Promise<void>
}

export const accessLifetimeS = 3600
export const interviewsLifetimeS = 900

const example = (): string => `EXAMPLE-${randomBytes(18).toString('base64url')}`

export async function startRange(seed: number): Promise<Range> {
  const client: IssuerClient = { id: 'brightwater-cli', secret: example(), redirectUri: 'http://127.0.0.1:9/done' }
  const peopleClient: IssuerClient = { id: 'people-api', secret: randomBytes(24).toString('hex') }
  const secrets = { responder: example(), adminSee: example(), adminContain: example(), deny: example() }
  const issuer = await startIssuer({
    clients: [client, peopleClient, { id: 'cordon', secret: secrets.responder }],
    audiences: [
      { indicator: audiences.contractors, scopes: 'people:read', format: 'opaque', lifetimeS: accessLifetimeS },
      { indicator: audiences.payouts, scopes: 'payouts:read', format: 'jwt', lifetimeS: accessLifetimeS },
      { indicator: audiences.interviews, scopes: 'interviews:read', format: 'jwt', lifetimeS: interviewsLifetimeS },
    ],
    resourceServers: [peopleClient.id],
    responder: 'cordon',
    adminTokens: { see: secrets.adminSee, contain: secrets.adminContain },
  })
  const people = await startPeopleApi({ issuer: issuer.url, client: peopleClient, denyToken: secrets.deny, seed })
  const isolation = await startIsolation()
  return {
    seed,
    parts: [
      { label: 'real', what: 'issuer: oidc-provider, opaque and JWT access tokens', version: oidcProviderVersion },
      { label: 'real', what: "Cordon's own keys, held by an AI gateway twin", version: 'this checkout' },
      { label: 'real', what: "Cordon's host reporter on directory trees", version: 'this checkout' },
      { label: 'twin', what: 'people API: contractors, payouts, interviews', version: `seed ${seed}` },
      { label: 'twin', what: 'endpoint tool that quarantines hosts', version: '1' },
    ],
    issuer,
    people,
    isolation,
    client,
    secrets,
    authority: new URL(issuer.url).host,
    signIn: (subject, table) =>
      signInWithCode(issuer.url, client, subject, audiences[table], `openid ${scopeOf[table]}`),
    async close() {
      await Promise.all([issuer.close(), people.close(), isolation.close()])
    },
  }
}

const scopeOf = { contractors: 'people:read', payouts: 'payouts:read', interviews: 'interviews:read' } as const

/** One credential that lies on a host, as the lab planted it: the ground truth that Cordon is not shown. */
export type Planted = {
  label: string
  host: string
  value: string
  /** What the vendor calls it, where there is a vendor. */
  entity: EntityId | null
  isExposed: boolean
}

export type Scene = { hosts: Host[]; planted: Planted[]; stolen: Stolen; bystander: Tokens }
export type Stolen = {
  access: string
  refresh: string
  payouts: string
  interviews: string
  key: string
  vendor: string
}

/** Hosts and what lies on them; host numbers, subjects and paths come from the seed. `key` is one of Cordon's own. */
export async function plantScene(
  range: Range,
  folder: string,
  key: { id: string; token: string },
  nowMs: number,
): Promise<Scene> {
  const random = seededRandom(range.seed)
  const number = (): number => 2 + seededInt(random, 97)
  const runner = `runner-${number()}`
  const laptop = `laptop-${number()}`
  const clean = `runner-${100 + number()}`
  const home = ['ci', 'build', 'deploy'][seededInt(random, 3)] ?? 'ci'
  const people = await range.signIn(`svc-${runner}`, 'contractors')
  const payouts = await range.signIn(`dev-${laptop}`, 'payouts')
  const interviews = await range.signIn(`dev-${laptop}`, 'interviews')
  const bystander = await range.signIn(`svc-${clean}`, 'contractors')
  const vendor = `labv_${randomBytes(30).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  const tokenFile = (tokens: Tokens): string =>
    `${JSON.stringify({ access_token: tokens.accessToken, refresh_token: tokens.refreshToken, token_type: 'Bearer' }, null, 2)}\n`
  const tokenPath = `home/${home}/.config/brightwater/credentials.json`
  const hosts = [
    plantHost(
      folder,
      {
        id: runner,
        what: 'CI runner',
        litellm: poisonedVersions[1] ?? '',
        installedAgoMs: 3 * 60_000,
        files: [
          { path: tokenPath, content: tokenFile(people) },
          { path: `home/${home}/work/.env`, content: `CORDON_API_KEY=${key.token}\nLAB_VENDOR_API_KEY=${vendor}\n` },
        ],
      },
      nowMs,
    ),
    plantHost(
      folder,
      {
        id: laptop,
        what: 'developer laptop',
        litellm: poisonedVersions[seededInt(random, 2)] ?? '',
        installedAgoMs: 2 * 60_000,
        files: [
          {
            path: 'home/dev/payouts/.env',
            content: `PAYOUTS_TOKEN=${payouts.accessToken}\nINTERVIEWS_TOKEN=${interviews.accessToken}\n`,
          },
        ],
      },
      nowMs,
    ),
    plantHost(
      folder,
      {
        id: clean,
        what: 'CI runner with an older, clean litellm',
        litellm: '1.82.6',
        installedAgoMs: 86_400_000,
        files: [{ path: tokenPath, content: tokenFile(bystander) }],
      },
      nowMs,
    ),
  ]
  const stolen: Stolen = {
    access: people.accessToken,
    refresh: people.refreshToken ?? '',
    payouts: payouts.accessToken,
    interviews: interviews.accessToken,
    key: key.token,
    vendor,
  }
  const token = (value: string): EntityId => entityId('credential', range.authority, `token/${refOf(value)}`)
  const on =
    (host: string) =>
    (label: string, value: string, entity: EntityId | null, isExposed = true): Planted => ({
      label,
      host,
      value,
      entity,
      isExposed,
    })
  return {
    hosts,
    stolen,
    bystander,
    planted: [
      on(runner)('people API access token', stolen.access, token(stolen.access)),
      on(runner)('people API refresh token', stolen.refresh, token(stolen.refresh)),
      on(runner)('AI gateway key (Cordon)', stolen.key, entityId('credential', 'cordon', key.id)),
      on(runner)('Lab Vendor API key', stolen.vendor, null),
      on(laptop)('payouts JWT', stolen.payouts, token(stolen.payouts)),
      on(laptop)('interviews JWT', stolen.interviews, token(stolen.interviews)),
      on(clean)('bystander token', bystander.accessToken, token(bystander.accessToken), false),
    ],
  }
}

/** The issuer's name for a token, worked out by its holder: hash of the `jti`, of the value itself when it is opaque. */
export function refOf(value: string): string {
  const payload = value.split('.')[1]
  const jti = payload === undefined ? value : /"jti":"([^"]+)"/.exec(Buffer.from(payload, 'base64url').toString())?.[1]
  return tokenRef(jti ?? value)
}
