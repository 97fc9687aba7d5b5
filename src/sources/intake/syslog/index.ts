export { tlsOf } from './identity.ts'
export { recordOf, type SyslogRecord } from './record.ts'
export { listenForSyslog, type SyslogServer } from './server.ts'
export { hostAndPort, syslogWay } from './way.ts'
