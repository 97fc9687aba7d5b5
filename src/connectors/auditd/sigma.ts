import type { SigmaSort } from '#sources/contract'

/** Records carry what programs write: any name; those that were joined, by the type of each line. */
export const sorts: readonly SigmaSort[] = [
  {
    product: 'linux',
    category: 'host',
    service: 'auditd',
    fields: ['*', 'SYSCALL.*', 'EXECVE.*', 'PATH.*', 'CWD.*', 'SOCKADDR.*', 'PROCTITLE.*'],
    holds: () => true,
  },
]
