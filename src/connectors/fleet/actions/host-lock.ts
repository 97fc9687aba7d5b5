import { hardwareEntities, type EntityId } from '#model'
import { defineAction } from '#respond/contract'
import { refuseUnlessOk, VendorError } from '#sources/contract'

import { call, readHost, refuseUnpaid, type Access } from '../client.ts'
import { FleetError, type FleetConfig } from '../config.ts'
import { hostIn } from '../names.ts'
import { isUnlockable } from '../rows.ts'
import { accessOf, dead, guard, preview, refused, type Context } from './context.ts'

const scopes = ['maintainer'] as const

async function look(access: Access, target: EntityId) {
  const id = hostIn(target)
  const host = id === undefined ? undefined : await readHost(access, id)
  if (host === undefined) throw new VendorError('ERR_VENDOR_ABSENT', 'Fleet knows no such host (any more)')
  return host
}
type Host = Awaited<ReturnType<typeof look>>

const isWanted = ({ mdm }: Host): boolean =>
  mdm?.pending_action === 'lock' || (mdm?.device_status === 'locked' && mdm.pending_action !== 'unlock')

async function guarded(context: Context, target: EntityId) {
  if (hostIn(target) === undefined) throw refused(target, 'is no host')
  if (!context.config.locks) {
    throw new FleetError('ERR_FLEET_NEEDS', 'this source may not lock hosts', { hint: 'set `locks`; it needs Premium' })
  }
  const access = await guard(context, target)
  const host = await look(access, target)
  const { uuid, hardware_serial: serial, hardware_vendor: manufacturer } = host
  await guard(context, target, hardwareEntities({ uuid, serial, manufacturer }))
  if (!isUnlockable(host.platform)) throw refused(target, 'could be locked, and not unlocked from here')
  return { access, host }
}

async function act(access: Access, id: number, what: 'lock' | 'unlock'): Promise<void> {
  const response = await call(access, `/hosts/${id}/${what}`, { method: 'POST' })
  refuseUnpaid(response, `the ${what} of a host`)
  refuseUnlessOk(response, `the ${what} of a host`)
}

/** No isolation: it keeps people out, and what runs on the host stays on the network. */
export const hostLock = defineAction<FleetConfig>({
  verb: 'fleet.host.lock',
  phase: 'end-sessions',
  title: 'Lock a host (Fleet)',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role, attributes }) =>
    role === 'host' && hostIn(entity) !== undefined && attributes['lockable'] === true ? entity : undefined,
  preview: () =>
    preview(
      scopes,
      [
        'people who are signed in on the host are signed out, and nobody but root (Windows: nobody) signs in',
        'the host stays on the network, and what runs there runs on: this is no isolation',
        'Fleet asks the host when it calls: one that is off, or cut off by an endpoint tool, is locked when it is back',
        'undo unlocks it the same way',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const { access, host } = await guarded(context, target)
    if (isWanted(host)) return { says: 'Fleet has it as locked, or asked for, already', undoState: { wasLocked: true } }
    await act(access, host.id, 'lock')
    return { says: 'Fleet asks the host to lock itself', undoState: { wasLocked: false } }
  },
  async readBack(context, target) {
    return isWanted(await look(accessOf(context), target)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasLocked'] !== false) return
    const { access, host } = await guarded(context, target)
    if (isWanted(host)) await act(access, host.id, 'unlock')
  },
  probe: {
    everyMs: 10_000,
    withinMs: 30 * 60_000,
    async run(context, target) {
      const host = await look(accessOf(context), target)
      if (host.mdm?.device_status === 'locked' && host.mdm.pending_action !== 'unlock') {
        return dead(context, 'Fleet has the host as locked: it said so itself')
      }
      return {
        verdict: 'alive',
        says: isWanted(host)
          ? `Fleet has asked the host, which is ${host.status ?? 'unknown'}: it is locked when it calls`
          : 'Fleet has the host as not locked',
      }
    },
  },
})
