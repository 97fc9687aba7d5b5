import assert from 'node:assert/strict'

import { createHttp, seededRandom, silentDiagnose, type Http } from '#kit'
import type { LoggedEvent, ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { applyProjection, estateItems, estateWriter, openEstate, type Estate } from '#estate'
import { slackActions, slackConnector, slackOrigins, type SlackConfig } from '#connectors/slack'
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
  const { clock, config, tokens, twin } = company
  const authority = twin.state.org
  const budgets = createBudgets(clock)
  const store = openLocalStore([estateWriter])
  const estate: Estate = openEstate({ reader: store.reader, tenant, snapshotPath: null })
  const cursors = new Map<string, string | null>()
  const items: ProjectionItem[] = []
  /** All that was pulled, as the log would hold it. */
  const logged: LoggedEvent[] = []

  const secretsOf = (use: CredentialUse): Record<string, string> =>
    use === 'see' ? { token: tokens.see } : { token: tokens.contain, scimToken: tokens.scim }

  const httpFor = (use: CredentialUse, base: Http = createHttp(slackOrigins(config))): Http =>
    openSignedHttp({
      http: base,
      clock,
      unit: seededRandom(7),
      budgets,
      limits: slackConnector.limits ?? {},
      realms: { source: 'slack', authority: `slack ${authority}` },
      lane: 'live',
      patience: use === 'see' ? pullPatience : actPatience,
      auth: slackConnector.auth?.(config, use),
      origins: slackOrigins(config),
      secrets: () => secretsOf(use),
    })
  const see = httpFor('see')
  const acts = httpFor('contain')
  const pullContext = (http = see): PullContext<SlackConfig> => ({
    config,
    see: secretsOf('see'),
    http,
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  })

  /** One run of a stream from where it stood; what it says is valid OCSF and goes into the estate. */
  async function pull(name: string): Promise<ProjectionItem[]> {
    const stream = slackConnector.streams.find((one) => one.name === name)
    assert.ok(stream)
    const found: ProjectionItem[] = []
    for await (const page of pullStream(stream)?.(pullContext(), cursors.get(name) ?? null) ?? []) {
      cursors.set(name, page.cursor)
      for (const { native, eventAtMs, raw } of page.events) {
        const event: LoggedEvent = {
          id: eventId(tenant, 'slack', name, native),
          tenant,
          offset: logged.length + 1,
          source: 'slack',
          stream: name,
          eventAtMs,
          arrivedAtMs: clock.nowMs(),
          raw: scrubJson(JSON.stringify(raw), fingerprinter).text,
        }
        logged.push(event)
        found.push(projectEvent(event, { connector: 'slack', authority, normalize: slackConnector.normalize }))
      }
    }
    assert.deepEqual(found.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
    items.push(...found)
    if (found.length > 0) {
      const args = { tenant, source: 'slack', skewMs: 0, projectionVersion: 1, through: logged.length } as const
      const [applied] = await store.writer.submit(applyProjection({ ...args, items: estateItems(found) }))
      assert.ok(applied)
      estate.apply(applied)
    }
    return found
  }

  const context = (over: Partial<ActionContext<SlackConfig>> = {}): ActionContext<SlackConfig> => ({
    config,
    authority,
    contain: secretsOf('contain'),
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

  return { authority, clock, pull, pullContext, context, httpFor, estate, items, logged, close: () => store.close() }
}
export type Cordon = ReturnType<typeof openCordon>

export function actionOf(verb: string): ContainAction<SlackConfig> {
  const action = slackActions.find((one) => one.verb === verb)
  assert.ok(action, verb)
  return action
}
