import type { Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const at = '2026-03-24T12:00:00Z'
const part = (rows: Json): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: Date.parse(at) },
  rows: { kind: 'rows', rows },
})
const act = (type: string, more: { [name: string]: Json }): Json => ({ id: 7, created_at: at, type, ...more })
const ada = { actor_id: 1, actor_full_name: 'Ada', actor_email: 'ada@brightwater.example' }
const mallory = { user_id: 2, user_name: 'mallory', user_email: 'mallory@brightwater.example', role: 'admin' }

export const fleetRecords: RawRecords = [
  {
    stream: 'hosts',
    raws: [
      part([
        {
          of: 'host',
          id: 1,
          uuid: '4C4C4544-0051-3510-8052-B4C04F564433',
          hostname: 'runner-62',
          platform: 'ubuntu',
          os_version: 'Ubuntu 24.04.1 LTS',
          hardware_vendor: 'Dell Inc.',
          hardware_serial: '7Q5RVD3',
          team_id: 2,
          created_at: at,
          seen_time: at,
          software: [
            { name: 'litellm', version: '1.82.7', source: 'python_packages', installed_paths: ['/opt/venv'] },
            { name: '', version: '1', source: 'npm_packages' },
          ],
        },
        { of: 'host', id: 2, platform: 'darwin', uuid: 'none', created_at: '0001-01-01T00:00:00Z' },
      ]),
      part([{ of: 'host' }]),
    ],
  },
  {
    stream: 'users',
    raws: [
      part([
        { of: 'self', id: 1 },
        {
          of: 'user',
          id: 1,
          name: 'Ada',
          email: 'ada@brightwater.example',
          global_role: 'admin',
          sessions: [{ session_id: 3, created_at: at }],
        },
        { of: 'user', id: 2, api_only: true, teams: [{ id: 2, role: 'maintainer' }], sessions: [] },
      ]),
      part([{ of: 'pack' }]),
    ],
  },
  {
    stream: 'activities',
    raws: [
      act('user_logged_in', { ...ada, details: { public_ip: '203.0.113.66' } }),
      act('user_failed_login', { actor_id: null, details: { email: 'ada@brightwater.example' } }),
      act('user_failed_login', { details: null }),
      act('created_user', { ...ada, details: mallory }),
      act('deleted_user', { ...ada, details: mallory }),
      act('changed_user_global_role', { ...ada, details: mallory }),
      act('deleted_user_team_role', { ...ada, details: { user_email: 'grace@brightwater.example' } }),
      act('ran_script', { ...ada, details: { host_id: 1, script_name: 'x.sh' } }),
      act('tomorrows_activity', { actor_id: 0 }),
      { id: 8, type: 'ran_script' },
    ],
  },
]
