import type { Json } from '#kit'

const issuer = 'https://idp.example.com'
const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const user: Json = { format: 'iss_sub', iss: issuer, sub: 'u1' }
const complex: Json = { format: 'complex', user, session: { format: 'opaque', id: 's1' } }

const record = (type: string, event: Json, sub_id: Json): Json => ({
  set: { iss: issuer, jti: 'j1', iat: 1_774_353_600, aud: 'https://cordon.example', sub_id, events: { [type]: event } },
  signedBy: { alg: 'ES256', kid: 'k1' },
  names: { issuer, realm: 'idp.example.com', subject: '{sub}' },
})

/** One token of each kind of meaning. */
export const signalRecords: Json[] = [
  record(`${caep}session-revoked`, { initiating_entity: 'admin', reason_admin: { en: 'left' } }, complex),
  record(`${caep}session-established`, {}, complex),
  record(`${caep}session-presented`, {}, complex),
  record(`${caep}credential-change`, { credential_type: 'password', change_type: 'update' }, user),
  record(
    `${caep}device-compliance-change`,
    { current_status: 'not-compliant' },
    { format: 'email', email: 'a@example.com' },
  ),
  record(`${risc}account-disabled`, { reason: 'hijacking' }, user),
  record(`${risc}account-enabled`, {}, user),
  record(`${risc}credential-compromise`, { credential_type: 'password' }, user),
  record('https://vendor.example/event-of-its-own', {}, user),
  { set: {} },
]
