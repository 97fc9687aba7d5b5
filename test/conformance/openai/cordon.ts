import assert from 'node:assert/strict'

import { createHttp, seededRandom, silentDiagnose, type Http } from '#kit'
import type { EntityId, LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate } from '#estate'
import { openaiActions, openaiConnector, openaiOrigins, type OpenaiConfig } from '#connectors/openai'
import { projectEvent } from '#project'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, eventId, openSignedHttp, pullPatience, pullStream } from '#sources'
import type { CredentialUse, PullContext } from '#sources/contract'
import { openLocalStore } from '#store'

import { fingerprinterOf } from '../../simulation/log-keys.ts'
import type { Company } from './company.ts'

const tenant = 't_default'
const fingerprinter = fingerprinterOf('example')

/** Cordon's own stages around the connector, on the company's clock: pull, scrub, project, estate. */
export function openCordon(company: Company) {
  const { clock, config, secrets, twin } = company
  const authority = twin.state.organization
  const budgets = createBudgets(clock)
  const store = openLocalStore([estateWriter])
  const estate: Estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const cursors = new Map<string, string | null>()
  const items: ProjectionItem[] = []
  /** All that was pulled, as the log would hold it. */
  const logged: LoggedEvent[] = []

  const httpFor = (use: CredentialUse, base: Http = createHttp(openaiOrigins(config))): Http =>
    openSignedHttp({
      http: base,
      clock,
      unit: seededRandom(7),
      budgets,
      limits: openaiConnector.limits ?? {},
      realms: { source: 'openai', authority: `openai ${authority}` },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      auth: openaiConnector.auth?.(config, use),
      origins: openaiOrigins(config),
      secrets: () => secrets[use],
    })
  const see = httpFor('see')
  const acts = httpFor('contain')
  const pullContext = (http = see): PullContext<OpenaiConfig> => ({
    config,
    see: secrets.see,
    http,
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  })

  /** One run of a stream from where it stood; what it says is valid OCSF and goes into the estate. */
  async function pull(name: string): Promise<ProjectionItem[]> {
    const stream = openaiConnector.streams.find((one) => one.name === name)
    assert.ok(stream)
    const found: ProjectionItem[] = []
    for await (const page of pullStream(stream)?.(pullContext(), cursors.get(name) ?? null) ?? []) {
      cursors.set(name, page.cursor)
      for (const { native, eventAtMs, raw } of page.events) {
        const event: LoggedEvent = {
          id: eventId(tenant, 'openai', name, native),
          tenant,
          offset: logged.length + 1,
          source: 'openai',
          stream: name,
          eventAtMs,
          arrivedAtMs: clock.nowMs(),
          raw: scrubJson(JSON.stringify(raw), fingerprinter).text,
        }
        logged.push(event)
        found.push(projectEvent(event, { connector: 'openai', authority, normalize: openaiConnector.normalize }))
      }
    }
    assert.deepEqual(found.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    items.push(...found)
    if (found.length > 0) {
      const args = { tenant, source: 'openai', skewMs: 0, projectionVersion: 1, through: logged.length } as const
      const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(found) }))
      assert.ok(applied)
      estate.apply(applied)
    }
    return found
  }

  const context = (over: Partial<ActionContext<OpenaiConfig>> = {}): ActionContext<OpenaiConfig> => ({
    config,
    authority,
    contain: secrets.contain,
    http: acts,
    clock,
    signal: AbortSignal.timeout(60_000),
    key: 'act_test',
    home: {
      killKey: () => Promise.reject(new Error('not asked')),
      reviveKey: () => Promise.reject(new Error('not asked')),
      keyState: () => Promise.reject(new Error('not asked')),
    },
    lent: () => undefined,
    isOwn: () => false,
    ...over,
  })

  return { authority, pull, pullContext, context, httpFor, estate, items, logged, close: () => store.close() }
}
export type Cordon = ReturnType<typeof openCordon>

export function actionOf(verb: string): ContainAction<OpenaiConfig> {
  const action = openaiActions.find((one) => one.verb === verb)
  assert.ok(action, verb)
  return action
}

/** Does one step as the runner would: again what was done once must be nothing, and the proof must hold. */
export async function carryOut(cordon: Cordon, verb: string, target: EntityId) {
  const action = actionOf(verb)
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent', `${verb}: not done yet`)
  const first = await action.apply(cordon.context(), target)
  return { action, first }
}
