/**
 * What a role of Fleet's may do to hosts, globally or in a team: scripts run as root, so who may run them owns the host.
 * `technician` may run scripts and lock; `observer_plus` asks any question, files' contents left out. `observer` sees what
 * Fleet knows of hosts, and nothing that lies on them: it has no right here, and reads the list alone.
 */
export type Right = { edge: 'CAN_ADMIN' | 'CAN_READ'; note: string }

const rights: Readonly<Record<string, Right>> = {
  admin: { edge: 'CAN_ADMIN', note: 'admin: runs scripts on hosts, makes users' },
  maintainer: { edge: 'CAN_ADMIN', note: 'maintainer: runs scripts on hosts' },
  gitops: { edge: 'CAN_ADMIN', note: 'gitops: sets scripts and software that hosts run' },
  technician: { edge: 'CAN_ADMIN', note: 'technician: runs scripts on hosts' },
  observer_plus: { edge: 'CAN_READ', note: 'observer+: asks hosts any query' },
}
export const rightOf = (role: string | null | undefined): Right | undefined => rights[role ?? '']
