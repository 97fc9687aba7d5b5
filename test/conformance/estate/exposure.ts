import { authorityOf, nativeOf, type EntityId } from '#model'
import { expose } from '#respond'

import { drawOf } from '../../../lab/estate/draw.ts'
import type { Estate } from '../../../lab/estate/estate.ts'
import { probe, type Opened } from '../../../lab/estate/prober/index.ts'
import { lootOf, targetsOf } from '../../../lab/estate/targets.ts'
import type { Credential } from '../../../lab/estate/truth.ts'
import type { Cordon } from './cordon.ts'
import { credentialNames } from './names.ts'

/** One thing of which Cordon and the prober say something else. `upper`: Cordon names it as an upper bound. */
export type Difference = { credential: Credential; what: string; by: 'missed' | 'too-much'; upper: boolean }
export type Score = { tried: number; opened: number; said: number; right: number; differences: Difference[] }

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
  if (vendor === 'okta') {
    const [, api = ''] = /^api\/okta\.(users|groups|apps|logs|idps|networkZones|apiTokens)$/.exec(native) ?? []
    return api === '' ? undefined : `okta ${api}`
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
  /^(github repo\/|aws (bucket\/|secret\/|account)|okta (users|groups|apps|logs|idps|networkZones|apiTokens)$|google |slack (workspace|org)$)/
const wordOf = ({ system, what }: Opened): string[] => {
  const word = `${system} ${what}`
  return comparable.test(word) ? [word] : []
}

/** Exposure by Cordon of so many random credentials, against what each really opens when it is tried. */
export async function compare(estate: Estate, cordon: Cordon, nowMs: number, count: number): Promise<Score> {
  const targets = targetsOf(estate, nowMs)
  const known = estate.credentials.filter(({ kind }) => kind !== 'bot-token' && kind !== 'user-token')
  const score: Score = { tried: 0, opened: 0, said: 0, right: 0, differences: [] }
  for (const credential of drawOf(estate.company.seed, 'probe').some(known, count)) {
    const really = new Set((await probe(targets, lootOf(credential))).opens.flatMap(wordOf))
    const entity = credentialNames(cordon.authorities, credential).find((name) => cordon.facts.has(name))
    const { sure, upper } =
      entity === undefined
        ? { sure: new Set<string>(), upper: new Set<string>() }
        : await exposed(cordon, entity, nowMs)
    score.tried++
    score.opened += really.size
    score.said += sure.size
    score.right += [...sure].filter((what) => really.has(what)).length
    for (const what of really)
      if (!sure.has(what)) score.differences.push({ credential, what, by: 'missed', upper: upper.has(what) })
    for (const what of sure)
      if (!really.has(what)) score.differences.push({ credential, what, by: 'too-much', upper: false })
  }
  return score
}

async function exposed(cordon: Cordon, credential: EntityId, nowMs: number) {
  const window = { fromMs: nowMs - 3_600_000, toMs: null }
  const { impact } = await expose(cordon.graph.view(), { kind: 'credential', credential }, window, nowMs)
  const words = (rows: readonly { resource: EntityId }[]): Set<string> =>
    new Set(rows.flatMap(({ resource }) => wordFor(cordon, resource) ?? []))
  return { sure: words(impact.couldReach), upper: words(impact.unknown) }
}
