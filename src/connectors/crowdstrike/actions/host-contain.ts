import { z } from 'zod'

import { hardwareEntities, type EntityId } from '#model'
import { defineAction } from '#respond/contract'
import { refuseUnlessOk, VendorError } from '#sources/contract'

import { call, readDevice, readFalcon, refuseErrors, type Access, type Device } from '../client.ts'
import { CrowdstrikeError, type CrowdstrikeConfig } from '../config.ts'
import { deviceIn } from '../names.ts'
import { accessOf, dead, guard, preview, refused, type Context } from './context.ts'

const scopes = ['devices:read', 'devices:write'] as const
/** A sensor that is on hears of it within seconds. */
const containEveryMs = 3_000
const containWithinMs = 10 * 60_000

const isWanted = (status: string | null | undefined): boolean =>
  status === 'contained' || status === 'containment_pending'

function required(target: EntityId): string {
  const id = deviceIn(target)
  if (id === undefined) throw refused(target, 'is no host')
  return id
}

async function look(access: Access, target: EntityId): Promise<Device> {
  const device = await readDevice(access, required(target))
  if (device === undefined) throw new VendorError('ERR_VENDOR_ABSENT', 'CrowdStrike knows no such host (any more)')
  if (device.cid !== access.config.cid) throw refused(target, 'belongs to another customer')
  return device
}

/** `stood`: it was asked for already, by us before a crash or by somebody at the console in the same moment. */
async function act(access: Access, action: 'contain' | 'lift_containment', id: string): Promise<'done' | 'stood'> {
  const response = await call(access, '/devices/entities/devices-actions/v2', {
    method: 'POST',
    query: { action_name: action },
    body: { ids: [id] },
  })
  if (response.status === 409) return 'stood'
  refuseUnlessOk(response, 'the containment')
  refuseErrors(response, 'the containment')
  return 'done'
}

/** By its hardware, too, the host may be the one that Cordon runs on. */
async function guarded(context: Context, target: EntityId) {
  const access = guard(context, target)
  const device = await look(access, target)
  const { serial_number: serial, system_manufacturer: manufacturer, instance_id: instance } = device
  guard(context, target, hardwareEntities({ serial, manufacturer, instance }))
  return { access, device }
}

const online = z.object({ resources: z.array(z.object({ id: z.string(), state: z.string() })).nullish() })

async function stateOf(access: Access, id: string): Promise<string> {
  const response = await call(access, '/devices/entities/online-state/v1', { query: { ids: id } })
  const { resources } = readFalcon(online, response, 'whether the host is on')
  return resources?.find((one) => one.id === id)?.state ?? 'unknown'
}

/** Asynchronous: CrowdStrike tells the sensor, and the host is contained when the sensor says so. */
export const hostContain = defineAction<CrowdstrikeConfig>({
  verb: 'crowdstrike.host.contain',
  phase: 'isolate',
  title: 'Contain a host (CrowdStrike)',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (role === 'host' && deviceIn(entity) !== undefined ? entity : undefined),
  preview: (_, attributes) =>
    preview(
      scopes,
      [
        'the host reaches CrowdStrike and the addresses of the containment policy, and nothing else; what runs on it runs on',
        'Real Time Response works on, and so does what people do at its keyboard',
        ...(attributes['reduced'] === true
          ? ['its sensor works with reduced functionality: it may not be able to contain']
          : []),
        'a host that is off is contained when it comes back, and not before',
        'undo lifts the containment, unless somebody else set it, and whatever ran on the host is back on the network',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const { access, device } = await guarded(context, target)
    if (isWanted(device.status)) {
      return { says: `CrowdStrike has it as \`${device.status ?? ''}\` already`, undoState: { wasContained: true } }
    }
    if ((await act(access, 'contain', device.device_id)) === 'stood') {
      return { says: 'somebody had it contained in the same moment', undoState: { wasContained: true } }
    }
    return { says: 'CrowdStrike was told to contain it', undoState: { wasContained: false } }
  },
  async readBack(context, target) {
    return isWanted((await look(accessOf(context), target)).status) ? 'landed' : 'absent'
  },
  /** Undo takes back this step, not another's: a host that somebody else had contained stays so, and that is said. */
  async undo(context, target, undoState) {
    const { access, device } = await guarded(context, target)
    if (!isWanted(device.status)) return
    if (undoState?.['wasContained'] !== false) {
      const whose = undoState === undefined ? 'nobody noted that Cordon did it' : 'somebody else had it contained'
      throw new CrowdstrikeError('ERR_CROWDSTRIKE_KEPT', `\`${target}\` stays contained: ${whose}`, {
        hint: 'lift it in the Falcon console, if whoever contained it agrees',
      })
    }
    await act(access, 'lift_containment', device.device_id)
  },
  probe: {
    everyMs: containEveryMs,
    withinMs: containWithinMs,
    async run(context, target) {
      const access = accessOf(context)
      const { status, device_id: id } = await look(access, target)
      if (status === 'contained') return dead(context, 'CrowdStrike has the host as contained: its sensor said so')
      if (status !== 'containment_pending') {
        return { verdict: 'alive', says: `CrowdStrike has the host as \`${status ?? 'unknown'}\`` }
      }
      const state = await stateOf(access, id)
      return {
        verdict: 'alive',
        says:
          state === 'offline'
            ? 'its sensor is off line: it is contained when it comes back, and until then it may reach what it can'
            : `CrowdStrike has told the sensor, which is ${state} and has not answered yet`,
      }
    },
  },
})
