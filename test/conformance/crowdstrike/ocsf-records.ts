import type { Json, JsonObject } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const at = '2026-03-24T12:00:00Z'
const part = (rows: Json): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: Date.parse(at) },
  rows: { kind: 'rows', rows },
})
const uuid = 'e70e5306-4a83-4a9f-9b59-a78c304c438b'
const clients = { ServiceName: 'Crowdstrike API Client' }
const act = (operation: string, keys: Record<string, string>, over: JsonObject = {}): Json => ({
  metadata: { offset: 1, eventType: 'AuthActivityAuditEvent', eventCreationTime: Date.parse(at) },
  event: {
    OperationName: operation,
    ServiceName: 'CrowdStrike Authentication',
    UserId: 'ada@brightwater.example',
    UserIp: '203.0.113.7',
    Success: true,
    UTCTimestamp: Date.parse(at) / 1000,
    AuditKeyValues: Object.entries(keys).map(([Key, ValueString]) => ({ Key, ValueString })),
    ...over,
  },
})
const alert = { composite_id: 'c:ind:1', created_timestamp: at }

export const crowdstrikeRecords: RawRecords = [
  {
    stream: 'hosts',
    raws: [
      part([
        {
          of: 'host',
          device_id: 'd1',
          cid: 'c',
          hostname: 'runner-62',
          platform_name: 'Linux',
          os_version: 'Debian GNU 12',
          product_type_desc: 'Server',
          serial_number: '7Q5RVD3',
          system_manufacturer: 'Dell Inc.',
          instance_id: 'i-09d9aa4e31675db61',
          machine_domain: 'brightwater.example',
          status: 'contained',
          first_seen: at,
          last_seen: at,
        },
        {
          of: 'host',
          device_id: 'd2',
          cid: 'c',
          platform_name: 'BeOS',
          first_seen: 'never',
          reduced_functionality_mode: 'yes',
        },
      ]),
      part([{ of: 'host' }]),
    ],
  },
  {
    stream: 'console',
    raws: [
      part([
        {
          of: 'user',
          uuid: 'u1',
          firstName: 'Ada',
          email: 'ada@brightwater.example',
          roles: [{ role_id: 'falconhost_admin' }, { role_id: 'a'.repeat(32), user_group_id: 'g' }],
        },
        { of: 'user', uuid: 'u2', roles: [] },
        { of: 'client', id: 'k1', isOwn: true },
      ]),
    ],
  },
  {
    stream: 'activity',
    raws: [
      act('userAuthenticate', { target_uuid: uuid, target_name: 'ada@brightwater.example' }),
      act(
        'userAuthenticate',
        {},
        { Success: false, UserIp: 'somewhere', UTCTimestamp: '2026-03-24 12:00:00.923000000' },
      ),
      act('createUser', { target_uuid: uuid, target_name: 'mallory@brightwater.example', actor_user_uuid: uuid }),
      act('deactivateUser', { target_name: 'mallory@brightwater.example' }),
      act('changePassword', { target_uuid: uuid }),
      act('grantUserRoles', { target_user_uuid: uuid, roles: 'falconhost_admin,remote_responder_three' }),
      act('revokeUserRoles', { target_user_uuid: uuid }),
      act(
        'CreateAPIClient',
        { APIClientID: 'a'.repeat(32), 'scope(s)': 'hosts:write', actor_user_uuid: uuid },
        clients,
      ),
      act('DeleteAPIClients', { id: 'a'.repeat(32) }, { ...clients, UserId: `api-client-id:${'b'.repeat(32)}` }),
      act('contain', { device_id: 'd'.repeat(32) }, { ServiceName: 'devices', UserId: null }),
      { metadata: { offset: 9, eventType: 'FirewallMatchEvent', eventCreationTime: 7 }, event: { Protocol: '6' } },
      { no: 'act' },
    ],
  },
  {
    stream: 'alerts',
    raws: [
      {
        ...alert,
        timestamp: at,
        display_name: 'Harvester',
        description: 'it read files',
        product: 'epp',
        severity_name: 'Critical',
        tactic: 'Credential Access',
        tactic_id: 'TA0006',
        technique: 'Credentials In Files',
        technique_id: 'T1552.001',
        filename: 'node',
        filepath: '/usr/bin/node',
        cmdline: 'node setup.js',
        sha256: 'ab'.repeat(32),
        process_id: '7',
        user_name: 'runner',
        device: { device_id: 'd1', hostname: 'runner-62', platform_name: 'Linux' },
      },
      { ...alert, agent_id: 'd2', severity_name: 'Unheard of', filename: 'x', sha256: 'short' },
      { ...alert, severity_name: 7, device: 'none', tactic: null },
      { composite_id: 'c:ind:2', created_timestamp: 'some day' },
      { no: 'alert' },
    ],
  },
]
