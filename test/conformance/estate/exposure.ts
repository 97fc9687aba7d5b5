import { authorityOf, nativeOf, type EntityId } from '#model'
import { expose } from '#respond'

import type { Estate } from '../../../lab/estate/estate.ts'
import { openToAll, probe, type Found, type Opened } from '../../../lab/estate/prober/index.ts'
import { lootOf, targetsOf } from '../../../lab/estate/targets.ts'
import type { Credential } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'
import { credentialNames } from './names.ts'

/** One thing of which Cordon and the prober say something else. `upper`: Cordon names it as an upper bound. */
export type Difference = { credential: Credential; what: string; by: 'missed' | 'too-much'; upper: boolean }
/** `said`: what Cordon says a credential opens for sure; `named`: that, and what it cannot rule out. Each beside how much of it does open. */
export type Score = {
  tried: number
  opened: number
  said: number
  right: number
  named: number
  namedRight: number
  differences: Difference[]
}

/** What both can speak of: the prober's word for each resource of Cordon's that it has a way to try. */
export function wordFor(cordon: Cordon, resource: EntityId): string | undefined {
  const [authority, native] = [authorityOf(resource), nativeOf(resource)]
  const vendor = [...cordon.authorities].find(([, own]) => own === authority)?.[0]
  const name = String(cordon.facts.get(resource)?.['name'] ?? '')
  if (vendor === 'github' && /^repo\/\d+$/.test(native)) return `github repo/${name.split('/').at(-1) ?? ''}`
  if (vendor === 'aws') {
    const [, bucket] = /^arn:aws:s3:::([^/]+)$/.exec(native) ?? []
    const [, secret] = /:secret:(.+)-\w{6}$/.exec(native) ?? []
    if (bucket !== undefined) return `aws bucket/${bucket}`
    if (secret !== undefined) return `aws secret/${secret}`
    return native === 'account' ? 'aws account' : undefined
  }
  if (vendor === 'huggingface') return native.startsWith('repo/') ? `huggingface repo/${name}` : undefined
  if (vendor === 'openai' || vendor === 'anthropic')
    return /^(file\/|organization$)/.test(native) ? `${vendor} ${native}` : undefined
  if (vendor === 'entra') {
    const area = /^api\/00000003-0000-0000-c000-000000000000\/(User|Group|Application)$/.exec(native)?.[1]
    return area === undefined ? undefined : `entra ${area.toLowerCase()}s`
  }
  if (vendor === 'kubernetes') {
    const isKnown = /^(secrets\/[^*]+|secret\/.+|cluster)$/.test(native)
    return isKnown ? `kubernetes ${native}` : undefined
  }
  if (vendor === 'litellm') return /^(model\/|gateway$)/.test(native) ? `litellm ${native}` : undefined
  if (vendor === 'crowdstrike' || vendor === 'fleet')
    return /^(hosts|known-of-hosts)$/.test(native) ? `${vendor} hosts` : undefined
  if (vendor === 'okta') {
    if (native.startsWith('api/authorization-server/'))
      return `okta resource/${String(cordon.facts.get(resource)?.['audience'] ?? '').replace('api://', '')}`
    const [, api = ''] = /^api\/okta\.(users|groups|apps|logs|idps|networkZones|apiTokens)$/.exec(native) ?? []
    return api === '' ? undefined : `okta ${api}`
  }
  if (vendor === 'postgres') {
    const [, table] = /^warehouse\.(.+)$/.exec(name) ?? []
    return table === undefined || !/\/rel\/\d+$/.test(native) ? undefined : `postgres table/${table}`
  }
  if (vendor === 'google') {
    const [, area] = /^data\/\d+\/(mail|drive|calendar|contacts)$/.exec(native) ?? []
    return area === undefined ? undefined : `google ${area}`
  }
  if (vendor === 'slack')
    return native.startsWith('workspace/') ? 'slack workspace' : native === 'org' ? 'slack org' : undefined
  return undefined
}

const comparable =
  /^(github repo\/|huggingface repo\/|aws (bucket\/|secret\/|account)|okta (resource\/|(users|groups|apps|logs|idps|networkZones|apiTokens)$)|(openai|anthropic) (file\/|organization$)|litellm (model\/|gateway$)|(crowdstrike|fleet) hosts$|entra (users|groups|applications)$|kubernetes (secrets?\/|cluster$)|postgres table\/|google |slack (workspace|org)$)/
export const wordOf = ({ system, what }: Opened): string[] => {
  const word = `${system} ${what}`
  return comparable.test(word) ? [word] : []
}

/** What each credential opens, by its id: what is free for all left out. */
export type Truth = { free: ReadonlySet<string>; opens: ReadonlyMap<string, Found> }

/** `isTried` absent: each of them. */
export async function tryAll(
  estate: Estate,
  nowMs: number,
  isTried: (credential: Credential, at: number) => boolean = () => true,
): Promise<Truth> {
  const targets = targetsOf(estate, nowMs)
  const free = new Set((await openToAll(targets)).flatMap(wordOf))
  const isMore = (opened: Opened): boolean => opened.right !== 'read' || !wordOf(opened).some((word) => free.has(word))
  const found = new Map<string, Found>()
  for (const [at, credential] of estate.credentials.entries()) {
    if (!isTried(credential, at)) continue
    const { opens, makes } = await probe(targets, lootOf(credential))
    found.set(credential.id, { opens: opens.filter(isMore), makes })
  }
  return { free, opens: found }
}

/** Exposure by Cordon of every credential, against what each really opens when it is tried. */
export async function compare(
  { credentials }: Estate,
  cordon: Cordon,
  { free, opens }: Truth,
  nowMs: number,
): Promise<Score> {
  const score: Score = { tried: 0, opened: 0, said: 0, right: 0, named: 0, namedRight: 0, differences: [] }
  for (const credential of credentials) {
    const really = new Set(opens.get(credential.id)?.opens.flatMap(wordOf))
    const entity = credentialNames(cordon.authorities, credential).find((name) => cordon.facts.has(name))
    const { sure, upper } = entity === undefined ? { sure: none, upper: none } : await exposed(cordon, entity, nowMs)
    // Of what is free for all Cordon speaks, too: right or wrong it is only where the secret gives more.
    const said = [...sure].filter((what) => really.has(what) || !free.has(what))
    score.tried++
    score.opened += really.size
    score.said += said.length
    score.right += said.filter((what) => really.has(what)).length
    const named = [...new Set([...sure, ...upper])].filter((what) => really.has(what) || !free.has(what))
    score.named += named.length
    score.namedRight += named.filter((what) => really.has(what)).length
    for (const what of really)
      if (!sure.has(what)) score.differences.push({ credential, what, by: 'missed', upper: upper.has(what) })
    for (const what of said)
      if (!really.has(what)) score.differences.push({ credential, what, by: 'too-much', upper: false })
  }
  return score
}
const none: ReadonlySet<string> = new Set()

async function exposed(cordon: Cordon, credential: EntityId, nowMs: number) {
  const window = { fromMs: nowMs - 3_600_000, toMs: null }
  const { impact } = await expose(cordon.graph.view(), { kind: 'credential', credential }, window, nowMs)
  const words = (rows: readonly { resource: EntityId }[]): Set<string> =>
    new Set(rows.flatMap(({ resource }) => wordFor(cordon, resource) ?? []))
  return { sure: words(impact.couldReach), upper: words(impact.unknown) }
}
