import { newId, type Clock, type RandomBytes } from '#kit'
import type { EntityId, TenantId } from '#model'
import type { Reader, Writer } from '#store'

import {
  cancelLoosening,
  consentLoosening,
  enrollApprover,
  protectEntity,
  retireApprover,
  setLadder,
  unprotectEntity,
  type Approver,
  type Change,
  type LadderRung,
  type PendingLoosening,
  type ProtectedEntity,
  type SignedConsent,
} from './commands.ts'
import { approversOf, ladderOf, pendingLoosenings, protectedEntities } from './settings.ts'

/** What people change about response. Tightening is at once; a loosening waits, or is signed. */
export interface ResponseSettings {
  ladder(tenant: TenantId): LadderRung[]
  setLadder(tenant: TenantId, rung: LadderRung, by: string): Promise<Change>
  approvers(tenant: TenantId): Approver[]
  enrollApprover(
    tenant: TenantId,
    approver: { name: string; publicKey: string; method: string },
    by: string,
  ): Promise<Approver>
  retireApprover(tenant: TenantId, keyId: string, by: string): Promise<void>
  protectedEntities(tenant: TenantId): ProtectedEntity[]
  protect(tenant: TenantId, protectedEntity: ProtectedEntity, by: string): Promise<void>
  unprotect(tenant: TenantId, entity: EntityId, by: string): Promise<Change>
  loosenings(tenant: TenantId): PendingLoosening[]
  consent(tenant: TenantId, signed: SignedConsent): Promise<Change>
  cancelLoosening(tenant: TenantId, id: string, by: string): Promise<void>
}

export function createResponseSettings(parts: {
  writer: Writer
  reader: Reader
  clock: Clock
  random: RandomBytes
}): ResponseSettings {
  const { writer, reader, clock, random } = parts
  const newChange = (): string => newId('lsn', random)
  return {
    ladder: (tenant) => ladderOf(reader, tenant),
    async setLadder(tenant, rung, by) {
      const [change] = await writer.submit(setLadder({ tenant, rung, by, id: newChange(), atMs: clock.nowMs() }))
      return change
    },
    approvers: (tenant) => approversOf(reader, tenant),
    async enrollApprover(tenant, { name, publicKey, method }, by) {
      const args = { tenant, name, publicKey, method, by, id: newChange(), atMs: clock.nowMs() }
      return (await writer.submit(enrollApprover(args)))[0]
    },
    async retireApprover(tenant, keyId, by) {
      await writer.submit(retireApprover({ tenant, keyId, by, atMs: clock.nowMs() }))
    },
    protectedEntities: (tenant) => protectedEntities(reader, tenant),
    async protect(tenant, { entity, why }, by) {
      await writer.submit(protectEntity({ tenant, entity, why, by, atMs: clock.nowMs() }))
    },
    async unprotect(tenant, entity, by) {
      const args = { tenant, entity, by, id: newChange(), atMs: clock.nowMs() }
      return (await writer.submit(unprotectEntity(args)))[0]
    },
    loosenings: (tenant) => pendingLoosenings(reader, tenant),
    async consent(tenant, signed) {
      return (await writer.submit(consentLoosening({ tenant, signed, atMs: clock.nowMs() })))[0]
    },
    async cancelLoosening(tenant, id, by) {
      await writer.submit(cancelLoosening({ tenant, id, by, atMs: clock.nowMs() }))
    },
  }
}
