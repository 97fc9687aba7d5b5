/** What calls do, in the words of OCSF's classes. */
const calls = {
  launch: 'execve execveat clone clone3 fork vfork',
  signal: 'kill tkill tgkill',
  trace: 'ptrace process_vm_writev process_vm_readv',
  identity: 'setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid',
  open: 'open openat openat2 open_by_handle_at read',
  create: 'creat mknod mknodat link linkat symlink symlinkat mkdir mkdirat memfd_create',
  delete: 'unlink unlinkat rmdir',
  rename: 'rename renameat renameat2',
  attributes: 'truncate ftruncate utime utimes utimensat futimesat',
  security:
    'chmod fchmod fchmodat chown fchown lchown fchownat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr',
  mount: 'mount umount2',
  connect: 'connect sendto',
  listen: 'bind listen accept accept4',
  load: 'init_module finit_module',
  unload: 'delete_module',
} as const
export type Call = keyof typeof calls

const isCall = (name: string): name is Call => Object.hasOwn(calls, name)
const byName = new Map(
  Object.keys(calls)
    .filter(isCall)
    .flatMap((call) => calls[call].split(' ').map((name): [string, Call] => [name, call])),
)

// Numbers of calls: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
const x64 = `0:read 2:open 41:socket 42:connect 43:accept 44:sendto 49:bind 50:listen 56:clone 57:fork 58:vfork 59:execve 62:kill
  76:truncate 77:ftruncate 82:rename 83:mkdir 84:rmdir 85:creat 86:link 87:unlink 88:symlink 90:chmod 91:fchmod 92:chown
  93:fchown 94:lchown 101:ptrace 105:setuid 106:setgid 113:setreuid 114:setregid 117:setresuid 119:setresgid 122:setfsuid
  123:setfsgid 132:utime 133:mknod 165:mount 166:umount2 175:init_module 176:delete_module 188:setxattr 189:lsetxattr
  190:fsetxattr 197:removexattr 198:lremovexattr 199:fremovexattr 200:tkill 234:tgkill 235:utimes 257:openat 258:mkdirat
  259:mknodat 260:fchownat 261:futimesat 263:unlinkat 264:renameat 265:linkat 266:symlinkat 268:fchmodat 280:utimensat
  288:accept4 304:open_by_handle_at 310:process_vm_readv 311:process_vm_writev 313:finit_module 316:renameat2
  319:memfd_create 322:execveat 435:clone3 437:openat2`
const arm64 = `5:setxattr 6:lsetxattr 7:fsetxattr 14:removexattr 15:lremovexattr 16:fremovexattr 33:mknodat 34:mkdirat 35:unlinkat
  36:symlinkat 37:linkat 38:renameat 39:umount2 40:mount 45:truncate 46:ftruncate 52:fchmod 53:fchmodat 54:fchownat 55:fchown
  56:openat 63:read 88:utimensat 105:init_module 106:delete_module 117:ptrace 129:kill 130:tkill 131:tgkill 143:setregid
  144:setgid 145:setreuid 146:setuid 147:setresuid 149:setresgid 151:setfsuid 152:setfsgid 200:bind 201:listen 202:accept
  203:connect 206:sendto 220:clone 221:execve 242:accept4 265:open_by_handle_at 270:process_vm_readv
  271:process_vm_writev 273:finit_module 276:renameat2 279:memfd_create 281:execveat 435:clone3 437:openat2`
const numbers = (table: string): ReadonlyMap<string, string> =>
  new Map(
    table.split(/\s+/).map((entry): [string, string] => {
      const [number = '', name = ''] = entry.split(':')
      return [number, name]
    }),
  )
const machines: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  c000003e: numbers(x64),
  c00000b7: numbers(arm64),
}

/** By name, or by its number on a machine that we know. */
export function callOf(
  arch: string | undefined,
  syscall: string | undefined,
): { name: string; call: Call | undefined } {
  const name = machines[arch ?? '']?.get(syscall ?? '') ?? syscall ?? 'unknown'
  return { name, call: byName.get(name) }
}
