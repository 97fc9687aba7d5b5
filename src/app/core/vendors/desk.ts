import type { EntityId } from '#model'
import {
  addClaim,
  addWords,
  claimDaysMax,
  intoOf,
  authoritiesOf,
  readClaims,
  readWords,
  statesOf,
  VendorError,
  withdrawClaim,
  type Vendor,
} from '#vendors'
import { usingView } from '#estate'
import type { VendorDesk } from '#api'
import type { BodyOf } from '#api/contract'

import { createVendorLook, vendorCalled, type VendorLook, type Whole } from './look.ts'
import { createPauseDesk, type PauseParts } from './pause-desk.ts'
import { namesOf, rowOf, shownOf } from './show.ts'

const dayMs = 86_400_000

/** Who is behind the software that has rights here, what of ours they reach and may hold, and what people said of them. */
export function createVendorDesk(parts: PauseParts): VendorDesk & VendorLook {
  const { tenant, clock, reader, writer, receipt } = parts
  const look = createVendorLook(parts)
  const { now } = look

  return {
    ...look,
    ...createPauseDesk(parts, look),
    async list({ state }) {
      const { asOf, atMs, sinceMs, all } = await now(true)
      const isListed = ({ vendor: { house, ai } }: Whole): boolean => state === 'all' || (state === 'ai' ? ai : !house)
      const vendors = all.filter(isListed).map(rowOf)
      return { asOf, atMs, sinceMs, total: vendors.length, vendors, lacking: [...parts.sight().late] }
    },
    async show({ vendor: named, history }) {
      const { asOf, atMs, whole } = await look.one(named)
      const { byAuthority, late } = parts.sight()
      const people = [
        ...whole.vendor.apps.flatMap(({ owners, letIn }) => [...owners, ...letIn.flatMap(({ who }) => who ?? [])]),
        ...(whole.use.talks?.people ?? []),
        ...whole.reach.classes.map((one) => one.class),
        ...whole.reach.customers,
      ]
      return {
        asOf,
        atMs,
        vendor: shownOf(whole),
        ...(history === 'yes' ? { history: statesOf(reader, tenant, whole.vendor.vendor) } : {}),
        names: await usingView(parts.view(), (view) => namesOf(view, people)),
        lacking: [...late],
        limits: authoritiesOf(whole.vendor).flatMap((authority) =>
          (byAuthority[authority]?.blind ?? []).map((says) => `\`${authority}\`: ${says}`),
        ),
      }
    },
    async name(body, by) {
      const all = await look.vendors()
      const vendor = vendorCalled(all, body.vendor)
      const words = wordsIn(all, vendor, body).map((word) => ({ ...word, vendor: word.vendor ?? vendor.vendor }))
      const atMs = clock.nowMs()
      await writer.submit(
        addWords({ tenant, words: words.map((word) => ({ ...word, by, atMs })) }),
        receipt(
          'vendor.named',
          { vendor: vendor.vendor, words: words.map(({ kind, gone }) => (gone === 1 ? `-${kind}` : kind)).join(' ') },
          { by, said: JSON.stringify(words.map(({ kind, value }) => [kind, value])) },
        ),
      )
      return { ok: true as const, vendor: intoOf(readWords(reader, tenant), vendor.vendor) }
    },
    async claims({ vendor: named, state }) {
      const atMs = clock.nowMs()
      const words = readWords(reader, tenant)
      const of = named === undefined ? undefined : vendorCalled(await look.vendors(), named).vendor
      const claims = readClaims(reader, tenant, words, atMs).filter(
        (one) => (of === undefined || one.vendor === of) && (state === 'all' || one.state !== 'withdrawn'),
      )
      return { atMs, claims }
    },
    async claim({ vendor: named, ...told }, by) {
      const atMs = clock.nowMs()
      refuseUntil(told.validUntilMs, atMs)
      const { vendor } = vendorCalled(await look.vendors(), named)
      const [number] = await writer.submit(
        addClaim({ tenant, claim: { ...told, vendor, by, atMs } }),
        receipt(
          'vendor.claimed',
          { vendor, kind: told.kind, digest: told.digest, validUntilMs: told.validUntilMs },
          { by, says: told.says, issuer: told.issuer },
        ),
      )
      return { number, vendor }
    },
    async withdraw(number, by) {
      await writer.submit(
        withdrawClaim({ tenant, number, by, atMs: clock.nowMs() }),
        receipt('vendor.claim-withdrawn', { claim: number }, { by }),
      )
    },
  }
}

function refuseUntil(untilMs: number, atMs: number): void {
  if (untilMs > atMs && untilMs <= atMs + claimDaysMax * dayMs) return
  throw new VendorError(
    'ERR_VENDOR_CLAIM',
    untilMs <= atMs ? 'this claim has run out already' : `a claim holds for at most ${claimDaysMax} days`,
    { place: 'validUntilMs', hint: 'ask the vendor for the newest one, or say until when it is believed' },
  )
}

type Word = { vendor?: EntityId; kind: 'name' | 'owner' | 'into' | 'component'; value: string | null; gone: 0 | 1 }

function wordsIn(all: readonly Vendor[], vendor: Vendor, body: BodyOf<'vendor.name'>): Word[] {
  const { name, owner, into, component, without } = body
  const words: Word[] = []
  if (name !== undefined) words.push({ kind: 'name', value: name, gone: 0 })
  if (owner !== undefined) words.push({ kind: 'owner', value: owner, gone: owner === null ? 1 : 0 })
  if (component !== undefined) words.push({ kind: 'component', value: component, gone: 0 })
  if (without !== undefined) words.push({ kind: 'component', value: without, gone: 1 })
  // Taken apart is what stands joined: each of those is itself again.
  const parted = vendor.joined.filter((one) => one === body.vendor)
  if (into === null)
    for (const one of parted.length > 0 ? parted : vendor.joined)
      words.push({ vendor: one, kind: 'into', value: null, gone: 1 })
  else if (into !== undefined) words.push({ kind: 'into', value: vendorCalled(all, into).vendor, gone: 0 })
  if (words.length > 0) return words
  throw new VendorError('ERR_VENDOR_JOIN', `\`${vendor.name}\` is not joined with another`, {
    hint: '`cordon vendor show` tells what a vendor was joined of',
  })
}
