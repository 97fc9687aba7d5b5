import { aiServiceAt, aiServices, egressKind } from '#classify'
import { entityId, kindOf, type EntityId } from '#model'
import { entitiesOf, textOf, type Scene, type Thing } from '#posture'

import type { Platform } from './platforms.ts'
import { houseVendor, vendorOfAccount, vendorOfDomain } from './publisher.ts'
import type { Part, Publisher } from './types.ts'

export type FoundPart = { part: Part; publisher: Publisher }

/** Accounts whose code GitHub itself publishes. */
const githubsOwn = new Set(['actions', 'github'])
/** What LiteLLM calls whom it sends to, where it gives no address (https://docs.litellm.ai/docs/providers). */
const gatewayWords: Readonly<Record<string, string>> = {
  openai: 'openai.com',
  anthropic: 'anthropic.com',
  gemini: 'gemini.google.com',
  mistral: 'mistral.ai',
  cohere: 'cohere.com',
  groq: 'groq.com',
  deepseek: 'deepseek.com',
  perplexity: 'perplexity.ai',
  openrouter: 'openrouter.ai',
  huggingface: 'huggingface.co',
  replicate: 'replicate.com',
  together_ai: 'together.ai',
  fireworks_ai: 'fireworks.ai',
  xai: 'x.ai',
}

/** What of vendors is here beside the apps that were let in. */
export async function readParts(scene: Scene, platforms: readonly Platform[]): Promise<FoundPart[]> {
  return [
    ...platforms.map(platformPart),
    ...(await gatewayParts(scene)),
    ...(await actionParts(scene)),
    ...(await libraryParts(scene)),
    ...(await egressParts(scene)),
  ]
}

/** The vendor behind an address: a listed service, else the whole name, since nobody says where a domain ends. */
function publisherAt(host: string): Publisher {
  const service = aiServiceAt(host)
  const domain = service?.domain ?? host.toLowerCase()
  return { vendor: vendorOfDomain(domain), name: service?.name ?? domain, told: 'domain' }
}

/** A system of a vendor's that this Cordon is connected to: what of ours lies there the vendor holds. */
const platformPart = ({ source, authority, domain, name }: Platform): FoundPart => ({
  part: {
    kind: 'platform',
    entity: entityId('vendor', authority, 'platform'),
    name: source,
    seen: null,
    credentials: [],
  },
  publisher: { vendor: vendorOfDomain(domain), name, told: 'platform' },
})

/** Models and tools of others behind a gateway of ours, with the secrets that it sends to them. */
async function gatewayParts(scene: Scene): Promise<FoundPart[]> {
  const providers = await scene.findStated('resource', { kind: 'provider' })
  const sent = await scene.to(entitiesOf(providers), 'CAN_WRITE')
  const hostOf = (facts: Thing['facts'], ...keys: string[]): string | undefined => {
    const words = keys.flatMap((key) => textOf(facts, key) ?? [])
    return words.find((word) => word.includes('.')) ?? words.flatMap((word) => gatewayWords[word] ?? [])[0]
  }
  const secretsAt = (host: string): EntityId[] =>
    providers
      .filter(({ facts }) => hostOf(facts, 'name') === host)
      .flatMap(({ entity }) => (sent.get(entity) ?? []).map(({ src }) => src))
      .filter((src) => kindOf(src) === 'credential')
      .sort()
  const found: FoundPart[] = []
  for (const [kind, as] of [
    ['deployment', 'model'],
    ['mcp-server', 'mcp-server'],
  ] as const) {
    for (const { entity, facts } of await scene.find('resource', { kind })) {
      const host = hostOf(facts, 'host', 'provider')
      if (host === undefined) continue
      const name = textOf(facts, 'name') ?? null
      found.push({
        part: { kind: as, entity, name, seen: null, credentials: secretsAt(host) },
        publisher: publisherAt(host),
      })
    }
  }
  return found
}

/** Actions by the account that publishes them; those of an organisation that is connected here are the house's own. */
async function actionParts(scene: Scene): Promise<FoundPart[]> {
  const own = new Set(
    (await scene.findStated('resource', { kind: 'organisation' })).flatMap(
      ({ facts }) => textOf(facts, 'name')?.toLowerCase() ?? [],
    ),
  )
  const actions = await scene.find('package', { type: 'githubactions' })
  const jobs = await scene.from(entitiesOf(actions), 'INSTALLED_ON')
  return actions.flatMap(({ entity, facts }): FoundPart[] => {
    const name = textOf(facts, 'name') ?? ''
    const [account = '', repository] = name.split('/')
    if (account === '' || account === '.' || repository === undefined) return []
    const isOwn = own.has(account.toLowerCase())
    const publisher: Publisher = isOwn
      ? { vendor: houseVendor, name: null, told: 'publisher' }
      : githubsOwn.has(account.toLowerCase())
        ? { vendor: vendorOfDomain('github.com'), name: 'GitHub', told: 'account' }
        : { vendor: vendorOfAccount('github', account), name: account, told: 'account' }
    const version = textOf(facts, 'version')
    const seen = jobs.get(entity)?.length ?? 0
    return [
      {
        part: {
          kind: 'action',
          entity,
          name: version === undefined ? name : `${name}@${version}`,
          seen,
          credentials: [],
        },
        publisher,
      },
    ]
  })
}

/** Client libraries of listed services: who has one installed calls the service. */
async function libraryParts(scene: Scene): Promise<FoundPart[]> {
  const found: FoundPart[] = []
  for (const { domain, name, packages = [] } of aiServices) {
    for (const library of packages) {
      const [type = '', ...rest] = library.split('/')
      const installed = await scene.find('package', { type, name: rest.join('/') })
      const on = await scene.from(entitiesOf(installed), 'INSTALLED_ON')
      for (const { entity, facts } of installed) {
        const seen = on.get(entity)?.length ?? 0
        if (seen === 0) continue
        const shown = `${textOf(facts, 'name') ?? library}@${textOf(facts, 'version') ?? '?'}`
        found.push({
          part: { kind: 'library', entity, name: shown, seen, credentials: [] },
          publisher: { vendor: vendorOfDomain(domain), name, told: 'domain' },
        })
      }
    }
  }
  return found
}

/** Services that something here talks to, by the events of any source. How often, `usesOf` tells. */
async function egressParts(scene: Scene): Promise<FoundPart[]> {
  const places = await scene.findStated('resource', { kind: egressKind })
  return places.flatMap(({ entity, facts }) => {
    const domain = textOf(facts, 'domain')
    if (domain === undefined) return []
    const part: Part = { kind: 'egress', entity, name: domain, seen: null, credentials: [] }
    return [{ part, publisher: publisherAt(domain) }]
  })
}
