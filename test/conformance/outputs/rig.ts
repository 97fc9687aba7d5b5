import type { TestContext } from 'node:test'

import { createHttp, silentDiagnose, systemRandom, type Http } from '#kit'
import { defaultTenant, type EntityId } from '#model'
import { appendReceipt, createLedger, receiptArgs } from '#ledger'
import { addSource, createBudgets, openSignedHttp, outputJobs, pullPatience } from '#sources'
import { keepFindings } from '#respond/findings'
import type { Refusal } from '#sources/contract'
import { openLocalStore } from '#store'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createOutputDesk } from '../../../src/app/core/output-desk.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { writerModules } from '../../../src/app/writer-modules.ts'
import { openTestKeys } from '../../../src/ledger/testing.ts'

export const tenant = defaultTenant
export const startMs = Date.UTC(2026, 2, 24, 12)
/** Planted where it must not come out again. */
export const planted = 'ada.example@brightwater.example'

export const findingOf = (n: number) => ({
  id: `fnd_${String(n).padStart(8, '0')}` as const,
  rule: 'sigma.token-from-afar',
  title: `a token of ${planted} from afar`,
  severity: 'high' as const,
  entities: [`identity:dir.example:${planted}`, 'host:host:runner-7'] as EntityId[],
  evidence: [7, 9],
  atMs: startMs + n * 1_000,
  fromMs: startMs,
  opens: true,
  late: false,
  group: { 'user.email': planted },
  place: null,
})

/** Core's store with its desk for outputs, one source that takes them, and hands' jobs for it. */
export async function openOutputs(
  t: TestContext,
  at: { connector: string; config: Record<string, unknown>; see: Record<string, string>; origins: string[] },
) {
  const store = openLocalStore(writerModules())
  t.after(() => store.writer.close())
  const clock = new TwinClock(startMs)
  const { keys } = openTestKeys()
  const registry = createRegistry(undefined)
  const ledger = createLedger({ ...store, keys, clock })
  const { desk, tally } = createOutputDesk({ tenant, ...store, ledger, registry, clock })
  const entry = registry.find(at.connector)
  if (entry === undefined) throw new Error(`no connector ${at.connector}`)
  const source = 'siem'
  await store.writer.submit(
    addSource({
      tenant,
      id: source,
      connector: at.connector,
      config: at.config,
      authority: 'siem.example',
      sealedSee: null,
      sealedContain: null,
      trust: 'vendor',
      scope: { about: [] },
      createdAtMs: startMs,
    }),
  )
  const config: unknown = entry.connector.config.parse(at.config)
  const http: Http = openSignedHttp({
    http: createHttp(at.origins),
    clock,
    unit: () => 0.5,
    budgets: createBudgets(clock),
    limits: entry.connector.limits ?? {},
    realms: { source, authority: source },
    lane: 'live',
    patience: pullPatience,
    auth: entry.connector.auth?.(config, 'see'),
    origins: at.origins,
    secrets: () => at.see,
  })
  const common = {
    tenant,
    source,
    revision: 1,
    config: at.config,
    http,
    clock,
    diagnose: silentDiagnose,
    see: () => at.see,
  }
  /** A fresh pair of hands: one turn of one feed, whose move may never be heard of. */
  const turn = async (feed: 'findings' | 'receipts', dies = false) => {
    const mortal = dies ? { ...desk, move: () => Promise.reject(new Error('killed')) } : desk
    const job = outputJobs(entry.connector, { ...common, desk: mortal }).find(({ stream }) => stream === `out.${feed}`)
    if (job === undefined) throw new Error(`${feed} does not leave`)
    const refused: Refusal[] = []
    for await (const page of job.pull(null, AbortSignal.timeout(30_000))) refused.push(...(page.refused ?? []))
    return refused
  }
  return {
    ...store,
    clock,
    source,
    desk,
    tally,
    turn,
    check: () =>
      entry.connector.check({
        config,
        see: at.see,
        http,
        clock,
        signal: AbortSignal.timeout(30_000),
        diagnose: silentDiagnose,
      }),
    tell: (...told: ReturnType<typeof findingOf>[]) =>
      store.writer.submit(keepFindings({ tenant, findings: [], told, watermarkMs: null })),
    note: (what: string, facts: Record<string, string | number>, sealed: Record<string, string> = {}) =>
      store.writer.submit(
        appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom)),
      ),
  }
}
