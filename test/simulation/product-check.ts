import assert from 'node:assert/strict'
import { join } from 'node:path'

import { parseOwnJson, systemClock } from '#kit'
import { createLedger, exportLedger, formatNoteKey, verifyLedgerDir } from '#ledger'
import { openLogReader, readEventsMax } from '#log'
import { defaultTenant } from '#model'
import { openReader, storeFile } from '#store'
import { openCoreVault } from '#vault'

import type { Ack, Rig } from './product-rig.ts'

export type Sent = { batch: string; ids: string[]; ack: Ack }

/** What senders and people were told, to be found again in what the stopped product left on disk. */
export type Told = { sent: Sent[]; intents: { action: string; effect: string }[] }
export type Found = { events: number; actions: number; leaves: number; checkpoints: number }

/** Throws at the first thing that was acknowledged and is lost, and at the first that happened twice. */
export async function checkWhole(rig: Rig, told: Told): Promise<Found> {
  const data = join(rig.dir, 'data')
  const reader = openReader(join(data, storeFile))
  try {
    const ok = reader.all<{ quick_check: string }>('PRAGMA quick_check').map((row) => row.quick_check)
    assert.deepEqual(ok, ['ok'])
    const vault = openCoreVault(join(data, 'keys'))
    const events = await checkEvents(openLogReader({ reader, keys: vault.logKeys }), rig, told.sent)

    const writer = { submit: () => Promise.reject(new Error('this looks only')) }
    const ledger = createLedger({ reader, writer, keys: vault.ledgerKeys, clock: systemClock })
    const dir = join(rig.dir, 'export')
    await exportLedger({ reader, ledger, tenant: defaultTenant, dir })
    const publicKey = ledger.publicKeys(defaultTenant).map(formatNoteKey)
    const report = verifyLedgerDir(dir, { witnessDirs: [rig.witness], publicKey })
    assert.deepEqual(report.faults, [])
    assert.ok(report.witnessed > 0, 'checkpoints outside agree')
    const receipts = new Map<string, string[]>()
    for (let index = 0; index < ledger.size(defaultTenant); index++) {
      const leaf = ledger.leaf(defaultTenant, index)
      const action = leaf?.receipt.facts['action']
      if (leaf === undefined || typeof action !== 'string') continue
      receipts.set(action, [...(receipts.get(action) ?? []), leaf.receipt.what])
    }
    const actions = checkActions(
      reader.all<ActionRow>('SELECT id, state, attempts, last_error FROM action'),
      receipts,
      rig,
      told.intents,
    )
    return { events, actions, leaves: report.size, checkpoints: report.witnessed }
  } finally {
    reader.close()
  }
}

type ActionRow = { id: string; state: string; attempts: number; last_error: string | null }

async function checkEvents(
  log: Pick<ReturnType<typeof openLogReader>, 'read'>,
  rig: Rig,
  sent: readonly Sent[],
): Promise<number> {
  const placeOf = new Map<string, number>()
  let last = 0
  for (;;) {
    const page = await log.read(defaultTenant, last, readEventsMax)
    if (page.length === 0) break
    for (const { offset, raw } of page) {
      assert.equal(offset, last + 1, 'no hole in the log')
      last = offset
      const { id } = parseOwnJson<{ id?: unknown }>(raw)
      if (typeof id !== 'string') continue
      assert.ok(!placeOf.has(id), `event ${id} is in the log twice`)
      placeOf.set(id, offset)
    }
  }
  for (const { batch, ids, ack } of sent) {
    assert.equal(ack.accepted + ack.duplicates, ids.length, `all of batch ${batch} was acknowledged`)
    const places = ids.map((id) => placeOf.get(id))
    assert.ok(!places.includes(undefined), `an acknowledged event of batch ${batch} is lost`)
    if (ack.accepted === ids.length)
      assert.deepEqual(
        [places[0], places.at(-1)],
        [ack.firstOffset, ack.lastOffset],
        `batch ${batch} where it was said`,
      )
  }
  const pulled = rig.twin.feed.map(({ id }) => placeOf.has(id))
  const through = pulled.lastIndexOf(true)
  assert.ok(through > 0 && !pulled.slice(0, through).includes(false), 'the feed was pulled without a gap')
  return last
}

/** Every intent is there, contained, told of in the ledger from its approval to its proof, and took effect once. */
function checkActions(
  rows: readonly ActionRow[],
  receipts: ReadonlyMap<string, string[]>,
  rig: Rig,
  intents: Told['intents'],
): number {
  const known = new Map(rows.map((row) => [row.id, row]))
  for (const { action, effect } of intents) {
    const row = known.get(action)
    assert.ok(row !== undefined, `the intent ${action} is lost`)
    assert.equal(row.state, 'contained', `${effect}: ${row.state} after ${row.attempts} attempts, ${row.last_error}`)
    const leaves = receipts.get(action) ?? []
    for (const what of ['action.approved', 'action.started', 'action.applied', 'action.proven']) {
      assert.ok(leaves.includes(what), `${effect} has no receipt \`${what}\`: ${leaves.join(' ')}`)
    }
    assert.equal(leaves.filter((what) => what === 'action.started').length, row.attempts, 'one receipt an attempt')
    assert.equal(rig.twin.effects.get(effect), 1, `effects on ${effect}`)
  }
  for (const [effect, times] of rig.twin.effects) assert.equal(times, 1, `effects on ${effect}`)
  return rows.length
}
