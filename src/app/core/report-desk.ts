import type { Clock } from '#kit'
import type { EntityId, Incident, IncidentId, TenantId } from '#model'
import { entityCalled } from '#access'
import { usingView, type EstateView } from '#estate'
import type { ControlDesk, ReportDesk, VendorDesk } from '#api'
import type { ImpactNow, IncidentReport } from '#respond'
import {
  audits,
  boardReport,
  customerReport,
  howStored,
  readScene,
  regulatorReport,
  ReportError,
  thirdParties,
  type Asked,
  type Document,
  type VendorTold,
} from '#reports'

/** Incidents of one answer; more are refused, and a shorter time asked for. */
const incidentsMax = 50
/** Vendors looked at one by one for one customer. */
const vendorsMax = 200

export type ReportParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  responder: {
    list(tenant: TenantId): Incident[]
    report(tenant: TenantId, incident: IncidentId): Promise<IncidentReport>
    impactNow(tenant: TenantId, incident: IncidentId): Promise<ImpactNow>
  }
  vendors: Pick<VendorDesk, 'list' | 'show'>
  controls: Pick<ControlDesk, 'list' | 'history'>
  /** The newest signed checkpoint there is. */
  checkpoint(): { size: number; rootHash: string } | null
  /** Sentences about sources that are missing or late. */
  late(): string[]
}

/** Pages for people outside: what is said to each, and no more than concerns them. */
export function createReportDesk(parts: ReportParts): ReportDesk {
  const { tenant, clock, responder } = parts

  async function one(view: EstateView, audience: string, id: IncidentId, customer: EntityId | null) {
    const report = await responder.report(tenant, id)
    const impactNow = report.assessment === null ? undefined : await responder.impactNow(tenant, id)
    const scene = await readScene(view, {
      report: impactNow === undefined ? report : { ...report, impactNow },
      atMs: clock.nowMs(),
      customer,
    })
    if (audience === 'board') return boardReport(scene)
    return customer === null ? regulatorReport(scene) : customerReport(scene, customer)
  }

  return {
    report: ({ audience, incident, sinceMs, customer }) =>
      usingView(parts.view(), async (view) => {
        const ids = incidentsAsked(responder.list(tenant), incident, sinceMs)
        const named = await customerAsked(view, audience, customer)
        const documents: Document[] = []
        for (const id of ids) documents.push(await one(view, audience, id, named))
        return { documents }
      }),
    answer: ({ question, customer }) =>
      usingView(parts.view(), async (view) => {
        const named = customer === undefined ? null : await entityCalled(view, customer, ['customer'], 'customer')
        const asked = await askedFor(view, named, parts)
        if (question === 'how-stored') return { documents: [await howStored(view, asked)] }
        if (question === 'third-parties')
          return { documents: [thirdParties(await vendorsTold(parts.vendors, named), asked, view.asOf)] }
        const { frameworks, controls } = await parts.controls.list({})
        const { days } = parts.controls.history({ rows: 'no' })
        const told = { frameworks, controls, days, checkpoint: parts.checkpoint() }
        return { documents: [audits(told, asked, view.asOf)] }
      }),
  }
}

function incidentsAsked(all: readonly Incident[], incident: IncidentId | undefined, sinceMs: number | undefined) {
  if ((incident === undefined) === (sinceMs === undefined)) {
    throw new ReportError('ERR_REPORT_ASKED', 'name one incident, or a time since which all are meant', {
      place: 'incident',
      hint: '`cordon incident list` shows them',
    })
  }
  if (incident !== undefined) return [incident]
  const since = all.filter(({ openedAtMs }) => openedAtMs >= (sinceMs ?? 0)).sort((a, b) => b.openedAtMs - a.openedAtMs)
  if (since.length <= incidentsMax) return since.map(({ id }) => id)
  throw new ReportError(
    'ERR_REPORT_ASKED',
    `${since.length} incidents were opened since then, and ${incidentsMax} fit`,
    {
      place: 'sinceMs',
      hint: 'ask for a shorter time, or for one incident',
    },
  )
}

async function customerAsked(view: EstateView, audience: string, customer: string | undefined) {
  if ((audience === 'customer') === (customer === undefined)) {
    throw new ReportError(
      'ERR_REPORT_ASKED',
      customer === undefined ? 'say which customer it is for' : `a report for the ${audience} is about all customers`,
      { place: 'customer', hint: 'name one customer with `--customer`, for a customer’s report alone' },
    )
  }
  return customer === undefined ? null : entityCalled(view, customer, ['customer'], 'customer')
}

/** A source may be called after another customer: of what is lacking one customer is told the number. */
async function askedFor(view: EstateView, customer: EntityId | null, { clock, late }: ReportParts): Promise<Asked> {
  const lacking = late()
  const isLacking = lacking.length > 0
  const said = customer === null ? lacking : isLacking ? [`${lacking.length} of the sources were lacking or late`] : []
  const name = customer === null ? undefined : (await view.facts([customer])).get(customer)?.['name']
  return { atMs: clock.nowMs(), customer, customerName: typeof name === 'string' ? name : null, lacking: said }
}

async function vendorsTold(
  vendors: Pick<VendorDesk, 'list' | 'show'>,
  customer: EntityId | null,
): Promise<VendorTold[]> {
  const { vendors: rows } = await vendors.list({ state: 'others' })
  const told = rows.map((row): VendorTold => ({ ...row, customers: [] }))
  if (customer === null) return told
  const reaching = told.filter(({ people }) => people.atMost > 0)
  if (reaching.length > vendorsMax) {
    throw new ReportError('ERR_REPORT_ASKED', `${reaching.length} vendors reach people’s data, and ${vendorsMax} fit`, {
      place: 'customer',
      hint: 'leave the customer out: the answer is of all',
    })
  }
  const each: VendorTold[] = []
  for (const row of reaching) {
    const { vendor } = await vendors.show({ vendor: row.vendor, history: 'no' })
    each.push({ ...row, customers: vendor.reach.customers })
  }
  return each
}
