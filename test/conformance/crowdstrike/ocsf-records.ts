import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const at = '2026-03-24T12:00:00Z'
const part = (rows: Json): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: Date.parse(at) },
  rows: { kind: 'rows', rows },
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
