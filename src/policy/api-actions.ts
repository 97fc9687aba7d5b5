export const roles = ['viewer', 'responder', 'approver', 'admin', 'ingest', 'provisioner', 'bootstrap'] as const
export type Role = (typeof roles)[number]

/** A role has the rights of those named here too. `ingest` stands alone, and admin does not approve by being admin. */
export const roleIncludes: Record<Role, readonly Role[]> = {
  viewer: [],
  responder: ['viewer'],
  approver: ['viewer'],
  admin: ['viewer'],
  ingest: [],
  /** An identity provider: users and groups of one source, and nothing else. */
  provisioner: [],
  /** Holds the one-time token: makes the first administrator, and nothing else. */
  bootstrap: [],
}

/** Every route's action and the least roles that may do it. A new route is one line here; what is not here is denied. */
export const apiActions = {
  'action.read': ['viewer'],
  'action.undo': ['responder'],
  'approver.enroll': ['approver', 'admin'],
  'automation.read': ['viewer'],
  'automation.resume': ['approver'],
  'automation.stop': ['responder', 'approver', 'admin'],
  'backup.create': ['admin'],
  'backup.restore': ['admin'],
  'entity.read': ['viewer'],
  'event.read': ['responder', 'admin'],
  'event.write': ['ingest', 'admin'],
  'exposure.assess': ['responder'],
  'finding.read': ['viewer'],
  'impact.consent': ['approver'],
  'impact.export': ['approver'],
  'impact.read': ['viewer'],
  'incident.approve': ['approver'],
  'incident.contain': ['responder'],
  'incident.open': ['responder'],
  'incident.read': ['viewer'],
  'key.issue': ['admin'],
  'key.kill': ['responder', 'admin'],
  'key.read': ['viewer'],
  'key.verify': ['viewer'],
  'ledger.read': ['viewer'],
  'loosening.cancel': ['responder', 'approver', 'admin'],
  'loosening.consent': ['approver'],
  'loosening.read': ['viewer'],
  'plan.read': ['viewer'],
  'policy.check': ['viewer'],
  'policy.read': ['viewer'],
  'policy.write': ['admin'],
  'protection.add': ['responder', 'admin'],
  'protection.read': ['viewer'],
  'protection.remove': ['admin'],
  'reporter.read': ['viewer', 'ingest'],
  'scim.read': ['provisioner'],
  'scim.write': ['provisioner'],
  'secret.lend': ['responder'],
  'setting.read': ['admin'],
  'setting.write': ['admin'],
  'signal.receive': ['ingest'],
  'source.read': ['viewer'],
  'source.write': ['admin'],
  'stream.read': ['viewer'],
  'system.bootstrap': ['bootstrap'],
  'task.done': ['responder', 'approver'],
  'task.read': ['viewer'],
  'token.read': ['admin'],
  'token.write': ['admin'],
  'user.read': ['admin'],
  'user.write': ['admin'],
} as const satisfies Record<string, readonly Role[]>
export type ApiAction = keyof typeof apiActions

export const isApiAction = (action: string): action is ApiAction => Object.hasOwn(apiActions, action)
