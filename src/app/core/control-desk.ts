import type { Clock } from '#kit'
import type { Incident, TenantId } from '#model'
import {
  changesOf,
  ControlError,
  dayOf,
  daysSince,
  digestOf,
  frameworks,
  houseChecks,
  isNoted,
  noteDay,
  plainOf,
  rowsOf,
  weigh,
  type ControlState,
  type House,
  type Standing,
} from '#controls'
import type { SigningLedger } from '#ledger'
import type { ControlDesk, PeopleDesk, ReceiptOf, SourceDesk } from '#api'
import type { ResponseOf } from '#api/contract'
import type { Reader, Writer } from '#store'

import type { PostureNow } from './posture-desk.ts'

export type ControlParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  ledger: Pick<SigningLedger, 'size' | 'checkpoints'>
  posture: PostureNow
  people: Pick<PeopleDesk, 'ended'>
  sources: Pick<SourceDesk, 'list'>
  vendors: { standing(): Promise<House['vendors']> }
  responder: {
    list(tenant: TenantId): Incident[]
    approvers(tenant: TenantId): readonly { state: string }[]
    isStopped(tenant: TenantId): boolean
  }
  rules(): NonNullable<ResponseOf<'system.health'>['detection']>
  /** Places outside that keep checkpoints. */
  witnesses: number
  retentionDays: number
}

/** How controls stand by what is so now, and how they stood. Once a day their standing is noted, and a leaf says so. */
export function createControlDesk(parts: ControlParts): ControlDesk & { noteToday(): Promise<void> } {
  const { tenant, clock, reader, writer, receipt } = parts

  async function standingsNow(): Promise<{ atMs: number; standings: Standing[]; rules: ReadonlyMap<string, string> }> {
    const { checks, findings, excepted } = await parts.posture.now()
    const house = await houseNow(parts)
    const standings = weigh(frameworks, { checks, findings, excepted }, house)
    const rules = new Map([
      ...checks.map(({ kind, rule }) => [`posture:${kind}`, rule] as const),
      ...houseChecks.map(({ id, rule }) => [`house:${id}`, rule] as const),
    ])
    return { atMs: house.atMs, standings, rules }
  }

  return {
    async list({ framework }) {
      if (framework !== undefined) needFramework(framework)
      const { atMs, standings } = await standingsNow()
      const isAsked = (id: string): boolean => framework === undefined || framework === id
      return {
        atMs,
        frameworks: frameworks
          .filter(({ id }) => isAsked(id))
          .map(({ id, title, edition }) => ({ id, title, edition })),
        controls: standings
          .filter((one) => isAsked(one.framework))
          .map(({ framework: of, control, asks, state, open, excepted }) => ({
            framework: of,
            control,
            asks,
            state,
            open,
            excepted,
          })),
      }
    },
    async show({ framework, control }) {
      const { controls } = needFramework(framework)
      const { atMs, standings, rules } = await standingsNow()
      const found = standings.find((one) => one.framework === framework && one.control === control)
      if (found === undefined) {
        throw new ControlError('ERR_CONTROL_UNKNOWN', `\`${framework}\` has no control \`${control}\` here`, {
          place: 'control',
          hint: `there are ${controls.map(({ id }) => id).join(', ')}`,
        })
      }
      const evidence = found.evidence.map((said) => ({ ...said, rule: rules.get(said.evidence) ?? '' }))
      return { atMs, control: { ...found, evidence } }
    },
    history({ framework, since, rows: isWhole }) {
      if (framework !== undefined) needFramework(framework)
      const days = daysSince(reader, tenant, since ?? '')
      const isAsked = (row: { framework: string }): boolean => framework === undefined || row.framework === framework
      return {
        days: days.map(({ day, rows }) => ({
          day,
          digest: digestOf(rows),
          counts: countsOf(rows.filter(isAsked)),
          ...(isWhole === 'yes' ? { rows: plainOf(rows) } : {}),
        })),
        changes: changesOf(days).filter(isAsked),
      }
    },
    async noteToday() {
      const day = dayOf(clock.nowMs())
      if (isNoted(reader, tenant, day)) return
      const rows = rowsOf((await standingsNow()).standings)
      const counts = countsOf(rows)
      await writer.submit(
        noteDay({ tenant, day, rows }),
        receipt('control.noted', { day, digest: digestOf(rows), ...counts }, {}),
      )
    },
  }
}

async function houseNow(parts: ControlParts): Promise<House> {
  const { tenant, clock, ledger, responder } = parts
  const { rules, correlations, refusedCount, failed } = parts.rules()
  const [signed] = ledger.checkpoints(tenant, 1)
  const { people: named, ended } = await parts.people.ended()
  return {
    atMs: clock.nowMs(),
    streams: streamsOf(parts.sources.list()),
    detection: { rules, correlations, refused: refusedCount, failed },
    ledger: {
      leaves: ledger.size(tenant),
      signed: signed?.size ?? 0,
      signedAtMs: signed?.atMs ?? null,
      witnesses: parts.witnesses,
    },
    approvers: responder.approvers(tenant).filter(({ state }) => state === 'active').length,
    automationStopped: responder.isStopped(tenant),
    incidents: responder
      .list(tenant)
      .filter(({ state }) => state !== 'closed')
      .map(({ openedAtMs, state }) => ({ openedAtMs, contained: state === 'contained' })),
    people: { named, endedActive: ended.length },
    retentionDays: parts.retentionDays,
    vendors: await parts.vendors.standing(),
  }
}

/** Cordon's own keys are a source too, and nobody's system. */
const ownConnector = 'keys'

function streamsOf(sources: ResponseOf<'source.list'>['sources']): House['streams'] {
  const streams = sources
    .filter(({ connector, state }) => connector !== ownConnector && state !== 'paused')
    .flatMap(({ id, streams: of }) =>
      of.map(({ name, kind, error, lastSuccessAtMs, blind }): string | undefined => {
        const what = `\`${id}\` (${name})`
        if (error !== null) return `${what} fails`
        if (lastSuccessAtMs === null && kind !== 'push') return `${what} was never read whole`
        return blind.length > 0 ? `${what} may not be read whole: ${blind.map((one) => one.of).join(', ')}` : undefined
      }),
    )
  const lacking = streams.filter((why) => why !== undefined)
  return { read: streams.length - lacking.length, lacking }
}

function needFramework(id: string) {
  const found = frameworks.find((one) => one.id === id)
  if (found !== undefined) return found
  throw new ControlError('ERR_CONTROL_UNKNOWN', `there is no framework \`${id}\` here`, {
    place: 'framework',
    hint: `there are ${frameworks.map((one) => one.id).join(', ')}`,
  })
}

const countsOf = (rows: readonly { state: ControlState }[]): Record<ControlState, number> => {
  const counts = { met: 0, excepted: 0, partly: 0, unsaid: 0, unmet: 0 }
  for (const { state } of rows) counts[state]++
  return counts
}
