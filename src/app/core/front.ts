import { parseOwnJson } from '#kit'
import { usingView } from '#estate'
import { builtInPolicies, type Policy } from '#policy'
import type { ResponseCore } from '#respond'
import { formatNoteKey } from '#ledger'
import type {
  AccessDesk,
  ApiServices,
  BacktestDesk,
  ControlDesk,
  ReportDesk,
  LeaseDesk,
  ReviewDesk,
  IdentityDesk,
  PeopleDesk,
  PostureDesk,
  SignalDesk,
  SourceDesk,
  VendorDesk,
} from '#api'
import type { ResponseOf } from '#api/contract'
import type { Scim } from '#scim'
import { listSources } from '#sources'
import { readReporterFile } from '#connectors/host'

import { refuseUnknownVerb, type Registry } from '../registry.ts'
import type { HandsForCore } from '../socket.ts'
import { version } from '../version.ts'
import { createBehaviourAsking } from './behaviour-asking.ts'
import type { EstateThread } from './estate-thread-client.ts'
import { createKeyDesk } from './keys.ts'
import { matchLent } from './lend.ts'
import { exportPeople } from './notice.ts'
import type { Stores } from './stores.ts'

export type FrontParts = {
  policy: Policy
  responder: ResponseCore
  registry: Registry
  estate: EstateThread
  sources: SourceDesk
  people: PeopleDesk
  identities: IdentityDesk
  posture: PostureDesk
  access: AccessDesk
  leases: LeaseDesk
  reviews: ReviewDesk
  controls: ControlDesk
  reports: ReportDesk
  vendors: VendorDesk
  scim: Scim
  signals: SignalDesk
  hands: HandsForCore
  backtests: BacktestDesk
  isHandsUp: () => boolean
  warnings: () => ResponseOf<'system.health'>['warnings']
  endBootstrap: () => void
}

/** What the API's routes may ask of core. */
export async function openFront(stores: Stores, parts: FrontParts): Promise<ApiServices> {
  const { tenant, clock, random, writer, receipt, reader, log, ledger, bell, keys, fingerprinter, scrub } = stores
  const { policy, responder, registry, estate, sources, hands } = parts
  const reporter = await readReporterFile()
  return {
    tenant,
    version,
    clock,
    random,
    writer,
    receipt,
    reader,
    log,
    ledger,
    policy,
    responder,
    bell,
    sources,
    people: parts.people,
    identities: parts.identities,
    posture: parts.posture,
    access: parts.access,
    leases: parts.leases,
    reviews: parts.reviews,
    controls: parts.controls,
    reports: parts.reports,
    vendors: parts.vendors,
    behaviour: createBehaviourAsking(clock, () => estate),
    scim: parts.scim,
    signals: parts.signals,
    backtests: parts.backtests,
    ledgerPublicKey: ledger.publicKeys(tenant).map(formatNoteKey).at(-1) ?? '',
    policies: [{ id: builtInPolicies.place, text: builtInPolicies.text }],
    view: () => estate.view(),
    keys: createKeyDesk(keys, tenant, bell),
    lend: async (incident, values) => {
      const { lent, unmatched } = await usingView(estate.view(), (view) =>
        matchLent({ responder, view, fingerprinter, tenant }, incident, values),
      )
      // By the id that is told when it closes.
      const { incident: live } = await responder.report(tenant, incident)
      await hands.response.lend(live.id, lent)
      return { matched: lent.map(({ credential }) => credential), unmatched }
    },
    exportPeople: (incident, people, by) =>
      exportPeople(
        {
          tenant,
          responder,
          registry,
          sources: () => listSources(reader, tenant).filter(({ state }) => state === 'active'),
          resolve: (source, persons) => hands.people.resolve(source, persons),
        },
        incident,
        people,
        by,
      ),
    approvers: {
      list: () => responder.approvers(tenant),
      enroll: async (name, publicKey, by) =>
        (await responder.enrollApprover(tenant, { name, publicKey, method: 'key' }, by)).keyId,
    },
    ladder: {
      list: () => responder.ladder(tenant),
      set: async (rung, by) => {
        refuseUnknownVerb(registry, rung)
        const change = await responder.setLadder(tenant, rung, by)
        const says = change.effective
          ? `\`${rung.verb}\` stands on ${rung.rung} now`
          : `a loosening: it takes effect ${change.effectiveAtMs === null ? 'once a second person consents' : `at ${new Date(change.effectiveAtMs).toISOString()}`}, or once two approvers consent`
        return { effective: change.effective, effectiveAtMs: change.effectiveAtMs, says }
      },
    },
    reporter: { file: reporter.name, text: Buffer.from(reporter.bytes).toString('utf8'), sha256: reporter.sha256 },
    health: () => ({
      status: parts.isHandsUp() && estate.progress().loadedPercent === 100 ? 'ok' : 'degraded',
      version,
      head: log.head(tenant),
      projected: estate.progress().projected,
      estateLoadedPercent: estate.progress().loadedPercent,
      hands: parts.isHandsUp(),
      automationStopped: responder.isStopped(tenant),
      sources: sources.list().map(({ id, state, streams }) => ({
        id,
        ok: state !== 'unchecked' && streams.every(({ error }) => error === null),
      })),
      detection: estate.progress().rules,
      behaviour: estate.progress().behaviour,
      warnings: parts.warnings(),
    }),
    reloadRules: () => estate.reloadRules(),
    endBootstrap: parts.endBootstrap,
    scrub: (text) => parseOwnJson<string>(scrub(JSON.stringify(text))),
  }
}
