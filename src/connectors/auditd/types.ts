import { typesBy, type TypeOf } from '#sources/contract'

// Types of records that programs and the kernel write: linux-audit/audit-documentation, "message dictionary".

export type AuditType = TypeOf<
  | 'authentication'
  | 'account_change'
  | 'group_management'
  | 'user_access'
  | 'application_lifecycle'
  | 'event_log_actvity'
  | 'detection_finding'
  | 'entity_management'
  | 'process_activity'
  | 'file_activity'
  | 'network_activity'
  | 'kernel_extension_activity'
>

/** Types that are an event by themselves; those of a system call stand in normalize.ts. */
export const types: ReadonlyMap<string, AuditType> = new Map<string, AuditType>([
  ...typesBy('authentication', {
    logon: 'USER_LOGIN LOGIN USER_START',
    logoff: 'USER_LOGOUT USER_END',
    preauth: 'USER_AUTH USER_ACCT GRP_AUTH CHGRP_ID',
    authentication_ticket: 'CRED_ACQ CRED_REFR CRED_DISP CRYPTO_KEY_USER CRYPTO_SESSION',
  }),
  ...typesBy('account_change', {
    create: 'ADD_USER',
    delete: 'DEL_USER',
    password_change: 'USER_CHAUTHTOK GRP_CHAUTHTOK',
    lock: 'ACCT_LOCK RESP_ACCT_LOCK',
    unlock: 'ACCT_UNLOCK RESP_ACCT_UNLOCK_TIMED',
    other: 'USER_MGMT ACCT_CHANGE',
  }),
  ...typesBy('group_management', { create: 'ADD_GROUP', delete: 'DEL_GROUP', other: 'GRP_MGMT' }),
  ...typesBy('user_access', { assign_privileges: 'ROLE_ASSIGN USER_ROLE_CHANGE', revoke_privileges: 'ROLE_REMOVE' }),
  ...typesBy('application_lifecycle', {
    start: 'SERVICE_START SYSTEM_BOOT',
    stop: 'SERVICE_STOP SYSTEM_SHUTDOWN',
    update: 'SOFTWARE_UPDATE',
  }),
  ...typesBy('event_log_actvity', {
    start: 'DAEMON_START DAEMON_RESUME',
    stop: 'DAEMON_END DAEMON_ABORT',
    rotate: 'DAEMON_ROTATE',
    other: 'CONFIG_CHANGE DAEMON_CONFIG DAEMON_ERR DAEMON_ACCEPT DAEMON_CLOSE FEATURE_CHANGE',
  }),
  ...typesBy('detection_finding', {
    create: `AVC USER_AVC SECCOMP ANOM_ABEND ANOM_PROMISCUOUS ANOM_LINK ANOM_LOGIN_FAILURES ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS
      ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_MOD_ACCT ANOM_ROOT_TRANS ANOM_EXEC ANOM_MK_EXEC ANOM_ADD_ACCT ANOM_DEL_ACCT
      FANOTIFY INTEGRITY_DATA INTEGRITY_RULE`,
  }),
  ...typesBy('entity_management', {
    update:
      'MAC_STATUS MAC_POLICY_LOAD MAC_CONFIG_CHANGE NETFILTER_CFG USER_MAC_POLICY_LOAD USER_MAC_CONFIG_CHANGE TIME_ADJNTPVAL TIME_INJOFFSET',
  }),
  ...typesBy('process_activity', {
    launch: 'EXECVE USER_CMD',
    unknown: 'CWD PROCTITLE BPRM_FCAPS OBJ_PID USER_TTY TTY',
  }),
  ...typesBy('file_activity', { unknown: 'PATH' }),
  ...typesBy('network_activity', { open: 'SOCKADDR' }),
  ...typesBy('kernel_extension_activity', { load: 'KERN_MODULE' }),
])
