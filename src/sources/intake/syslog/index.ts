export { tlsOf } from './identity.ts'
export { recordOf, type SyslogRecord } from './record.ts'
export { listenForSyslog, syslogBounds, type SyslogServer } from './server.ts'
export { hostAndPort, syslogWay } from './way.ts'
